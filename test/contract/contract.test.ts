import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { reference } from "../../main/app/locations.ts";
import { contract, type Method } from "../../main/shared/contract/contract.ts";
import { usualExport } from "../../main/shared/contract/export-request.ts";
import type { ExportPreview, MadeData, MadeExport, MadeFiles } from "../../main/shared/contract/export-result.ts";
import type { Job } from "../../main/shared/contract/job.ts";
import type { Task } from "../../main/shared/contract/task.ts";
import type { EdgeExplanation } from "../../main/shared/edge-explanation.ts";
import { gradientRequest } from "../requests.ts";
import { type Connected, connect, transports } from "./transports.ts";

const request = gradientRequest({
	modelDir: reference.model,
	dictionaryDirs: [reference.dictionaries],
	prompt: "Copyright (C)",
	layers: "2:4",
	choice: { by: "count", count: 3 },
	upNodes: 3,
});
const steering = {
	modelDir: reference.model,
	dictionaryDirs: [reference.dictionaries],
	provider: "cpu",
	prompt: "Copyright (C)",
	changes: [{ feature: "mlp_3.1", scale: 0 }],
	tokens: 2,
	temperature: 0,
	topK: 0,
	seed: 1,
	listed: 2,
} as const;
const dictionary = join(reference.dictionaries, "blocks.2.hook_resid_post");
const label = { labels: { added: [{ id: "mlp_3.1", text: "one" }], updated: [], removed: [] } };

const graphText = 'digraph { "3.1" -> "4.2" [color="#0000ff80"] }';
const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
const folder = mkdtempSync(join(tmpdir(), "scd-graph-"));
const graphFile = join(folder, "graph.dot");
writeFileSync(graphFile, graphText);
afterAll(() => rmSync(folder, { recursive: true }));
/** What one answer names and the next question asks about. */
const theUpload = { upload: "" };
/** Id of the export that the last transport made. */
let exported = "";

interface Example {
	/** A function where it depends on an earlier answer. */
	readonly params: unknown;
	/** Of what is asked well and cannot be done. */
	readonly error?: { readonly params: unknown; readonly code: string };
	check(result: never): void;
}

/** One good question, one that cannot be answered, for every method; in an order in which each finds what it needs. */
const examples: { readonly [M in Method]: Example } = {
	"app.describe": { params: {}, check: (app: { version: string }) => expect(app.version).toMatch(/^\d+\.\d+/) },
	"app.providers": {
		params: {},
		check: (found: { providers: { name: string; works: boolean }[] }) =>
			expect(found.providers.find(({ name }) => name === "cpu")?.works).toBe(true),
	},
	"settings.load": {
		params: {},
		check: (settings) => expect(settings).toMatchObject({ theme: "system", fontScale: 1 }),
	},
	"settings.save": {
		params: { theme: "dark" },
		check: (settings) => expect(settings).toMatchObject({ theme: "dark", colours: "blue-red" }),
	},
	"library.list": {
		params: {},
		check: (folders: { models: unknown[] }[]) => expect(folders[0]?.models).toHaveLength(2),
	},
	"library.add": {
		params: { path: reference.dictionaries },
		error: { params: { path: "/proc/self/fd" }, code: "not-found" },
		check: (folder: { sets: { dictionaries: unknown[] }[] }) => expect(folder.sets[0]?.dictionaries).toHaveLength(12),
	},
	"library.remove": { params: { path: reference.dictionaries }, check: (nothing) => expect(nothing).toBeNull() },
	"library.browse": {
		params: { path: reference.model },
		error: { params: { path: "/nowhere/at/all" }, code: "not-found" },
		check: (listing) => expect(listing).toMatchObject({ path: reference.model, folders: [] }),
	},
	"prompt.read": {
		params: { modelDir: reference.model, dictionaryDirs: [reference.dictionaries], prompt: "Copyright (C)" },
		error: { params: { modelDir: "/nowhere", dictionaryDirs: [], prompt: "x" }, code: "not-found" },
		check: (reading: { tokenIds: number[]; bos: boolean }) =>
			expect([reading.tokenIds.length, reading.bos]).toEqual([6, true]),
	},
	"prompt.complete": {
		params: { modelDir: reference.model, query: "opyri", limit: 3 },
		check: (found: { text: string }[]) => expect(found[0]?.text).toBe("opyright"),
	},
	"trace.forecast": {
		params: request,
		error: { params: { ...request, layers: "8:9" }, code: "usage" },
		check: (forecast) => expect(forecast).toMatchObject({ tokens: 5, layers: 4 }),
	},
	"jobs.start": {
		params: { job: "job-number-one", circuit: "one", request },
		error: { params: { job: "job-number-two", circuit: "", request }, code: "usage" },
		check: (job: Job) => expect(job.circuit).toBe("one"),
	},
	"jobs.list": { params: {}, check: (jobs: Job[]) => expect(jobs.map(({ id }) => id)).toEqual(["job-number-one"]) },
	"jobs.cancel": { params: { job: "none" }, check: (nothing) => expect(nothing).toBeNull() },
	"jobs.dismiss": { params: { job: "none" }, check: (nothing) => expect(nothing).toBeNull() },
	"circuits.list": {
		params: {},
		check: (circuits: { name: string }[]) => expect(circuits.map(({ name }) => name)).toContain("one"),
	},
	"circuits.create": {
		params: { name: "empty" },
		error: { params: { name: "empty" }, code: "usage" },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"circuits.import": {
		params: { text: 'digraph { "3.1" -> "4.2" [color="#0000ff80"] }', file: "graph.dot" },
		error: { params: { text: "nothing", file: "graph.dot" }, code: "bad-file" },
		check: (imported) => expect(imported).toMatchObject({ circuit: "graph", nodes: 2, edges: 1 }),
	},
	"imports.path": {
		params: { path: graphFile },
		error: { params: { path: "/nowhere/at/all.json" }, code: "not-found" },
		check: (imported) =>
			expect(imported).toMatchObject([
				{ circuit: "graph-2", nodes: 2, edges: 1, notes: [expect.stringContaining("called “graph-2”")] },
			]),
	},
	"imports.begin": {
		params: { file: "graph.dot", bytes: graphText.length, head: base64(graphText) },
		error: { params: { file: "model.pt", bytes: 10, head: base64("PK\u0003\u0004") }, code: "bad-file" },
		check: (upload: string) => {
			theUpload.upload = upload;
		},
	},
	"imports.add": {
		params: () => ({ ...theUpload, offset: 0, data: base64(graphText) }),
		error: { params: { upload: "none", offset: 0, data: "" }, code: "not-found" },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"imports.finish": {
		params: () => theUpload,
		error: { params: { upload: "none" }, code: "not-found" },
		check: (imported) => expect(imported).toMatchObject([{ circuit: "graph-3", nodes: 2, edges: 1 }]),
	},
	"imports.drop": { params: () => theUpload, check: (nothing) => expect(nothing).toBeNull() },
	"circuits.load": {
		params: { name: "one" },
		error: { params: { name: "none" }, code: "not-found" },
		check: (loaded) =>
			expect(loaded).toMatchObject({
				name: "one",
				step: 1,
				undo: "Trace by gradients: cross-entropy, 3 nodes a site, 3 edges a node",
				redo: null,
				runs: 1,
			}),
	},
	"circuits.edgesOf": {
		params: { name: "one", nodes: ["nobody"] },
		error: { params: { name: "none", nodes: [] }, code: "not-found" },
		check: ({ edges }: { edges: Iterable<unknown> }) => expect([...edges]).toEqual([]),
	},
	// While its features are there.
	"features.phrases": {
		params: { name: "one" },
		error: { params: { name: "none" }, code: "not-found" },
		check: (phrases: Record<string, string>) =>
			expect(Object.values(phrases).join("; ")).toMatch(/^(raises|fires on|fires after) \S/),
	},
	"circuits.edit": {
		params: { name: "one", diff: label, label: "Label feature", edit: "edit-number-one" },
		error: { params: { name: "none", diff: label, label: "x", edit: "edit-number-two" }, code: "not-found" },
		check: (change) => expect(change).toMatchObject({ step: 2, undo: "Label feature" }),
	},
	"circuits.undo": {
		params: { name: "one" },
		check: (change) => expect(change).toMatchObject({ step: 3, redo: "Label feature" }),
	},
	"circuits.redo": {
		params: { name: "one" },
		check: (change) => expect(change).toMatchObject({ step: 4, redo: null }),
	},
	"circuits.goTo": {
		params: { name: "one", step: 0 },
		error: { params: { name: "one", step: 99 }, code: "usage" },
		check: (change: { diff: { nodes: { removed: unknown[] } } }) =>
			expect(change.diff.nodes.removed.length).toBeGreaterThan(5),
	},
	"circuits.nameStep": {
		params: { name: "one", step: 1, label: "the beginning" },
		error: { params: { name: "one", step: 70, label: "x" }, code: "usage" },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"circuits.stateAt": {
		params: { name: "one", step: 1 },
		error: { params: { name: "one", step: -1 }, code: "usage" },
		check: (state: { nodes: unknown[] }) => expect(state.nodes.length).toBeGreaterThan(5),
	},
	"circuits.timeline": {
		params: { name: "one" },
		check: (steps: { thumbnail: { dots: unknown[] } }[]) =>
			expect([steps.length, (steps[0]?.thumbnail.dots.length ?? 0) > 5]).toEqual([5, true]),
	},
	"circuits.saveLayout": {
		params: { name: "one", places: [{ id: "mlp_3.1@2", x: 1, dy: 2 }] },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"circuits.saveView": {
		params: { name: "one", view: { columns: "tokens" } },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"circuits.branch": {
		params: { from: "one", to: "two", step: 1 },
		error: { params: { from: "one", to: "two" }, code: "usage" },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"circuits.rename": {
		params: { from: "two", to: "three" },
		error: { params: { from: "one", to: "three" }, code: "usage" },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"circuits.delete": {
		params: { name: "three" },
		error: { params: { name: "three" }, code: "not-found" },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"exports.preview": {
		params: { name: "one", request: usualExport, view: null },
		error: { params: { name: "none", request: usualExport, view: null }, code: "not-found" },
		check: (preview: ExportPreview) => {
			expect(Buffer.from(preview.picture, "base64").toString("latin1", 1, 4)).toBe("PNG");
			expect(preview.outline.items.map(({ kind }) => kind)).toContain("frame");
		},
	},
	"exports.data": {
		params: { names: ["one"], format: "csv", history: true },
		error: { params: { names: ["one", "two"], format: "json", history: true }, code: "usage" },
		check: (made: MadeData) => {
			expect(made.files.map(({ name }) => name)).toEqual(["one.nodes.csv", "one.edges.csv"]);
			expect(made.notes).toEqual([expect.stringMatching(/^Tables have no place for /)]);
		},
	},
	"exports.report": {
		params: { name: "one", formats: ["pdf", "md"], view: null },
		error: { params: { name: "none", formats: ["pdf"], view: null }, code: "not-found" },
		check: (made: MadeFiles) => {
			expect(made.files.map(({ name }) => name)).toEqual(["one.pdf", "one.md", "one.figure.svg"]);
		},
	},
	"exports.make": {
		params: { name: "one", request: { ...usualExport, format: "pdf" }, view: null },
		error: {
			params: { name: "one", request: { ...usualExport, format: "webp", pixelWidth: 200_000 }, view: null },
			code: "usage",
		},
		check: (made: MadeExport) => {
			expect(made.files).toEqual([{ name: "one.pdf", bytes: expect.any(Number) }]);
			exported = made.id;
		},
	},
	"exports.read": {
		get params() {
			return { export: exported, file: 0, offset: 0 };
		},
		error: { params: { export: "none", file: 0, offset: 0 }, code: "not-found" },
		check: (part: string) => expect(atob(part).slice(0, 5)).toBe("%PDF-"),
	},
	"exports.forget": {
		get params() {
			return { export: exported };
		},
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"features.facts": {
		params: { name: "one", features: ["mlp_3.1", "resid_2.7"] },
		error: { params: { name: "one", features: ["nonsense"] }, code: "usage" },
		check: (facts: Record<string, { raises: unknown[]; histogram?: { counts: number[] } }>) =>
			expect([facts["mlp_3.1"]?.raises.length, facts["resid_2.7"]?.histogram?.counts.length]).toEqual([8, 20]),
	},
	"features.labels": {
		params: { name: "one" },
		error: { params: { name: "none" }, code: "not-found" },
		check: (labels) => expect(labels).toEqual({}),
	},
	"features.shown": {
		params: { name: "one", features: ["mlp_3.1"] },
		error: { params: { name: "one", features: ["nonsense"] }, code: "usage" },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"features.describe": {
		params: { name: "one", node: "mlp_3.1@2" },
		error: { params: { name: "one", node: "token.5@1" }, code: "usage" },
		check: (described: { activations: number[] }) => expect(described.activations).toHaveLength(5),
	},
	"edges.explain": {
		params: { name: "one", source: "resid_error_3@4", target: "logit.8@4", measure: true },
		error: {
			params: { name: "empty", source: "resid_error_3@4", target: "logit.8@4", measure: true },
			code: "not-found",
		},
		check: ({ weight, straight, heads, measured }: EdgeExplanation) => {
			expect(straight).toBeCloseTo(weight, 9);
			expect(heads).toEqual([]);
			expect(Math.sign(measured?.weight ?? 0)).toBe(Math.sign(weight));
		},
	},
	"features.respond": {
		params: {
			name: "one",
			nodes: ["resid_3.277@4"],
			together: false,
			coefficients: [0, 1],
			watch: ["resid_3.277@4"],
			watchTokens: ["#5"],
		},
		error: {
			params: { name: "empty", nodes: ["resid_2.7"], together: false, coefficients: [0], watch: [], watchTokens: [] },
			code: "not-found",
		},
		check: ({
			curves: [curve],
		}: {
			curves: { points: { coefficient: number; gains: unknown[]; watched: number[] }[] }[];
		}) =>
			expect([
				curve?.points.map(({ coefficient }) => coefficient),
				curve?.points[1]?.gains,
				curve?.points[0]?.watched.length,
			]).toEqual([[0, 1], [], 2]),
	},
	"features.browse": {
		params: {
			dictionary,
			search: "copy",
			by: "all",
			sort: "maxActivation",
			descending: true,
			offset: 0,
			limit: 5,
		},
		error: {
			params: {
				dictionary: "/nowhere",
				search: "",
				by: "all",
				sort: "feature",
				descending: false,
				offset: 0,
				limit: 5,
			},
			code: "not-found",
		},
		check: (page: { features: number; total: number; rows: { id: string; maxActivation: number }[] }) => {
			expect([page.features, page.rows.length]).toEqual([512, 5]);
			expect(page.total).toBeLessThan(512);
			expect(page.rows[0]?.id).toMatch(/^resid_2\.\d+$/);
			const sizes = page.rows.map(({ maxActivation }) => maxActivation);
			expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
		},
	},
	"features.inspect": {
		params: { dictionary, feature: 7, percentile: 99 },
		error: { params: { dictionary, feature: 512, percentile: 99 }, code: "not-found" },
		check: (found: { facts: { feature: number }; threshold: number | null }) =>
			expect([found.facts.feature, found.threshold]).toEqual([7, null]),
	},
	"labels.list": { params: {}, check: (known) => expect(known).toEqual([]) },
	"neuronpedia.status": {
		params: {},
		check: (status) => expect(status).toEqual({ key: "none", canStore: false }),
	},
	"neuronpedia.setKey": {
		params: { key: " sk-np-secret " },
		error: { params: { key: "two words" }, code: "usage" },
		check: (status) => expect(status).toEqual({ key: "session", canStore: false }),
	},
	"neuronpedia.forgetKey": { params: {}, check: (status) => expect(status).toEqual({ key: "none", canStore: false }) },
	"tasks.start": {
		params: { task: "task-number-one", circuit: null, asked: { kind: "generate", request: steering } },
		error: {
			params: {
				task: "task-number-two",
				circuit: null,
				asked: { kind: "generate", request: { ...steering, tokens: 0 } },
			},
			code: "usage",
		},
		check: (task: { kind: string; state: string }) => expect([task.kind, task.state]).toEqual(["generate", "waiting"]),
	},
	"tasks.forecast": {
		params: {
			asked: {
				kind: "generate",
				request: {
					modelDir: reference.model,
					dictionaryDirs: [reference.dictionaries],
					provider: "cpu",
					prompt: "Copyright (C)",
					changes: [{ feature: "mlp_3.17", scale: 2 }],
					tokens: 20,
					temperature: 0,
					topK: 0,
					seed: 0,
					listed: 3,
				},
			},
		},
		error: {
			params: { asked: { kind: "fetchLabels", request: { circuit: "one", refresh: false } } },
			code: "usage",
		},
		check: (forecast) => expect(forecast).toMatchObject({ tokens: 6, sites: ["mlp_3"], layers: 4 }),
	},
	"tasks.list": {
		params: {},
		check: (tasks: { id: string; reports: unknown[]; result: { steps: unknown[] } }[]) =>
			expect(tasks.map(({ id, reports, result }) => [id, reports.length, result.steps.length])).toEqual([
				["task-number-one", 2, 2],
			]),
	},
	"tasks.cancel": { params: { task: "task-number-one" }, check: (nothing) => expect(nothing).toBeNull() },
	"tasks.dismiss": { params: { task: "task-number-one" }, check: (nothing) => expect(nothing).toBeNull() },
	"reports.list": {
		params: { kind: "validation", circuit: "one" },
		error: { params: { kind: "validation", circuit: "none" }, code: "not-found" },
		check: (reports) => expect(reports).toEqual([]),
	},
	"checks.want": {
		params: { modelDir: reference.model, dictionaryDirs: [dictionary], conventions: { center: "on" } },
		error: { params: { modelDir: reference.model, dictionaryDirs: ["/nowhere"] }, code: "not-found" },
		check: (nothing) => expect(nothing).toBeNull(),
	},
	"reports.delete": { params: { report: 1 }, check: (nothing) => expect(nothing).toBeNull() },
	"collections.list": { params: {}, check: (found) => expect(found).toEqual([]) },
	"collections.delete": { params: { collection: 1 }, check: (nothing) => expect(nothing).toBeNull() },
	"catalogue.list": {
		params: {},
		check: ({ models, sets }: { models: { name: string; path: unknown }[]; sets: unknown[] }) => {
			expect(models[0]).toMatchObject({ name: "gpt2", path: null });
			expect(sets.length).toBeGreaterThan(15);
		},
	},
	"downloads.start": {
		params: { download: "download-number-one", request: { models: ["gpt2"], sets: [] } },
		error: {
			params: { download: "download-number-two", request: { models: [], sets: [{ release: "none" }] } },
			code: "not-found",
		},
		check: (download: unknown) => expect(download).toMatchObject({ title: "GPT-2 small", state: "running" }),
	},
	"downloads.list": {
		params: {},
		check: (downloads: { id: string; state: string; failure: unknown }[]) =>
			expect(downloads).toMatchObject([
				{
					id: "download-number-one",
					state: "failed",
					failure: { code: "network", message: expect.stringContaining("HF_HUB_OFFLINE") },
				},
			]),
	},
	"downloads.pause": { params: { download: "download-number-one" }, check: (nothing) => expect(nothing).toBeNull() },
	"downloads.resume": { params: { download: "download-number-one" }, check: (nothing) => expect(nothing).toBeNull() },
	"downloads.cancel": { params: { download: "download-number-one" }, check: (nothing) => expect(nothing).toBeNull() },
	"downloads.dismiss": { params: { download: "download-number-one" }, check: (nothing) => expect(nothing).toBeNull() },
	"provenance.find": {
		params: { name: "one", target: "logit.8@4" },
		check: (found: { run: number }[]) => expect(found.map(({ run }) => run)).toEqual([1]),
	},
};

const validation = {
	modelDir: reference.model,
	dictionaryDirs: [reference.dictionaries],
	provider: "cpu",
	pins: ["mlp_3.1", "resid_2.7"],
	corpus: reference.sample,
	sequences: 3,
	maxLength: 16,
	baseline: "zero",
	errors: "keep",
	tokens: 3,
	leaveOneOut: false,
	curve: 0,
	controls: 0,
	seed: 1,
} as const;

// Nothing is fetched here, and nothing that lies in this machine's cache is seen.
const home = mkdtempSync(join(tmpdir(), "scd-hub-"));
beforeAll(() => {
	vi.stubEnv("HF_HOME", home);
	vi.stubEnv("HF_HUB_OFFLINE", "1");
});
afterAll(() => {
	vi.unstubAllEnvs();
	rmSync(home, { recursive: true, force: true });
});

describe.each(transports)("over %s", (transport) => {
	let connected: Connected;
	beforeAll(async () => {
		connected = await connect(transport);
	});
	afterAll(async () => await connected.dispose());
	const call = (method: string, params: unknown) =>
		connected.client.call(method as "jobs.list", params as never) as Promise<unknown>;

	test("every method of the contract has an example", () => {
		expect(Object.keys(examples).sort()).toEqual(Object.keys(contract).sort());
	});

	test.each(Object.keys(examples) as Method[])("%s answers", async (method) => {
		const { params, check, error } = examples[method];
		const done =
			method === "jobs.start"
				? new Promise<void>((resolve) => connected.client.on("job", ({ state }) => state === "done" && resolve()))
				: method === "tasks.start"
					? new Promise<void>((resolve) => connected.client.on("task", ({ state }) => state === "done" && resolve()))
					: method === "downloads.start"
						? new Promise<void>((resolve) =>
								connected.client.on("download", ({ state }) => state === "failed" && resolve()),
							)
						: undefined;
		check((await call(method, typeof params === "function" ? (params as () => unknown)() : params)) as never);
		await done;
		if (error) await expect(call(method, error.params)).rejects.toMatchObject({ code: error.code });
	});

	test.each(Object.keys(examples) as Method[])("%s refuses what it does not take", async (method) => {
		await expect(call(method, "no object")).rejects.toMatchObject({ code: "usage", data: { method } });
	});

	test("what is no method is refused, also the names that every object has", async () => {
		for (const method of ["circuits.explode", "toString", "__proto__"])
			await expect(call(method, {})).rejects.toMatchObject({ code: "unsupported" });
	});

	test("what one caller changes, the other is told; a trace tells its progress and what it finds", async () => {
		const { client, again } = connected;
		const other = await again();
		const told: unknown[] = [];
		const steps: string[] = [];
		let found = 0;
		other.on("circuit", ({ name, label: what }) => told.push([name, what]));
		other.on("job", ({ progress }) => progress && steps.push(progress.step));
		other.on("job-found", ({ nodes, edges }) => {
			found += nodes.length + edges.length;
		});
		const done = new Promise<Job>((resolve) => other.on("job", (job) => job.state === "done" && resolve(job)));
		await client.call("jobs.start", { job: "job-number-three", circuit: "shared", request });
		const { outcome } = await done;
		await client.call("circuits.edit", { name: "shared", diff: label, label: "Label", edit: "edit-number-three" });
		await other.call("circuits.list", {});
		expect(told).toEqual([
			["shared", "Trace by gradients: cross-entropy, 3 nodes a site, 3 edges a node"],
			["shared", "Label"],
		]);
		expect(new Set(steps).size).toBeGreaterThan(5);
		expect(found).toBeGreaterThanOrEqual((outcome?.addedNodes ?? 0) + (outcome?.addedEdges ?? 0));
	});

	test("traces queue; a waiting one is cancelled at once, a running one between two steps, and a circuit made for it goes", async () => {
		const { client } = connected;
		const ended = (id: string) =>
			new Promise<Job>((resolve) =>
				client.on("job", (job) => job.id === id && /done|failed|cancelled/.test(job.state) && resolve(job)),
			);
		const [first, second] = [ended("job-number-four"), ended("job-number-five")];
		const slow = { ...request, prompt: "Call me Ishmael", integratedGradients: 50 };
		const a = await client.call("jobs.start", { job: "job-number-four", request: slow });
		const b = await client.call("jobs.start", { job: "job-number-five", request: slow });
		expect((await client.call("jobs.start", { job: "job-number-five", request: slow })).circuit).toBe(b.circuit);
		await client.call("jobs.cancel", { job: b.id });
		expect((await second).state).toBe("cancelled");
		await client.call("jobs.cancel", { job: a.id });
		expect((await first).state).toBe("cancelled");
		const names = (await client.call("circuits.list", {})).map(({ name }) => name);
		expect(names).not.toContain(a.circuit);
		expect(names).not.toContain(b.circuit);
	});

	test("a task tells its progress to every caller, is cancelled, and its report is stored with its circuit", async () => {
		const { client, again } = connected;
		const other = await again();
		const ended = (id: string) =>
			new Promise<Task>((resolve) =>
				other.on("task", (task) => task.id === id && /done|failed|cancelled/.test(task.state) && resolve(task)),
			);
		const seen: number[] = [];
		other.on("task", ({ id, reports }) => id === "task-number-three" && seen.push(reports.length));
		const done = ended("task-number-three");
		const asked = { kind: "validate", request: validation } as const;
		await client.call("tasks.start", { task: "task-number-three", circuit: "shared", asked });
		const { state, result } = await done;
		expect([state, (result as { sequences: number }).sequences]).toEqual(["done", 3]);
		expect(new Set(seen)).toEqual(new Set([0, 1]));
		const [report] = await client.call("reports.list", { kind: "validation", circuit: "shared" });
		expect(report).toMatchObject({ request: { pins: ["mlp_3.1", "resid_2.7"] }, body: { sequences: 3 } });
		const cancelled = ended("task-number-four");
		const long = { ...asked, request: { ...validation, sequences: 400, maxLength: 128, curve: 9, leaveOneOut: true } };
		await client.call("tasks.start", { task: "task-number-four", circuit: null, asked: long });
		await client.call("tasks.cancel", { task: "task-number-four" });
		expect((await cancelled).state).toBe("cancelled");
		const failed = ended("task-number-five");
		const wrong = { ...asked, request: { ...validation, corpus: "/nowhere.txt" } };
		await client.call("tasks.start", { task: "task-number-five", circuit: null, asked: wrong });
		expect((await failed).failure).toMatchObject({
			code: "not-found",
			message: expect.stringContaining("/nowhere.txt"),
		});
	});

	test("a circuit renamed while it is traced and validated gets what comes of both under its new name", async () => {
		const { client } = connected;
		const running = (id: string) =>
			new Promise<void>((resolve) => {
				const see = (work: { id: string; state: string }) => work.id === id && work.state === "running" && resolve();
				client.on("job", see);
				client.on("task", see);
			});
		const ended = (id: string) =>
			new Promise<Job | Task>((resolve) => {
				const see = (work: Job | Task) => work.id === id && /done|failed|cancelled/.test(work.state) && resolve(work);
				client.on("job", see);
				client.on("task", see);
			});
		await client.call("circuits.create", { name: "before" });
		const traced = ended("job-number-seven");
		const tracing = running("job-number-seven");
		const slow = { ...request, prompt: "It was the best of times", integratedGradients: 8 };
		await client.call("jobs.start", { job: "job-number-seven", circuit: "before", request: slow });
		await tracing;
		await client.call("circuits.rename", { from: "before", to: "between" });
		expect(await traced).toMatchObject({ state: "done", circuit: "between" });
		const { document } = await client.call("circuits.load", { name: "between" });
		expect(document.nodes.length).toBeGreaterThan(0);

		const validated = ended("task-number-seven");
		const validating = running("task-number-seven");
		const asked = { kind: "validate", request: { ...validation, sequences: 40, curve: 4 } } as const;
		await client.call("tasks.start", { task: "task-number-seven", circuit: "between", asked });
		await validating;
		await client.call("circuits.rename", { from: "between", to: "after" });
		expect(await validated).toMatchObject({ state: "done", circuit: "after" });
		expect(await client.call("reports.list", { kind: "validation", circuit: "after" })).toHaveLength(1);
	});

	test("a trace that cannot be done fails with the reason, and leaves no empty circuit behind", async () => {
		const { client } = connected;
		const failed = new Promise<Job>((resolve) => client.on("job", (job) => job.state === "failed" && resolve(job)));
		const impossible = { ...request, prompt: "nothing passes", choice: { by: "threshold" as const, threshold: 1e9 } };
		const { circuit } = await client.call("jobs.start", { job: "job-number-six", request: impossible });
		const { failure } = await failed;
		expect([failure?.code, failure?.message]).toEqual([
			"no-effect",
			expect.stringMatching(/leaves no feature; the largest/),
		]);
		expect((await client.call("circuits.list", {})).map(({ name }) => name)).not.toContain(circuit);
	});

	test("a dictionary is measured behind everything else, and the report told to every window", async () => {
		const { client, again } = connected;
		const other = await again();
		const told = new Promise<void>((resolve) => other.on("checks", () => resolve()));
		const conventions = { center: "off" } as const;
		const wanted = { modelDir: reference.model, dictionaryDirs: [dictionary], conventions };
		await client.call("checks.want", wanted);
		await told;
		const reports = await other.call("reports.list", { kind: "check", circuit: null });
		expect(reports[0]).toMatchObject({
			request: { dictionaryDir: dictionary },
			body: { site: "resid_2", features: 512, measured: { l0: expect.any(Number) } },
		});
	});

	test("what is no key is refused in a sentence for people", async () => {
		await expect(connected.client.call("neuronpedia.setKey", { key: "two words" })).rejects.toMatchObject({
			message: "This is no key: it has blanks or special letters. Copy it again from your account.",
		});
	});

	test("an edit that is sent twice is made once", async () => {
		const { client } = connected;
		const edit = {
			name: "shared",
			diff: { notes: { added: [{ id: "note.1", text: "x", x: 0, y: 0 }], updated: [], removed: [] } },
			label: "Add note",
			edit: "edit-number-four",
		};
		const once = await client.call("circuits.edit", edit);
		const twice = await client.call("circuits.edit", edit);
		expect(twice.step).toBe(once.step);
		expect((await client.call("circuits.load", { name: "shared" })).document.notes).toHaveLength(1);
	});
});
