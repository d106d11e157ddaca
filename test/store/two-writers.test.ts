import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDatabase } from "../../main/store/health.ts";
import { Store } from "../../main/store/store.ts";
import { makePaths } from "./example-path.ts";

const nextPath = makePaths();

/** Starts all of them, and lets them go when the last is ready. Ends with every process's exit code. */
async function writeTogether(path: string, writers: number, times: number): Promise<readonly number[]> {
	const children = Array.from({ length: writers }, (_, number) =>
		fork(join(import.meta.dirname, "write-with-others.ts"), [path, number, times].map(String), {
			stdio: ["ignore", "ignore", "inherit", "ipc"],
		}),
	);
	const codes = children.map(async (child) => ((await once(child, "exit")) as [number])[0]);
	await Promise.all(children.map((child) => once(child, "message")));
	for (const child of children) child.send("go");
	return await Promise.all(codes);
}

test("processes that write one database at once wait for each other and lose nothing", async () => {
	const path = nextPath();
	expect(await writeTogether(path, 3, 25)).toEqual([0, 0, 0]);
	const store = new Store(path);
	// One node that all share and one of each merge.
	expect(store.circuits.list()).toMatchObject([{ name: "shared", nodes: 76, edges: 75, runs: 75 }]);
	expect(store.circuits.history("shared").map(({ step }) => step)).toEqual(Array.from({ length: 75 }, (_, i) => i + 1));
	const { nodes, edges } = store.circuits.stateAt("shared", 75);
	expect([nodes.length, edges.length]).toEqual([76, 75]);
	store.dispose();
	expect(checkDatabase(path)).toMatchObject({ check: "ok", runs: 75, pieces: 75 });
});

test("processes that make one database at once all succeed", async () => {
	for (let round = 0; round < 4; round++) expect(await writeTogether(nextPath(), 4, 0)).toEqual([0, 0, 0, 0]);
});
