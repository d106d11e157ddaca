import { describe, expect, test } from "vitest";
import type { CircuitEdge, CircuitNode } from "#shared/circuit";
import type { Group } from "#shared/document";
import { placePinned } from "#shared/drawing/draw-pinned";
import { EdgeList } from "#shared/edge-list";
import { buildPinnedGraph, pinUnits } from "#shared/pinned";

const feature = (layer: number, number: number, position: number): CircuitNode => ({
	id: `mlp_${layer}.${number}@${position}`,
	kind: "feature",
	site: "mlp",
	layer,
	feature: number,
	position,
	activation: 1,
	attribution: 1,
});
const nodes: readonly CircuitNode[] = [
	{ id: "token.5@0", kind: "token", feature: 5, position: 0, activation: 1, attribution: 0 },
	{ id: "token.6@1", kind: "token", feature: 6, position: 1, activation: 1, attribution: 0 },
	feature(0, 1, 0),
	feature(0, 1, 1),
	feature(0, 2, 1),
	feature(1, 3, 1),
	{ id: "logit.7@1", kind: "logit", feature: 7, position: 1, activation: 2, attribution: 0 },
];
const edge = (source: string, target: string, weight: number): CircuitEdge => ({ source, target, weight });
const edges = EdgeList.from([
	edge("token.5@0", "mlp_0.1@0", 1),
	edge("token.6@1", "mlp_0.1@1", 2),
	edge("mlp_0.1@0", "mlp_1.3@1", 0.5),
	edge("mlp_0.1@1", "mlp_1.3@1", 0.25),
	edge("mlp_0.2@1", "mlp_1.3@1", -3),
	edge("mlp_1.3@1", "logit.7@1", 4),
	edge("token.5@0", "logit.7@1", 9),
]);
const group: Group = {
	id: "group.a",
	name: "both",
	members: ["mlp_0.1@0", "mlp_0.2@1", "token.5@0"],
	collapsed: false,
};
const pin = (id: string, order: number) => ({ id, order });

describe("what is pinned", () => {
	test("a supernode is one once all of its features are pinned, in the order of the tray", () => {
		const pins = [pin("mlp_1.3", 2), pin("mlp_0.1", 1)];
		expect(pinUnits(pins, { groups: [group], nodes }).map(({ id }) => id)).toEqual(["mlp_0.1", "mlp_1.3"]);
		expect(pinUnits([...pins, pin("mlp_0.2", 3)], { groups: [group], nodes })).toEqual([
			{ id: "group.a", group, features: ["mlp_0.1", "mlp_0.2"] },
			{ id: "mlp_1.3", features: ["mlp_1.3"] },
		]);
	});

	test("a feature of two supernodes is with the first, and one of tokens alone is none", () => {
		const other: Group = { ...group, id: "group.b", members: ["mlp_0.2@1", "mlp_1.3@1"] };
		const tokens: Group = { ...group, id: "group.c", members: ["token.5@0"] };
		const units = pinUnits([pin("mlp_0.1", 0), pin("mlp_0.2", 1), pin("mlp_1.3", 2)], {
			groups: [tokens, group, other],
			nodes,
		});
		expect(units.map(({ id }) => id)).toEqual(["group.a", "mlp_1.3"]);
	});

	test("its graph has pinned units at all their positions, tokens and logits that they touch, and summed edges", () => {
		const units = pinUnits([pin("mlp_0.1", 0), pin("mlp_1.3", 1), pin("mlp_5.9", 2)], { groups: [], nodes });
		const graph = buildPinnedGraph(units, { nodes, edges });
		expect(graph.nodes.map(({ id }) => id)).toEqual(["token.5@0", "token.6@1", "mlp_0.1", "mlp_1.3", "logit.7@1"]);
		expect(graph.edges.map(({ source, target, weight }) => [source, target, weight])).toEqual([
			["mlp_1.3", "logit.7@1", 4],
			["token.6@1", "mlp_0.1", 2],
			["token.5@0", "mlp_0.1", 1],
			["mlp_0.1", "mlp_1.3", 0.75],
		]);
		expect(graph.missing).toBe(1);
	});

	test("a pinned supernode's edges are those of its features together", () => {
		const units = pinUnits([pin("mlp_0.1", 0), pin("mlp_0.2", 1), pin("mlp_1.3", 2)], { groups: [group], nodes });
		const { edges: found } = buildPinnedGraph(units, { nodes, edges });
		expect(found.find(({ source, target }) => source === "group.a" && target === "mlp_1.3")?.weight).toBe(-2.25);
	});

	test("stands in rows, logits above and tokens below, inside its frame, names where they have room", () => {
		const graph = buildPinnedGraph(pinUnits([pin("mlp_0.1", 0), pin("mlp_1.3", 1)], { groups: [], nodes }), {
			nodes,
			edges,
		});
		const size = { width: 300, height: 120 };
		const places = placePinned(graph, size, ({ id }) => ({ text: `a long name of ${id}`, kind: "id" }));
		const heights = ["logit.7@1", "mlp_1.3", "mlp_0.1", "token.5@0"].map(
			(id) => places.find(({ node }) => node.id === id)?.y,
		);
		expect(heights).toEqual([...heights].sort((a, b) => (a ?? 0) - (b ?? 0)));
		for (const { box, name } of places) {
			expect(box.x).toBeGreaterThanOrEqual(0);
			expect(box.x + box.width).toBeLessThanOrEqual(size.width);
			expect(name).not.toBe("");
		}
		expect(
			placePinned(graph, { width: 60, height: 120 }, ({ id }) => ({ text: id, kind: "id" })).find(
				({ node }) => node.kind === "token",
			)?.name,
		).toBe("");
	});
});
