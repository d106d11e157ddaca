import { describe, expect, test } from "vitest";
import { alignTokens } from "#shared/align-tokens";
import type { CircuitEdge, CircuitNode } from "#shared/circuit";
import { buildView } from "#shared/circuit-view";
import { type ComparedCircuit, describeMatch, uniteCircuits, usualMatch } from "#shared/compare-circuits";
import { compareView, countSides, differs, keepDiffering } from "#shared/compared-view";
import { EdgeList } from "#shared/edge-list";

const node = (id: string, attribution: number): CircuitNode => {
	const position = Number(id.split("@")[1] ?? 0);
	const kind = /^token/.test(id) ? "token" : /^logit/.test(id) ? "logit" : /_error_/.test(id) ? "error" : "feature";
	return {
		id,
		kind,
		...(kind === "feature" && { site: "mlp" as const, layer: 1, feature: Number(/\.(\d+)/.exec(id)?.[1]) }),
		position,
		activation: 1,
		attribution,
	};
};
const edge = (source: string, target: string, weight: number): CircuitEdge => ({ source, target, weight });

function circuit(
	nodes: readonly CircuitNode[],
	edges: readonly CircuitEdge[],
	tokens: readonly string[],
	more: Partial<ComparedCircuit["run"]> = {},
): ComparedCircuit {
	const run = {
		metricName: "cross_entropy",
		paired: false,
		tokens,
		dictionaries: [{ site: "mlp_1", hash: "a" }],
		...more,
	};
	return { circuit: { nodes, edges: EdgeList.from(edges) }, run };
}

const tokens = ["<bos>", "Copy", "right", " (", "C", ")"];
const left = circuit(
	[node("token.1@1", 0), node("mlp_1.3@4", -0.5), node("mlp_1.4@4", 0.2), node("logit.8@4", 0)],
	[edge("token.1@1", "mlp_1.3@4", 0.4), edge("mlp_1.3@4", "logit.8@4", 0.5), edge("mlp_1.4@4", "logit.8@4", -0.2)],
	tokens,
);
const viewOf = (union: ReturnType<typeof uniteCircuits>, fold = false) =>
	compareView(buildView({ nodes: union.nodes, edges: union.edges, groups: [] }, fold), union);

describe("positions of two prompts", () => {
	test("the same prompt, and one of a template, step by step", () => {
		expect(alignTokens(tokens, tokens, 2)).toMatchObject({ how: "same", matched: 6, tokens });
		const other = alignTokens(["The", " dog", " runs"], ["The", " cat", " runs"], 1);
		expect(other).toMatchObject({ how: "in step", left: [0, 1, 2], right: [0, 1, 2] });
		expect(other.tokens).toEqual(["The", " dog /  cat", " runs"]);
	});

	test("others where tokens agree in order, and their ends with one another", () => {
		// a b c Y Z beside a x b Z Q: a and b agree, and the last with the last.
		const found = alignTokens(["a", "b", "c", "Z"], ["a", "x", "b", "y", "w", "Q"], 1);
		expect(found.tokens).toEqual(["a", "x", "b", "c", "y", "w", "Z / Q"]);
		expect(found.left).toEqual([0, 2, 3, 6]);
		expect(found.right).toEqual([0, 1, 2, 4, 5, 6]);
		expect([found.matched, found.how]).toEqual([3, "by token"]);
		expect(alignTokens([], ["a", "b"], 2)).toMatchObject({ matched: 0, tokens: ["a", "b"] });
	});
});

describe("two circuits as one", () => {
	const right = circuit(
		[node("mlp_1.3@4", -0.3), node("mlp_1.9@4", 0.1), node("logit.8@4", 0)],
		[edge("mlp_1.3@4", "logit.8@4", 0.1), edge("mlp_1.9@4", "logit.8@4", 0.7)],
		tokens,
	);

	test("every node and edge with the figures of both", () => {
		const view = viewOf(uniteCircuits(left, right));
		expect(new Map(view.nodes.map(({ id, side }) => [id, side]))).toEqual(
			new Map([
				["token.1@1", "left"],
				["mlp_1.3@4", "both"],
				["mlp_1.4@4", "left"],
				["logit.8@4", "both"],
				["mlp_1.9@4", "right"],
			]),
		);
		expect(view.nodeFigures("mlp_1.3@4").attribution).toEqual({ left: -0.5, right: -0.3 });
		expect(view.edgeFigures("mlp_1.3@4", "logit.8@4")).toEqual({ left: 0.5, right: 0.1 });
		expect(view.edgeFigures("mlp_1.9@4", "logit.8@4")).toEqual({ right: 0.7 });
		// The larger of both is what filters and sizes go by.
		expect(view.edges.find(({ source }) => source === "mlp_1.3@4")?.weight).toBe(0.5);
		expect(view.largestDifference).toBeCloseTo(0.7, 12);
		expect(countSides(view)).toEqual({
			left: { nodes: 2, edges: 2 },
			both: { nodes: 2, edges: 1 },
			right: { nodes: 1, edges: 1 },
		});
	});

	test("only what differs: by how much is asked; what one has not counts as nothing", () => {
		const view = viewOf(uniteCircuits(left, right));
		const strong = keepDiffering(view, 0.45);
		expect(strong.edges.map(({ source }) => source)).toEqual(["mlp_1.9@4"]);
		expect(strong.nodes.map(({ id }) => id)).toEqual(["logit.8@4", "mlp_1.9@4"]);
		const same = viewOf(uniteCircuits(left, left));
		expect([keepDiffering(same, 0).nodes.length, keepDiffering(same, 0).edges.length]).toEqual([0, 0]);
		expect(differs({ left: 1, right: 1 + 1e-9 }, 0)).toBe(false);
	});

	test("numbers are in one sign, whatever the metric of each", () => {
		const logit = circuit(
			[node("mlp_1.3@4", 0.3), node("logit.8@4", 0)],
			[edge("mlp_1.3@4", "logit.8@4", -0.1)],
			tokens,
			{
				metricName: "logit( ))",
			},
		);
		const union = uniteCircuits(left, logit);
		const view = viewOf(union);
		expect(view.nodeFigures("mlp_1.3@4").attribution).toEqual({ left: -0.5, right: -0.3 });
		expect(view.edgeFigures("mlp_1.3@4", "logit.8@4")).toEqual({ left: 0.5, right: 0.1 });
		expect(describeMatch(union.match)).toMatch(/two metrics, cross_entropy and logit\( \)\)/);
	});

	test("another prompt: a feature is the same at a matched position, or wherever it is", () => {
		const longer = circuit(
			[node("mlp_1.3@6", -0.3), node("mlp_1.3@2", -0.4), node("logit.8@6", 0)],
			[edge("mlp_1.3@6", "logit.8@6", 0.1), edge("mlp_1.3@2", "logit.8@6", 0.2)],
			["<bos>", "All", " rights", "right", ",", " (", "C", ")"],
		);
		expect(usualMatch(left, longer)).toBe("position");
		const byPosition = viewOf(uniteCircuits(left, longer));
		const both = byPosition.nodes.filter(({ side }) => side === "both").map(({ id }) => id.split("@")[0]);
		expect(both).toEqual(["mlp_1.3", "logit.8"]);
		expect(byPosition.nodes).toHaveLength(5);

		const byFeature = viewOf(uniteCircuits(left, longer, "feature"));
		expect(byFeature.nodeFigures("mlp_1.3").attribution.right).toBeCloseTo(-0.7, 12);
		expect(byFeature.nodeFigures("mlp_1.3").attribution.left).toBe(-0.5);
		const unlike = circuit(longer.circuit.nodes, [], ["x", "y", "z", "u", "v", "w", "q", "r"]);
		expect(usualMatch(left, unlike)).toBe("feature");
	});

	test("where dictionaries are not the same, a number is not a feature", () => {
		const other = circuit(
			right.circuit.nodes,
			right.circuit.edges.map((one) => one),
			tokens,
			{
				dictionaries: [{ site: "mlp_1", hash: "b" }],
			},
		);
		const union = uniteCircuits(left, other);
		const view = viewOf(union);
		expect(view.nodes.filter(({ side }) => side === "both").map(({ id }) => id)).toEqual(["logit.8@4"]);
		expect(describeMatch(union.match)).toMatch(/mlp_1: the dictionaries are not the same/);
		const apart = view.nodes.filter(({ side }) => side === "right").map(({ id }) => union.right.ownIds.get(id));
		expect(apart).toEqual(["mlp_1.3@4", "mlp_1.9@4"]);
	});

	test("folded in the view, figures are the sums of each", () => {
		const two = circuit([node("mlp_1.3@3", -1), node("mlp_1.3@4", 0.25)], [], tokens);
		const view = viewOf(uniteCircuits(left, two), true);
		expect(view.nodeFigures("mlp_1.3").attribution).toEqual({ left: -0.5, right: -0.75 });
	});
});
