import { describe, expect, test } from "vitest";
import type { CircuitEdge, CircuitNode } from "../../main/shared/circuit.ts";
import { EdgeList } from "../../main/shared/edge-list.ts";
import { attributionGraph } from "../../main/shared/effect.ts";
import { remainderOf, scoreCircuit } from "../../main/shared/scores.ts";

/** Park and Miller's generator, which any language reproduces. */
function drawFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 16807) % 2147483647;
		return state / 2147483647;
	};
}

interface Shape {
	readonly seed: number;
	readonly layers: number;
	readonly width: number;
	readonly tokens: number;
	readonly density: number;
	/** Of the logits. */
	readonly probabilities: readonly number[];
}

/** Tokens, then layer by layer features and two errors, then logits; edges from every lower layer with a chance of `density`. */
function randomGraph({ seed, layers, width, tokens, density, probabilities }: Shape) {
	const node = (kind: CircuitNode["kind"], id: string, activation = 1): CircuitNode => ({
		id,
		kind,
		position: 0,
		activation,
		attribution: 0,
	});
	const depths: number[] = [];
	const nodes: CircuitNode[] = [];
	const add = (depth: number, ...more: readonly CircuitNode[]) => {
		for (const one of more) {
			nodes.push(one);
			depths.push(depth);
		}
	};
	for (let t = 0; t < tokens; t++) add(-1, node("token", `token.${t}@${t}`));
	for (let layer = 0; layer < layers; layer++) {
		for (let f = 0; f < width; f++) add(layer, node("feature", `mlp_${layer}.${f}@0`));
		add(layer, node("error", `mlp_error_${layer}@0`), node("error", `mlp_error_${layer}@1`));
	}
	for (const [i, probability] of probabilities.entries()) add(layers, node("logit", `logit.${i}@9`, probability));
	const draw = drawFrom(seed);
	const edges: CircuitEdge[] = [];
	for (const [t, { id: target, kind }] of nodes.entries())
		for (const [s, { id: source }] of nodes.entries()) {
			if (kind === "token" || (depths[s] as number) >= (depths[t] as number)) continue;
			const isThere = draw() < density;
			const weight = 2 * draw() - 1;
			if (isThere) edges.push({ source, target, weight });
		}
	return { nodes, edges };
}

const isFeature = ({ kind }: CircuitNode) => kind === "feature";

/**
 * What circuit-tracer's own `compute_graph_scores` and `compute_influence` give in float64 on the same graphs: of the whole,
 * of every second feature with the others as errors; and, from its formulas with a dense solver, of the edges above 0.5
 * with what was left out as remainders.
 */
const published = [
	{
		shape: { seed: 7, layers: 3, width: 4, tokens: 3, density: 0.6, probabilities: [1] },
		whole: [0.706752009388692, 0.8958377296843074],
		influence: [0.11796130944618353, 0.06442729843285648, 0],
		part: [0.36344477072927567, 0.717711858465179],
		cut: [0.6305834739709296, 0.868953932658486],
	},
	{
		shape: { seed: 11, layers: 5, width: 6, tokens: 4, density: 0.3, probabilities: [0.5, 0.3, 0.1] },
		whole: [0.652529101393789, 0.8902755618625576],
		influence: [0.11872331384123298, 0.08645220499740673, 0.0006478916683246559],
		part: [0.2620910760026357, 0.7028106792865453],
		cut: [0.5970997920629882, 0.855985994761678],
	},
	{
		shape: { seed: 23, layers: 2, width: 3, tokens: 2, density: 0.9, probabilities: [0.5, 0.5] },
		whole: [0.6681570724289038, 0.8741775112333839],
		influence: [0.3755764081016094, 0.1450262860716203, 0.03782967748127955],
		part: [0.39615559552786406, 0.7310198745584071],
		cut: [0.5712514428201292, 0.8347256099810864],
	},
];

describe.each(published)("a graph of seed $shape.seed", ({ shape, whole, influence, part, cut }) => {
	const { nodes, edges } = randomGraph(shape);
	// With equal probabilities a metric's own logits weigh the same.
	const metricName = shape.seed === 23 ? "logit_difference( a, b)" : attributionGraph;
	const scored = (more: Partial<Parameters<typeof scoreCircuit>[0]>) =>
		scoreCircuit({ nodes, edges, metricName, ...more });

	test("scores as circuit-tracer has it", () => {
		const { replacement, completeness, influence: found } = scored({});
		expect(replacement).toBeCloseTo(whole[0] as number, 12);
		expect(completeness).toBeCloseTo(whole[1] as number, 12);
		const features = [...nodes.keys()].filter((i) => isFeature(nodes[i] as CircuitNode));
		for (const [i, node] of [0, features[0], features.at(-1)].entries())
			expect(found[node as number]).toBeCloseTo(influence[i] as number, 12);
	});

	test("the order of nodes and edges decides nothing", () => {
		const { replacement, completeness } = scored({ nodes: nodes.toReversed(), edges: edges.toReversed() });
		expect(replacement).toBeCloseTo(whole[0] as number, 12);
		expect(completeness).toBeCloseTo(whole[1] as number, 12);
	});

	test("of some features, what leads to others counts as errors", () => {
		const features = new Set(
			nodes
				.filter(isFeature)
				.filter((_, i) => i % 2 === 1)
				.map(({ id }) => id),
		);
		const { replacement, completeness } = scored({ features });
		expect(replacement).toBeCloseTo(part[0] as number, 12);
		expect(completeness).toBeCloseTo(part[1] as number, 12);
	});

	test("what was cut off is a remainder of its kind", () => {
		const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
		const withInflow = nodes.map((node): CircuitNode => {
			if (node.kind === "token" || node.kind === "error") return node;
			const inflow = { features: 0, errors: 0, tokens: 0 };
			for (const { source, target, weight } of edges)
				if (target === node.id) inflow[`${kinds.get(source) as "feature" | "error" | "token"}s`] += Math.abs(weight);
			return { ...node, inflow };
		});
		const strong = edges.filter(({ weight }) => Math.abs(weight) > 0.5);
		const { replacement, completeness } = scored({ nodes: withInflow, edges: strong });
		expect(replacement).toBeCloseTo(cut[0] as number, 12);
		expect(completeness).toBeCloseTo(cut[1] as number, 12);
		// Nothing is cut off where all edges are there, whatever rounding says.
		const list = EdgeList.from(edges);
		for (const node of withInflow)
			if (node.inflow)
				expect(remainderOf(node, list, (id) => kinds.get(id))).toEqual({ features: 0, errors: 0, tokens: 0 });
		expect(scored({ nodes: withInflow }).completeness).toBe(scored({}).completeness);
	});
});

describe("where there is nothing to score", () => {
	const { nodes, edges } = randomGraph(published[0]?.shape as Shape);
	const none = { replacement: null, completeness: null };

	test("no logit, no edge into a logit, nothing at all", () => {
		const rest = nodes.filter(({ kind }) => kind !== "logit");
		expect(scoreCircuit({ nodes: rest, edges, metricName: "jacobian" })).toMatchObject(none);
		expect(scoreCircuit({ nodes, edges: [], metricName: "cross_entropy" })).toMatchObject(none);
		expect(scoreCircuit({ nodes: [], edges: [], metricName: "cross_entropy" })).toMatchObject(none);
	});

	test("a graph of another program that goes in circles", () => {
		const back = [...edges, { source: "mlp_2.0@0", target: "mlp_0.0@0", weight: 1 }];
		expect(scoreCircuit({ nodes, edges: back, metricName: attributionGraph })).toMatchObject(none);
	});

	test("features alone reach the logits: nothing begins anywhere, and nothing is missing", () => {
		const ids = new Set(nodes.filter(({ kind }) => kind === "feature" || kind === "logit").map(({ id }) => id));
		const between = edges.filter(({ source, target }) => ids.has(source) && ids.has(target));
		expect(scoreCircuit({ nodes, edges: between, metricName: "cross_entropy" })).toMatchObject({
			replacement: null,
			completeness: 1,
		});
	});
});
