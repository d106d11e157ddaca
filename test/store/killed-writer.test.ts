import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkDatabase } from "../../main/store/health.ts";
import { openDatabase } from "../../main/store/open-database.ts";
import { Store } from "../../main/store/store.ts";
import { byId } from "./example-circuit.ts";
import { makePaths } from "./example-path.ts";
import { request } from "./example-request.ts";

const nextPath = makePaths();

/** Kills a writing process some time after it told of `count` commits, and gives what it had told of by then. */
async function killWriter(path: string, count: number, signal: NodeJS.Signals, delayMs: number): Promise<number> {
	const child = fork(join(import.meta.dirname, "write-until-killed.ts"), [path], {
		stdio: ["ignore", "ignore", "inherit", "ipc"],
	});
	let told = 0;
	child.on("message", (written) => {
		told = written as number;
		if (told === count) setTimeout(() => child.kill(signal), delayMs);
	});
	await once(child, "exit");
	return told;
}

test.each([
	["SIGKILL", 15, 0],
	["SIGKILL", 5, 3],
	["SIGKILL", 1, 1],
	["SIGINT", 10, 2],
	["SIGTERM", 3, 0],
] as const)(
	"a process ended by %s after %i commits leaves all of them and no half of another",
	async (signal, count, delayMs) => {
		const path = nextPath();
		const told = await killWriter(path, count, signal, delayMs);
		expect(told).toBeGreaterThanOrEqual(count);

		const store = new Store(path);
		for (let i = 0; i < told; i++)
			expect(store.pieces.recall(`k${i}`)).toMatchObject({ kind: "edges", weights: Float64Array.of(i) });
		const steps = store.circuits.history("growing").length;
		expect(steps).toBeGreaterThanOrEqual(told);
		const { nodes, edges } = store.circuits.load("growing");
		expect([nodes.length, edges.length]).toEqual([20 * steps, 20 * steps]);
		expect(byId(store.circuits.stateAt("growing", steps).nodes)).toEqual(byId(nodes));
		expect(store.circuits.provenance("growing").nodes.size).toBe(20 * steps);
		// The run that was never finished, and at most one that was between its start and its end.
		const interrupted = store.runs.markInterrupted();
		expect(interrupted[0]).toMatchObject({ id: 1, status: "interrupted", request });
		expect(interrupted.length).toBeLessThanOrEqual(2);
		expect(store.runs.markInterrupted()).toEqual([]);
		store.dispose();

		expect(checkDatabase(path)).toMatchObject({ check: "ok", circuits: 1 });
		const database = openDatabase(path);
		expect(database.pragma("foreign_key_check")).toEqual([]);
		expect(database.prepare("SELECT count(*) FROM run WHERE status = 'done'").pluck().get()).toBe(steps);
		database.close();
	},
);
