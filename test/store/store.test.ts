import { fork } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { CircuitEdge, CircuitNode } from "../../main/shared/circuit.ts";
import { applyDiff, invertDiff } from "../../main/shared/circuit-diff.ts";
import type { Piece } from "../../main/shared/piece.ts";
import type { TraceResult } from "../../main/shared/trace.ts";
import { checkDatabase } from "../../main/store/health.ts";
import { openDatabase } from "../../main/store/open-database.ts";
import { loadShippedFacts, saveShippedFacts } from "../../main/store/shipped-facts.ts";
import { Store } from "../../main/store/store.ts";
import { request } from "./example-request.ts";

const root = mkdtempSync(join(tmpdir(), "scd-store-"));
afterAll(() => rmSync(root, { recursive: true }));
let path = "";
let count = 0;
beforeEach(() => {
	path = join(root, `${count++}.sqlite`);
});

const node = (feature: number, attribution: number): CircuitNode => ({
	id: `mlp_0.${feature}@1`,
	kind: "feature",
	site: "mlp",
	layer: 0,
	feature,
	position: 1,
	activation: 2,
	attribution,
});
const edge = (from: number, to: number, weight: number): CircuitEdge => ({
	source: node(from, 0).id,
	target: node(to, 0).id,
	weight,
});

const result = (nodes: readonly CircuitNode[], edges: readonly CircuitEdge[]): TraceResult => ({
	model: { name: "m", hash: "mh" },
	dictionaries: [{ name: "d", hash: "dh", site: "mlp_0" }],
	skipped: [],
	prompt: { text: "hello", tokens: ["hel", "lo"], tokenIds: [1, 2] },
	metric: { name: "cross_entropy", value: 3.5 },
	nodes,
	edges,
	explained: 0.5,
	provider: "cpu",
	seconds: 1,
	peakRssBytes: 1e8,
	reused: 1,
	pieces: 4,
});

function trace(store: Store, name: string, nodes: readonly CircuitNode[], edges: readonly CircuitEdge[]) {
	return store.finishRun(store.startRun(request, { scd: "1" }), name, request, result(nodes, edges));
}

const byId = (nodes: readonly CircuitNode[]) => [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));

describe("circuits", () => {
	test("grow by tracing again: new parts are added, changed ones updated, nothing is dropped", () => {
		const store = new Store(path);
		trace(store, "one", [node(1, 0.1), node(2, 0.2)], [edge(1, 2, 0.5)]);
		const merged = trace(store, "one", [node(2, 0.9), node(3, 0.3)], [edge(2, 3, -1)]);
		expect(merged).toEqual({ addedNodes: 1, addedEdges: 1, updatedNodes: 1, updatedEdges: 0 });
		const { nodes, edges } = store.loadCircuit("one");
		expect(byId(nodes)).toEqual([node(1, 0.1), node(2, 0.9), node(3, 0.3)]);
		expect(edges).toEqual([edge(1, 2, 0.5), edge(2, 3, -1)]);
		expect(store.listCircuits()).toMatchObject([{ name: "one", nodes: 3, edges: 2, runs: 2, branchOf: null }]);
		store.dispose();
	});

	test("can be seen as they were after any step, also from another process's point of view", () => {
		const store = new Store(path);
		trace(store, "one", [node(1, 0.1)], []);
		trace(store, "one", [node(1, 0.7), node(2, 0.2)], [edge(1, 2, 1)]);
		store.dispose();
		const again = new Store(path);
		expect(again.loadCircuitAt("one", 1)).toEqual({ nodes: [node(1, 0.1)], edges: [] });
		expect(byId(again.loadCircuitAt("one", 2).nodes)).toEqual(byId(again.loadCircuit("one").nodes));
		again.branchCircuit("one", "before", 1);
		expect(again.loadCircuit("before")).toEqual({ nodes: [node(1, 0.1)], edges: [] });
		expect(again.listCircuits().find(({ name }) => name === "before")?.branchOf).toBe("one");
		expect(() => again.branchCircuit("one", "before")).toThrow(/already/);
		again.deleteCircuit("one");
		expect(again.loadCircuit("before").nodes).toHaveLength(1);
		expect(() => again.loadCircuit("one")).toThrow(/no circuit "one". Stored are "before"/);
		again.dispose();
	});

	test("a diff taken back restores what was there", () => {
		const before = { nodes: [node(1, 0.1), node(2, 0.2)], edges: [edge(1, 2, 1)] };
		const diff = {
			nodes: { added: [node(3, 1)], updated: [[node(1, 0.1), node(1, 5)]] as const, removed: [node(2, 0.2)] },
			edges: { added: [], updated: [], removed: [edge(1, 2, 1)] },
		};
		const after = applyDiff(before, diff);
		expect(byId(after.nodes)).toEqual([node(1, 5), node(3, 1)]);
		const restored = applyDiff(after, invertDiff(diff));
		expect(byId(restored.nodes)).toEqual(before.nodes);
		expect(restored.edges).toEqual(before.edges);
	});

	test("300 nodes and 3,000 edges merge in one go", () => {
		const store = new Store(path);
		const nodes = Array.from({ length: 300 }, (_, i) => node(i, i));
		const edges = Array.from({ length: 3000 }, (_, i) => edge(i % 300, (i * 7 + 1 + Math.floor(i / 300)) % 300, i));
		trace(store, "big", nodes, edges);
		expect(store.loadCircuit("big").nodes).toHaveLength(300);
		store.dispose();
	});
});

test("pieces come back to the last bit", () => {
	const store = new Store(path);
	const pieces: Piece[] = [
		{
			kind: "activations",
			positions: Int32Array.of(0, 3),
			features: Int32Array.of(7, 131_071),
			activations: Float32Array.of(1.5, 3.4e-38),
			errorNorms: Float32Array.of(0.1),
		},
		{
			kind: "attributions",
			positions: Int32Array.of(1),
			features: Int32Array.of(2),
			attributions: Float32Array.of(-0.25),
			errorAttributions: Float32Array.of(1, 2, 3),
		},
		{ kind: "edges", sources: ["a", "b"], targets: ["c", "c"], weights: Float64Array.of(Math.PI, -1e-300) },
		{
			kind: "activations",
			positions: new Int32Array(),
			features: new Int32Array(),
			activations: new Float32Array(),
			errorNorms: new Float32Array(),
		},
	];
	for (const [i, piece] of pieces.entries()) store.keepPiece(`k${i}`, piece);
	for (const [i, piece] of pieces.entries()) expect(store.recallPiece(`k${i}`)).toEqual(piece);
	expect(store.recallPiece("unknown")).toBeUndefined();
	store.dispose();
});

test("facts are stored, and shipped in a file that can be read from a folder that cannot be written", () => {
	const facts = {
		feature: 5,
		frequency: 0.25,
		maxActivation: 2,
		contexts: [{ tokens: ["a", "😀"], activations: [0, 2], peak: 1 }],
		raises: [{ token: "x", effect: 1.25 }],
		lowers: [],
	};
	const file = join(root, "facts.sqlite");
	saveShippedFacts(file, [{ dictionary: "h", facts: [facts] }]);
	chmodSync(file, 0o444);
	expect(loadShippedFacts(file, "h", [4, 5])).toEqual(new Map([[5, facts]]));
	expect(loadShippedFacts(join(root, "nothing"), "h", [5])).toEqual(new Map());
});

describe("a database that is not what it should be", () => {
	test("text, and a damaged file: said, and left as they were", () => {
		writeFileSync(path, "this is no database at all, and it is longer than a header");
		expect(() => new Store(path)).toThrow(/damaged or not a database, and was left as it is/);
		expect(readFileSync(path, "utf8")).toContain("no database at all");
	});

	test("made by a newer version", () => {
		const database = openDatabase(path);
		database.prepare("INSERT INTO migration (number, hash, applied_at) VALUES (99, 'x', 0)").run();
		database.close();
		expect(() => new Store(path)).toThrow(/newer version/);
	});

	test("locked by another program", () => {
		const database = openDatabase(path);
		database.exec("BEGIN EXCLUSIVE");
		const other = () => {
			const store = new Store(path);
			store.startRun(request, {});
		};
		expect(other).toThrow(/in use by another program/);
		database.exec("ROLLBACK");
		database.close();
	}, 20_000);

	test("a full disk: what was committed stays", () => {
		const database = openDatabase(path);
		database.pragma(`max_page_count = ${(database.pragma("page_count", { simple: true }) as number) + 2}`);
		const fill = () => {
			for (let i = 0; i < 1000; i++)
				database
					.prepare("INSERT INTO result (key, kind, body) VALUES (?, 'edges', ?)")
					.run(String(i), new Uint8Array(900));
		};
		expect(fill).toThrow(/full/);
		const kept = (database.prepare("SELECT count(*) AS n FROM result").get() as { n: number }).n;
		expect(kept).toBeGreaterThan(0);
		database.close();
		const copy = `${path}.copy`;
		copyFileSync(path, copy);
		expect(checkDatabase(copy)).toMatchObject({ check: "ok" });
	});
});

test("a process killed in the middle of writing leaves everything that it had committed", async () => {
	const child = fork(join(import.meta.dirname, "write-until-killed.ts"), [path], {
		stdio: ["ignore", "ignore", "inherit", "ipc"],
	});
	const committed = await new Promise<number>((resolve) => {
		child.on("message", (written) => {
			if ((written as number) < 40) return;
			child.kill("SIGKILL");
			resolve(written as number);
		});
	});
	await new Promise((resolve) => child.once("exit", resolve));
	const store = new Store(path);
	for (let i = 0; i < committed; i++) expect(store.recallPiece(`k${i}`)?.kind).toBe("edges");
	expect(store.markInterruptedRuns()).toMatchObject([{ status: "interrupted", request }]);
	expect(store.markInterruptedRuns()).toEqual([]);
	store.dispose();
	expect(checkDatabase(path).check).toBe("ok");
});
