import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type OpenTransfer, Transfers } from "../../main/hub/transfers.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";

let transfers: Transfers;
let open: OpenTransfer;
beforeEach(() => {
	const path = join(temporaryFolder(), "file");
	writeFileSync(path, "abc");
	transfers = new Transfers();
	open = transfers.open(path, "sha256");
});
afterEach(() => {
	open.close();
	transfers.dispose();
});
const never = new AbortController().signal;

test("what is on disk is hashed", async () => {
	open.upTo(3);
	// The first example of FIPS 180-4.
	expect(await open.end(3, never)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("a file that is longer than it should be has some hash, and a shorter one none: neither is waited for", async () => {
	open.upTo(3);
	expect(await open.end(2, never)).toMatch(/^[0-9a-f]{64}$/);
	await expect(open.end(9, never)).rejects.toThrow(/shorter than what was written/);
});

test("waiting for a hash ends when it is stopped", async () => {
	const stop = new AbortController();
	const waiting = open.end(3, stop.signal);
	stop.abort(new Error("paused"));
	await expect(waiting).rejects.toThrow("paused");
	await expect(open.end(3, stop.signal)).rejects.toThrow("paused");
});
