import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../model/temporary-folder.ts";
import { softwareCard } from "./software-card.ts";

/** What `state.ts` prints, from a process whose caches and temporary files lie in `home`. */
async function run(provider: string, home: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
	const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "state.ts"), provider], {
		env: { ...process.env, HOME: home, XDG_CACHE_HOME: home, TMPDIR: home, ORT_DISABLE_TELEMETRY: "", ...env },
	});
	return JSON.parse(stdout);
}

/** Of each run: the results' names, twice the sum, the rows so far. */
const expected = [0, 1, 2, 3, 4].flatMap((step) => [
	["seen", "twice"],
	[6 + 2 * step, 10 + 2 * step],
	[7, 8, ...Array.from({ length: step + 1 }, (_, i) => [i, -i]).flat()],
]);

test("state stays in its session", async () => {
	const home = temporaryFolder();
	expect(JSON.stringify(await run("cpu", home))).toBe(JSON.stringify(expected));
	// ONNX Runtime's telemetry would leave its traces.
	expect(readdirSync(home)).toEqual([]);
});

test("with WebGPU, in software, it stays on the card and gives the same numbers", async ({ skip }) => {
	const card = await softwareCard();
	if (!card) return skip("SwiftShader is only there for Linux on x64");
	expect(JSON.stringify(await run("webgpu", temporaryFolder(), card))).toBe(JSON.stringify(expected));
});
