import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { App } from "../../main/app/app.ts";
import { runTraceJob, type TraceJobOptions } from "../../main/app/trace-job.ts";
import type { GradientRequest } from "../../main/shared/trace-request.ts";
import { writeTraceable } from "../random/write-traceable.ts";
import { gradientRequest } from "../requests.ts";

const root = mkdtempSync(join(tmpdir(), "scd-app-"));
afterAll(() => rmSync(root, { recursive: true }));
const { model, saes } = writeTraceable(root);

const request = gradientRequest({
	modelDir: model,
	dictionaryDirs: [saes],
	prompt: "abcd",
	choice: { by: "count", count: 3 },
	upNodes: 3,
	keepUnconnected: true,
});

let databases = 0;

/** An app with the real engine and a database of its own. */
function openApp() {
	const app = new App(join(root, `${databases++}.sqlite`));
	onTestFinished(() => app.dispose());
	const trace = (change: Partial<GradientRequest> = {}, options: Partial<TraceJobOptions> = {}) =>
		runTraceJob(
			app,
			{ ...request, ...change },
			{ signal: new AbortController().signal, progress: () => {}, ...options },
		);
	/** What the database holds, read beside the store. */
	const ask = <T>(sql: string) => {
		const database = new Sqlite(app.store.path);
		try {
			return database.prepare<[], T>(sql).all();
		} finally {
			database.close();
		}
	};
	return { app, trace, ask };
}

describe("a trace", () => {
	test("is stored as a circuit with a finished run that says what made it", async () => {
		const { app, trace, ask } = openApp();
		const { result, circuit, merged } = await trace();
		expect(circuit).toBe("abcd");
		expect(merged).toMatchObject({
			addedNodes: result.nodes.length,
			addedEdges: result.edges.length,
			updatedNodes: 0,
			updatedEdges: 0,
		});
		const stored = app.store.circuits.load("abcd");
		expect(new Set(stored.nodes.map(({ id }) => id))).toEqual(new Set(result.nodes.map(({ id }) => id)));
		const [run] = ask<{ status: string; request: string; versions: string; provider: string }>("SELECT * FROM run");
		expect(run).toMatchObject({ status: "done", provider: "cpu", request: JSON.stringify(request) });
		expect(Object.keys(JSON.parse(run?.versions ?? ""))).toEqual(["scd", "node", "onnxruntime"]);
	});

	test("done twice takes every piece from the store and gives the same numbers under a new name", async () => {
		const { trace } = openApp();
		const first = await trace();
		const second = await trace();
		expect(first.result.reused).toBe(0);
		expect(second.result.reused).toBe(second.result.pieces);
		expect([first.circuit, second.circuit]).toEqual(["abcd", "abcd-2"]);
		expect(second.result.nodes).toEqual(first.result.nodes);
		expect(second.result.edges).toEqual(first.result.edges);
	});

	test("into a circuit extends it by other layers, and both runs stay known", async () => {
		const { app, trace } = openApp();
		await trace({ layers: "1:2" }, { circuit: "mine" });
		const upper = app.store.circuits.load("mine");
		const { circuit, merged } = await trace({ layers: "0:1" }, { circuit: "mine" });
		expect(circuit).toBe("mine");
		expect(merged.addedNodes).toBeGreaterThan(0);
		const both = app.store.circuits.load("mine");
		const ids = new Set(both.nodes.map(({ id }) => id));
		for (const { id } of upper.nodes) expect(ids).toContain(id);
		expect(new Set(both.nodes.flatMap(({ layer }) => layer ?? []))).toEqual(new Set([0, 1]));
		expect(app.store.circuits.history("mine")).toHaveLength(2);
	});

	test("is named after its prompt", async () => {
		const { trace } = openApp();
		const names: string[] = [];
		for (const prompt of ["Copyright (C", "\n\n", "Ä ö!", "a".repeat(50)])
			names.push((await trace({ prompt })).circuit);
		expect(names).toEqual(["copyright-c", "circuit", "ä-ö", "a".repeat(40)]);
	});
});

describe("a trace that does not finish", () => {
	test("is marked failed, with the reason, and leaves no circuit", async () => {
		const { app, trace, ask } = openApp();
		await expect(trace({ prompt: "" })).rejects.toMatchObject({ code: "bad-prompt" });
		expect(ask("SELECT status, error FROM run")).toEqual([
			{ status: "failed", error: expect.stringContaining("empty") },
		]);
		expect(app.store.circuits.list()).toEqual([]);
	});

	test("because it was cancelled keeps its pieces, which the next one reuses", async () => {
		const { trace, ask } = openApp();
		const controller = new AbortController();
		const stopAtEdges: Partial<TraceJobOptions> = {
			signal: controller.signal,
			progress: ({ step }) => step.startsWith("Edges") && controller.abort(),
		};
		await expect(trace({}, stopAtEdges)).rejects.toMatchObject({ code: "cancelled" });
		expect(ask("SELECT status FROM run")).toEqual([{ status: "cancelled" }]);
		const again = await trace();
		// Activations and attributions of the six dictionaries were there.
		expect(again.result.reused).toBeGreaterThanOrEqual(12);
		expect(again.result.nodes).toEqual((await openApp().trace()).result.nodes);
	});

	test.each([
		["the same request", {}, 1],
		["another one", { upNodes: 2 }, 0],
	])("because its process died is marked interrupted; %s (%j) continues %i of them", async (_, change, resumed) => {
		const { app, trace, ask } = openApp();
		const run = app.store.runs.start(request, {});
		const database = new Sqlite(app.store.path);
		database.prepare("UPDATE run SET pid = ? WHERE id = ?").run(spawnSync(process.execPath, ["-e", ""]).pid, run);
		database.close();
		expect((await trace(change)).resumed).toBe(resumed);
		expect(ask("SELECT status FROM run ORDER BY id")).toEqual([{ status: "interrupted" }, { status: "done" }]);
	});
});
