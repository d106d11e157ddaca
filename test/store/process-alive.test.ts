import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { openDatabase } from "../../main/store/open-database.ts";
import { isProcessAlive } from "../../main/store/process-alive.ts";
import { Store } from "../../main/store/store.ts";
import { makePaths } from "./example-path.ts";
import { request } from "./example-request.ts";

const nextPath = makePaths();
const hour = 3_600_000;

test("a process lives until it ends; one with its number that started later is another", async () => {
	const child = spawn("sleep", ["60"]);
	const pid = child.pid as number;
	expect(isProcessAlive(pid, Date.now())).toBe(true);
	if (process.platform === "linux") expect(isProcessAlive(pid, Date.now() - hour)).toBe(false);
	child.kill("SIGKILL");
	await once(child, "exit");
	expect(isProcessAlive(pid, Date.now())).toBe(false);
});

test("a run of an earlier process with our own number is interrupted, a run of ours is not", () => {
	const path = nextPath();
	const store = new Store(path);
	const [earlier, ours] = [store.runs.start(request, {}), store.runs.start(request, {})];
	const database = openDatabase(path);
	database.prepare("UPDATE run SET started_at = ? WHERE id = ?").run(Date.now() - hour, earlier);
	database.close();
	expect(store.runs.markInterrupted().map(({ id }) => id)).toEqual([earlier]);
	store.runs.stop(ours, "cancelled", "stopped");
	store.dispose();
});
