import { describe, expect, test } from "vitest";
import { sourceOfText } from "../../main/import/import-source.ts";
import { readImportFile } from "../../main/import/read-file.ts";
import type { ImportedGraph } from "../../main/shared/exchange/imported-graph.ts";

const budget = { maxNodes: 5000, maxEdges: 50_000 };

async function read(graph: object, limits = budget): Promise<{ graph: ImportedGraph; notes: readonly string[] }> {
	const found = await readImportFile(sourceOfText(JSON.stringify(graph), "graph.json"), limits);
	if (found.kind !== "graph") throw new Error(`It was read as a ${found.kind}`);
	return found;
}

const node = (node_id: string, feature_type: string, more: object = {}) => {
	const [layer, , position] = node_id.split("_");
	return { node_id, feature: 1, layer, ctx_idx: Number(position), feature_type, jsNodeId: node_id, clerp: "", ...more };
};
const transcoder = "cross layer transcoder";

/** The forms that circuit-tracer has written: errors as `0_L_pos` once, as `L_-1_pos` now; schema 0 had no version. */
const graph = (more: object = {}) => ({
	metadata: {
		slug: "two",
		scan: "gemma-2-2b",
		prompt_tokens: ["<bos>", "1"],
		prompt: "<bos>1",
		node_threshold: 0.75,
		schema_version: 1,
	},
	qParams: {
		pinnedIds: ["25_7_1", "E_5_1"],
		supernodes: [["a group", "25_7_1", "3_9_1"]],
		linkType: "both",
		clickedId: "",
		sg_pos: "250 500 750 100",
	},
	nodes: [
		node("E_2_0", "embedding", { influence: 0.2 }),
		node("E_5_1", "embedding", { influence: 0.1 }),
		node("0_3_1", transcoder, { influence: 0.5, activation: 21.875, clerp: "digits" }),
		node("0_3_1", "mlp reconstruction error", { layer: "3", influence: 0.6 }),
		node("3_9_1", transcoder, { influence: 0.7, activation: 2 }),
		node("16_-1_1", "mlp reconstruction error", { influence: 0.8, activation: null }),
		node("4_2_1", "lorsa", { influence: 0.9, activation: 3 }),
		node("25_7_1", transcoder, { influence: 0.3, activation: 71.5 }),
		node("27_88_1", "logit", {
			feature: 88,
			token_prob: 0.25,
			is_target_logit: true,
			clerp: 'Output " say "a"" (p=0.250)',
		}),
	],
	links: [
		{ source: "E_5_1", target: "25_7_1", weight: 24.5 },
		{ source: "3_9_1", target: "25_7_1", weight: -3 },
		{ source: "25_7_1", target: "27_88_1", weight: 1.5 },
		{ source: "99_1_1", target: "27_88_1", weight: 9 },
		{ source: "16_-1_1", target: "25_7_1", weight: "much" },
	],
	...more,
});

describe("a graph of circuit-tracer or Neuronpedia", () => {
	test("becomes tokens, features at their sites, errors and logits, with its weights as they are", async () => {
		const { graph: imported, notes } = await read(graph());
		expect(imported.circuit.nodes.map(({ id, activation }) => [id, activation])).toEqual([
			["token.2@0", 1],
			["token.5@1", 1],
			["mlp_0.3@1", 21.875],
			["mlp_3.9@1", 2],
			["mlp_error_16@1", 0],
			["attn_4.2@1", 3],
			["mlp_25.7@1", 71.5],
			["logit.88@1", 0.25],
		]);
		expect(imported.circuit.edges).toEqual([
			{ source: "token.5@1", target: "mlp_25.7@1", weight: 24.5 },
			{ source: "mlp_3.9@1", target: "mlp_25.7@1", weight: -3 },
			{ source: "mlp_25.7@1", target: "logit.88@1", weight: 1.5 },
		]);
		expect(imported.description).toEqual({
			name: "two",
			model: { name: "gemma-2-2b", hash: "imported gemma-2-2b" },
			prompt: { text: "<bos>1", tokens: ["<bos>", "1"], tokenIds: [2, 5] },
			metric: { name: "attribution_graph", value: null },
		});
		expect(new Map(imported.known).get("logit.88")).toEqual({ token: ' say "a"' });
		expect(notes).toEqual([
			"1 links lead to nodes that the file does not hold.",
			"1 nodes and 1 links are not in the form of an attribution graph, or there twice, and were left out.",
			"Attribution is 1 − influence here: what matters more is larger.",
		]);
	});

	test("an error that is called like a feature of layer 0 is told by its kind", async () => {
		const { graph: imported } = await read(
			graph({ nodes: [node("0_3_1", "mlp reconstruction error", { layer: "3" })] }),
		);
		expect(imported.circuit.nodes).toMatchObject([{ id: "mlp_error_3@1", kind: "error", layer: 3 }]);
	});

	test("brings pins, supernodes, places, labels, and its threshold as a filter", async () => {
		const { graph: imported } = await read(graph());
		expect(imported.additions).toEqual({
			pins: [{ id: "mlp_25.7", order: 0 }],
			groups: [{ id: "group.imported-0", name: "a group", members: ["mlp_25.7@1", "mlp_3.9@1"], collapsed: true }],
			// The pinned token stands alone, and then the group: x in thousandths of 1,600.
			places: [
				{ id: "token.5@1", x: 400, dy: 60 },
				{ id: "group.imported-0", x: 1200, dy: 60 },
			],
			labels: [{ id: "mlp_0.3", text: "digits" }],
		});
		// A node is shown up to an influence of 0.75, so from an attribution of 0.25 on. The strongest that is seen is the
		// group: 1 − 0.3 and 1 − 0.7.
		const level = imported.view?.["attributionLevel"] as number;
		expect(level ** 3).toBeCloseTo(0.25, 6);
		expect(level ** 3).toBeLessThan(0.25);
	});

	test("under a budget keeps what was chosen, the ends, then what has most influence, and the strongest links", async () => {
		const { graph: imported, notes } = await read(graph(), { maxNodes: 6, maxEdges: 1 });
		expect(imported.circuit.nodes.map(({ id }) => id)).toEqual([
			"token.2@0",
			"token.5@1",
			"mlp_0.3@1",
			"mlp_3.9@1",
			"mlp_25.7@1",
			"logit.88@1",
		]);
		expect(imported.circuit.edges).toEqual([{ source: "token.5@1", target: "mlp_25.7@1", weight: 24.5 }]);
		expect(notes[0]).toBe(
			"The strongest 6 of 8 nodes and 1 of 4 links were kept, features before errors; the rest was left out.",
		);
	});

	test("without influence keeps what most leads in and out of", async () => {
		const nodes = [1, 2, 3, 4].map((i) => node(`1_${i}_0`, transcoder));
		const links = [
			{ source: "1_1_0", target: "1_3_0", weight: 5 },
			{ source: "1_2_0", target: "1_4_0", weight: -9 },
		];
		const { graph: imported } = await read({ links, nodes, metadata: {}, qParams: {} }, { maxNodes: 2, maxEdges: 9 });
		expect(imported.circuit.nodes.map(({ id }) => id)).toEqual(["mlp_1.2@0", "mlp_1.4@0"]);
		expect(imported.view).toBeUndefined();
	});

	test("with anything in the wrong place is read without it, or refused in a sentence", async () => {
		const { graph: imported } = await read(
			graph({ metadata: 7, qParams: { pinnedIds: "x", supernodes: [3, []], sg_pos: {} } }),
		);
		expect(imported.circuit.nodes).toHaveLength(8);
		await expect(read(graph({ nodes: [null, 3, { node_id: {} }] }))).rejects.toThrow(/holds no node|no circuit/);
		await expect(read(graph({ nodes: [{ node_id: "x" }] }))).rejects.toThrow(/holds no node of an attribution graph/);
	});
});
