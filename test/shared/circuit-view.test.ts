import { describe, expect, test } from "vitest";
import type { CircuitEdge, CircuitNode } from "../../main/shared/circuit.ts";
import { buildView, filterView } from "../../main/shared/circuit-view.ts";

const feature = (id: string, attribution: number, layer = 1): CircuitNode => ({
	id,
	kind: "feature",
	site: "mlp",
	layer,
	feature: 3,
	position: Number(id.split("@")[1]),
	activation: Math.abs(attribution) * 10,
	attribution,
});
const error: CircuitNode = {
	id: "mlp_error_1@0",
	kind: "error",
	site: "mlp",
	layer: 1,
	position: 0,
	activation: 2,
	attribution: 0.05,
};
const token: CircuitNode = { id: "token.5@0", kind: "token", feature: 5, position: 0, activation: 1, attribution: 0 };
const nodes = [token, feature("mlp_1.3@0", 0.4), feature("mlp_1.3@2", -0.1), feature("mlp_2.3@2", 0.2, 2), error];
const edges: readonly CircuitEdge[] = [
	{ source: "token.5@0", target: "mlp_1.3@0", weight: 0.5 },
	{ source: "mlp_1.3@0", target: "mlp_2.3@2", weight: 0.25 },
	{ source: "mlp_1.3@2", target: "mlp_2.3@2", weight: -0.75 },
	{ source: "mlp_error_1@0", target: "mlp_2.3@2", weight: 0.01 },
];
const all = { minWeight: 0, minAttribution: 0, showErrors: true, showHidden: false };

describe("what is seen of a circuit", () => {
	test("folded, a feature's positions are one node and their edges add up", () => {
		const view = buildView({ nodes, edges, groups: [] }, true);
		expect(view.nodes.find(({ id }) => id === "mlp_1.3")).toMatchObject({
			position: 0,
			attribution: 0.4 - 0.1,
			activation: 4,
			members: ["mlp_1.3@0", "mlp_1.3@2"],
		});
		expect(view.edges.find(({ source }) => source === "mlp_1.3")).toEqual({
			source: "mlp_1.3",
			target: "mlp_2.3",
			weight: -0.5,
		});
		expect(view.nodes.some(({ id }) => id === "token.5@0")).toBe(true);
	});

	test("a collapsed group stands in its topmost member's lane; edges inside it are gone, those across it are summed", () => {
		const group = { id: "group.a", name: "both", members: ["mlp_1.3@2", "mlp_2.3@2"], collapsed: true };
		const view = buildView({ nodes, edges, groups: [group] }, false);
		expect(view.nodes.find(({ id }) => id === "group.a")).toMatchObject({
			kind: "group",
			layer: 2,
			name: "both",
			attribution: 0.2 - 0.1,
		});
		expect(view.edges.map(({ source, target, weight }) => [source, target, weight])).toEqual([
			["token.5@0", "mlp_1.3@0", 0.5],
			["mlp_1.3@0", "group.a", 0.25],
			["mlp_error_1@0", "group.a", 0.01],
		]);
		expect(buildView({ nodes, edges, groups: [{ ...group, collapsed: false }] }, false).nodes).toHaveLength(5);
	});

	test("a filter hides weak edges and nodes, and says how many", () => {
		const view = buildView({ nodes, edges, groups: [] }, false);
		expect(filterView(view, [], all)).toMatchObject({
			left: { hidden: 0, errors: 0, weakNodes: 0, loneNodes: 0, weakEdges: 0 },
		});
		const weak = filterView(view, [], { ...all, minWeight: 0.02 });
		expect(weak.left).toMatchObject({ weakEdges: 1, loneNodes: 1 });
		expect(weak.edges.map(({ weight }) => weight)).toEqual([-0.75, 0.5, 0.25]);
		const strong = filterView(view, [], { ...all, minAttribution: 0.15 });
		expect([strong.left.weakNodes, strong.nodes.map(({ id }) => id)]).toEqual([
			2,
			["token.5@0", "mlp_1.3@0", "mlp_2.3@2"],
		]);
		expect(filterView(view, [{ id: "mlp_1.3@0" }], all).left.hidden).toBe(1);
		expect(filterView(view, [{ id: "mlp_1.3@0" }], { ...all, showHidden: true }).nodes).toHaveLength(5);
		expect(filterView(view, [], { ...all, showErrors: false }).left.errors).toBe(1);
	});
});
