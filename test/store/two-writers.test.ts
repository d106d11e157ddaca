import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDatabase } from "../../main/store/health.ts";
import { Store } from "../../main/store/store.ts";
import { makePaths } from "./example-path.ts";

const nextPath = makePaths();

/** Ends with every process's exit code. */
function writeTogether(path: string, writers: number, times: number): Promise<readonly number[]> {
	const startAt = Date.now() + 400;
	return Promise.all(
		Array.from({ length: writers }, async (_, number) => {
			const child = fork(
				join(import.meta.dirname, "write-with-others.ts"),
				[path, number, times, startAt].map(String),
				{ stdio: ["ignore", "ignore", "inherit", "ipc"] },
			);
			const [code] = (await once(child, "exit")) as [number];
			return code;
		}),
	);
}

test("processes that write one database at once wait for each other and lose nothing", async () => {
	const path = nextPath();
	expect(await writeTogether(path, 3, 25)).toEqual([0, 0, 0]);
	const store = new Store(path);
	// One node that all share and one of each merge.
	expect(store.listCircuits()).toMatchObject([{ name: "shared", nodes: 76, edges: 75, runs: 75 }]);
	expect(store.historyOf("shared").map(({ step }) => step)).toEqual(Array.from({ length: 75 }, (_, i) => i + 1));
	const { nodes, edges } = store.loadCircuitAt("shared", 75);
	expect([nodes.length, edges.length]).toEqual([76, 75]);
	store.dispose();
	expect(checkDatabase(path)).toMatchObject({ check: "ok", runs: 75, pieces: 75 });
});

test("processes that make one database at once all succeed", async () => {
	for (let round = 0; round < 4; round++) expect(await writeTogether(nextPath(), 4, 0)).toEqual([0, 0, 0, 0]);
});
