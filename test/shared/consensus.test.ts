import { expect, test } from "vitest";
import type { Circuit } from "../../main/shared/circuit.ts";
import { buildConsensusCircuit, joinCircuits } from "../../main/shared/consensus.ts";

const feature = (id: string, attribution: number, position = Number(id.split("@")[1])) => ({
	id,
	kind: "feature" as const,
	site: "mlp" as const,
	layer: 0,
	feature: 1,
	position,
	activation: 2 * attribution,
	attribution,
});
const circuits: { prompt: string; circuit: Circuit }[] = [
	{
		prompt: "one",
		circuit: {
			nodes: [feature("mlp_0.1@1", 1), feature("mlp_0.1@2", 2), feature("mlp_0.2@1", 5)],
			edges: [
				{ source: "mlp_0.1@1", target: "mlp_1.1@2", weight: 0.5 },
				{ source: "mlp_0.1@2", target: "mlp_1.1@2", weight: 1 },
			],
		},
	},
	{
		prompt: "two",
		circuit: {
			nodes: [feature("mlp_0.1@4", 5), feature("mlp_1.1@4", 1)],
			edges: [{ source: "mlp_0.1@4", target: "mlp_1.1@4", weight: 3.5 }],
		},
	},
	{ prompt: "three", circuit: { nodes: [feature("mlp_1.1@0", -3)], edges: [] } },
];

test("what comes back is counted by feature, with mean and spread over the prompts that have it", () => {
	const { nodes, edges, prompts } = joinCircuits(circuits);
	expect(prompts).toEqual(["one", "two", "three"]);
	expect(nodes).toEqual([
		{ id: "mlp_0.1", count: 2, mean: 4, spread: Math.SQRT2 },
		{ id: "mlp_1.1", count: 2, mean: -1, spread: Math.sqrt(8) },
		{ id: "mlp_0.2", count: 1, mean: 5, spread: 0 },
	]);
	expect(edges).toEqual([{ source: "mlp_0.1", target: "mlp_1.1", count: 2, mean: 2.5, spread: Math.SQRT2 }]);
});

test("the consensus circuit holds what enough prompts have", () => {
	const joined = joinCircuits(circuits);
	const circuit = buildConsensusCircuit(joined, circuits, 2);
	expect(
		circuit.nodes.map(({ id, attribution, activation, position }) => [id, attribution, activation, position]),
	).toEqual([
		["mlp_0.1", 4, 16 / 3, 2],
		["mlp_1.1", -1, -2, 2],
	]);
	expect(circuit.edges).toEqual([{ source: "mlp_0.1", target: "mlp_1.1", weight: 2.5 }]);
	expect(buildConsensusCircuit(joined, circuits, 3)).toEqual({ nodes: [], edges: [] });
});
