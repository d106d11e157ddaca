import { beforeEach, describe, expect, test } from "vitest";
import { applyDiff, invertDiff } from "../../main/shared/document-diff.ts";
import type { StoredPiece } from "../../main/shared/piece.ts";
import { openSqlite } from "../../main/store/sqlite.ts";
import { Store } from "../../main/store/store.ts";
import { byId, edge, node, trace } from "./example-circuit.ts";
import { makePaths } from "./example-path.ts";

const nextPath = makePaths();
let path = "";
beforeEach(() => {
	path = nextPath();
});

const noInflow = { ids: [], sums: new Float64Array(0) };

describe("circuits", () => {
	test("grow by tracing again: new parts are added, changed ones updated, nothing is dropped", () => {
		const store = new Store(path);
		trace(store, "one", [node(1, 0.1), node(2, 0.2)], [edge(1, 2, 0.5)]);
		const merged = trace(store, "one", [node(2, 0.9), node(3, 0.3)], [edge(2, 3, -1)]);
		expect(merged).toMatchObject({ addedNodes: 1, addedEdges: 1, updatedNodes: 1, updatedEdges: 0 });
		const { nodes, edges } = store.circuits.load("one");
		expect(byId(nodes)).toEqual([node(1, 0.1), node(2, 0.9), node(3, 0.3)]);
		expect([...edges]).toEqual([edge(1, 2, 0.5), edge(2, 3, -1)]);
		expect(store.circuits.list()).toMatchObject([{ name: "one", nodes: 3, edges: 2, runs: 2, branchOf: null }]);
		store.dispose();
	});

	test("can be seen as they were after any step, also from another process's point of view", () => {
		const store = new Store(path);
		trace(store, "one", [node(1, 0.1)], []);
		trace(store, "one", [node(1, 0.7), node(2, 0.2)], [edge(1, 2, 1)]);
		store.dispose();
		const again = new Store(path);
		const first = again.circuits.stateAt("one", 1);
		expect([first.nodes, [...first.edges]]).toEqual([[node(1, 0.1)], []]);
		expect(byId(again.circuits.stateAt("one", 2).nodes)).toEqual(byId(again.circuits.load("one").nodes));
		again.circuits.branch("one", "before", 1);
		const branched = again.circuits.load("before");
		expect([branched.nodes, [...branched.edges]]).toEqual([[node(1, 0.1)], []]);
		expect(again.circuits.list().find(({ name }) => name === "before")?.branchOf).toBe("one");
		expect(() => again.circuits.branch("one", "before")).toThrow(/already/);
		again.circuits.delete("one");
		expect(again.circuits.load("before").nodes).toHaveLength(1);
		expect(() => again.circuits.load("one")).toThrow(/no circuit "one". Stored are "before"/);
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
		expect([...restored.edges]).toEqual(before.edges);
	});

	test("hold a state for every step, the empty one before the first included, and no others", () => {
		const store = new Store(path);
		trace(store, "one", [node(1, 0.1)], []);
		const empty = store.circuits.stateAt("one", 0);
		expect([...empty.nodes, ...empty.edges]).toEqual([]);
		for (const step of [-1, 2, 0.5]) expect(() => store.circuits.stateAt("one", step)).toThrow(/no step/);
		expect(() => store.circuits.branch("one", "two", 0)).toThrow(/steps 1 to 1 and no step 0/);
		store.dispose();
	});

	test("say which runs gave each part and with what value, also after it was replaced, also in a branch", () => {
		const store = new Store(path);
		trace(store, "one", [node(1, 0.1), node(2, 0.2)], [edge(1, 2, 0.5)]);
		trace(store, "one", [node(1, 0.1), node(2, 0.9)], [edge(1, 2, -2)]);
		store.circuits.branch("one", "before", 1);
		const ofFirst = { run: 1, value: 0.2 };
		const { nodes, edges } = store.circuits.provenance("one");
		expect(nodes.get(node(2, 0).id)).toEqual([ofFirst, { run: 2, value: 0.9 }]);
		expect([...edges.values()]).toEqual([
			[
				{ run: 1, value: 0.5 },
				{ run: 2, value: -2 },
			],
		]);
		expect(store.circuits.provenance("before").nodes.get(node(2, 0).id)).toEqual([ofFirst]);
		store.dispose();
	});

	test("have names that can be typed and read; a bad name or number leaves no half circuit behind", () => {
		const store = new Store(path);
		for (const name of ["", "  ", " one", "a\nb", "a\u0000b", "\ud800", "x".repeat(201)])
			expect(() => trace(store, name, [node(1, 1)], []), JSON.stringify(name)).toThrow(/name/);
		trace(store, "Copyright (C · 日本 😀", [node(1, 1)], []);
		expect(() => trace(store, "nan", [node(1, Number.NaN)], [])).toThrow(/mlp_0.1@1 has finite numbers/);
		expect(store.circuits.list().map(({ name }) => name)).toEqual(["Copyright (C · 日本 😀"]);
		expect(() => store.circuits.branch("Copyright (C · 日本 😀", "")).toThrow(/not empty/);
		store.dispose();
	});
});

const reports: readonly StoredPiece[] = [
	{
		kind: "ablation",
		body: {
			effects: [{ source: "mlp_0.1", target: "mlp_1.2", position: null, effect: -1e-300, count: 3 }],
			logits: [],
		},
	},
	{ kind: "jacobian", body: [{ source: "resid_0.1", target: "resid_1.2", position: 4, jacobian: 0.1, effect: -0.2 }] },
	{ kind: "spliced", body: [3.25, 0.1] },
];

test("pieces that an older version stored are told by their form; what has none is not there", () => {
	const store = new Store(path);
	for (const piece of reports) store.pieces.keep(`old ${piece.kind}`, piece);
	store.pieces.keep("no form", { kind: "spliced", body: ["a"] as unknown as number[] });
	const database = openSqlite(path, { readonly: false });
	database.exec("UPDATE result SET kind = 'report' WHERE key LIKE 'old %'");
	database.close();
	for (const piece of reports) expect(store.pieces.recall(`old ${piece.kind}`)).toEqual(piece);
	expect(store.pieces.recall("no form")).toBeUndefined();
	store.dispose();
});

test("pieces come back to the last bit", () => {
	const store = new Store(path);
	const pieces: StoredPiece[] = [
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
		{
			kind: "edges",
			ids: ["a", "c", "b"],
			sources: Uint32Array.of(0, 2),
			targets: Uint32Array.of(1, 1),
			weights: Float64Array.of(Math.PI, -1e-300),
			inflow: { ids: ["c", "d"], sums: Float64Array.of(Math.PI, 0, 1e-300, 1, 2, 3, 4, 5) },
		},
		{
			kind: "edges",
			ids: ["a", "b"],
			sources: Uint32Array.of(0),
			targets: Uint32Array.of(1),
			weights: Float64Array.of(-0),
			inflow: noInflow,
		},
		{
			kind: "edges",
			ids: ["a", "b"],
			sources: Uint32Array.of(0),
			targets: Uint32Array.of(1),
			weights: Float64Array.of(Number.NEGATIVE_INFINITY),
			inflow: noInflow,
		},
		{
			kind: "activations",
			positions: new Int32Array(),
			features: new Int32Array(),
			activations: new Float32Array(),
			errorNorms: new Float32Array(),
		},
		...reports,
	];
	for (const [i, piece] of pieces.entries()) store.pieces.keep(`k${i}`, piece);
	for (const [i, piece] of pieces.entries()) expect(store.pieces.recall(`k${i}`)).toEqual(piece);
	expect(store.pieces.recall("unknown")).toBeUndefined();
	store.dispose();
});
