import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cutWindows, joinTokens, readTokens, writeTokens } from "../../main/reference/token-stream.ts";

test("documents follow one another, each after its separator", () => {
	expect([...joinTokens([[1, 2], [], [3]], 9)]).toEqual([9, 1, 2, 9, 9, 3]);
});

test("windows begin with the separator and do not overlap", () => {
	expect(cutWindows(Uint16Array.of(1, 2, 3, 4, 5), 9, 3)).toEqual([
		[9, 1, 2],
		[9, 3, 4],
	]);
});

test("a stream is two bytes a token, little end first, and is read as it was written", () => {
	const folder = mkdtempSync(join(tmpdir(), "stream-"));
	const path = join(folder, "made/train.u16");
	writeTokens(path, Uint16Array.of(1, 0x0203, 0xffff));
	expect([...readFileSync(path)]).toEqual([1, 0, 3, 2, 255, 255]);
	expect([...readTokens(path)]).toEqual([1, 0x0203, 0xffff]);
	rmSync(folder, { recursive: true });
});
