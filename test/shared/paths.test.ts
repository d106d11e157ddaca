import { describe, expect, test } from "vitest";
import type { CircuitNode } from "../../main/shared/circuit.ts";
import { EdgeList } from "../../main/shared/edge-list.ts";
import { attributionGraph } from "../../main/shared/effect.ts";
import { PathGraph } from "../../main/shared/paths.ts";
import { scoreCircuit } from "../../main/shared/scores.ts";

const kinds: Readonly<Record<string, CircuitNode["kind"]>> = { token: "token", logit: "logit", mlp: "feature" };
const ids = ["token.1@0", "token.2@1", "mlp_0.1@0", "mlp_0.2@1", "mlp_error_0@1", "mlp_1.3@0", "mlp_1.4@1"];
ids.push("mlp_error_1@1", "mlp_2.5@1", "mlp_2.6@1", "logit.8@1", "logit.9@1");
const nodes = ids.map((id): CircuitNode => {
	const kind = id.includes("error") ? "error" : (kinds[/^[a-z]+/.exec(id)?.[0] ?? ""] as CircuitNode["kind"]);
	return { id, kind, position: Number(id.at(-1)), activation: 1, attribution: 0 };
});
/** Source, target (places in `ids`) and weight; drawn at random by the program that listed every path of the graph. */
const drawn = [
	[0, 2, -1.4, 0, 3, -1.71, 0, 4, -0.54, 0, 5, 0.03, 0, 6, -0.27, 0, 7, -1.64, 0, 8, 1.31, 0, 9, -1.11, 0, 10, 1.79],
	[0, 11, -0.41, 1, 3, 1.43, 1, 4, -1.42, 1, 5, -0.77, 1, 7, 0.33, 1, 8, -0.51, 1, 9, -1.75, 1, 10, -1.18],
	[1, 11, -0.29, 2, 5, 0.34, 2, 6, -0.8, 2, 8, -1.02, 2, 9, 0.1, 2, 11, -0.85, 3, 6, -0.33, 3, 8, -0.04],
	[3, 9, 0.67, 3, 11, 1.5, 4, 5, 0.78, 4, 6, 0.32, 4, 7, 1.36, 4, 9, 0.66, 4, 10, 0.81, 4, 11, 1.97, 5, 9, -0.46],
	[5, 10, -1.91, 5, 11, -1.33, 6, 8, -1.76, 6, 10, -1.01, 6, 11, 1.49, 7, 8, -0.2, 7, 9, 1.53, 8, 10, -0.34],
	[8, 11, 1.54, 9, 11, -1.3],
].flat();
const edges = Array.from({ length: drawn.length / 3 }, (_, i) => ({
	source: ids[drawn[3 * i] as number] as string,
	target: ids[drawn[3 * i + 1] as number] as string,
	weight: drawn[3 * i + 2] as number,
}));
const graph = new PathGraph({ nodes, edges, metricName: "cross_entropy" });
const lengths = (paths: readonly { readonly nodes: readonly string[]; readonly strength: number }[]) =>
	paths.map(({ nodes: path, strength }) => [path.join(" "), expect.closeTo(strength, 12)]);

// Every path was listed by networkx and its shares multiplied; totals agree with the influence p·(A + A² + …) by numpy.
describe("the strongest paths of a circuit", () => {
	test("from a feature to the target are those that listing all of them gives, with their part of its influence", () => {
		const found = graph.toTarget(["mlp_0.2@1"], 3);
		expect(found.total).toBeCloseTo(0.11137432829807213, 12);
		expect(lengths(found.paths)).toEqual([
			["mlp_0.2@1 logit.9@1", 0.0702247191011236],
			["mlp_0.2@1 mlp_1.4@1 logit.8@1", 0.013762718023255814],
			["mlp_0.2@1 mlp_1.4@1 logit.9@1", 0.013383524954272275],
		]);
		expect(found.carried).toBeCloseTo((0.0702247191011236 + 0.013762718023255814 + 0.013383524954272275) / found.total);
		expect(graph.toTarget(["mlp_0.2@1"], 1000).paths).toHaveLength(8);
		expect(graph.toTarget(["mlp_0.2@1"], 1000).carried).toBeCloseTo(1, 12);
	});

	test("count by the probability of the logit where they end, where another program wrote it", () => {
		const weighed = nodes.map((node) =>
			node.kind === "logit" ? { ...node, activation: node.id === "logit.8@1" ? 0.6 : 0.1 } : node,
		);
		const parts = { nodes: weighed, edges, metricName: attributionGraph };
		const found = new PathGraph(parts).toTarget(["mlp_0.2@1"], 3);
		expect(lengths(found.paths.slice(0, 2))).toEqual([
			["mlp_0.2@1 mlp_1.4@1 logit.8@1", 0.6 * 0.02752543604651163],
			["mlp_0.2@1 logit.9@1", 0.1 * 0.1404494382022472],
		]);
		const { influence } = scoreCircuit(parts);
		expect(found.total).toBeCloseTo(influence[3] as number, 12);
	});

	test("what was cut off counts kind by kind, as in scores", () => {
		const two = [
			{ ...(nodes[2] as CircuitNode) },
			{ ...(nodes[10] as CircuitNode), inflow: { features: 1, errors: 2, tokens: 0 } },
		];
		const one = [{ source: "mlp_0.1@0", target: "logit.8@1", weight: 2 }];
		const parts = { nodes: two, edges: one, metricName: "cross_entropy" };
		// Two of features, and two of errors that are no edges.
		expect(new PathGraph(parts).toTarget(["mlp_0.1@0"], 1).total).toBe(0.5);
		expect(scoreCircuit(parts).influence[0]).toBe(0.5);
	});

	test("begin at errors and pass through none", () => {
		const found = graph.toTarget(["mlp_error_0@1"], 1000);
		expect(found.total).toBeCloseTo(0.27120385398874636, 12);
		expect(found.paths).toHaveLength(10);
		expect(lengths(found.paths.slice(0, 3))).toEqual([
			["mlp_error_0@1 logit.9@1", 0.09222846441947566],
			["mlp_error_0@1 logit.8@1", 0.0575284090909091],
			["mlp_error_0@1 mlp_1.3@0 logit.8@1", 0.055109197443181816],
		]);
	});

	test("from the tokens are told in the order of computation, and what comes from errors is no part of them", () => {
		const found = graph.fromTokens(["mlp_2.6@1"], 4);
		expect(found.total).toBeCloseTo(0.621516719745223, 12);
		expect(lengths(found.paths)).toEqual([
			["token.2@1 mlp_2.6@1", 0.2786624203821656],
			["token.1@0 mlp_2.6@1", 0.17675159235668791],
			["token.1@0 mlp_0.2@1 mlp_2.6@1", 0.05810073430970831],
			["token.2@1 mlp_0.2@1 mlp_2.6@1", 0.04858716377946367],
		]);
		expect(graph.fromTokens(["mlp_2.6@1"], 1000).paths).toHaveLength(8);
	});

	test("of the whole circuit lead from tokens to logits", () => {
		const found = graph.throughout(1000);
		expect(found.total).toBeCloseTo(0.7099913721059461, 12);
		expect(found.paths).toHaveLength(47);
		expect(lengths(found.paths.slice(0, 3))).toEqual([
			["token.1@0 logit.8@1", 0.12713068181818182],
			["token.2@1 logit.8@1", 0.08380681818181819],
			["token.2@1 mlp_1.3@0 logit.8@1", 0.05440266927083333],
		]);
	});

	test("that are told carry their part of the whole, each counted once and no other path", () => {
		const [first, second] = [
			["token.1@0", "logit.8@1"],
			["token.2@1", "mlp_1.3@0", "logit.8@1"],
		];
		const carried = (0.12713068181818182 + 0.05440266927083333) / 0.7099913721059461;
		expect(graph.shareOf([first, second, first])).toBeCloseTo(carried, 12);
		expect(graph.shareOf([["mlp_0.2@1", "logit.9@1"], ["token.1@0", "mlp_0.1@0"], ["token.1@0", "nobody"], []])).toBe(
			0,
		);
	});

	test("count what was cut off, so that they add up to the influence that the scores know", () => {
		const cut = nodes.map((node, i) =>
			node.kind === "feature" || node.kind === "logit"
				? { ...node, inflow: { features: 3 + i, errors: 4, tokens: 8 } }
				: node,
		);
		const { influence } = scoreCircuit({ nodes: cut, edges, metricName: "logit_difference(a,b)" });
		const withCut = new PathGraph({ nodes: cut, edges, metricName: "cross_entropy" });
		for (const [i, { id, kind }] of cut.entries())
			if (kind !== "logit") expect(withCut.toTarget([id], 1).total, id).toBeCloseTo(influence[i] as number, 12);
		expect(withCut.toTarget(["mlp_0.2@1"], 1).total).toBeLessThan(graph.toTarget(["mlp_0.2@1"], 1).total);
	});

	test("begin where nothing leads in, where a circuit has no tokens, and end where nothing leads on, without logits", () => {
		const features = nodes.filter(({ kind }) => kind === "feature");
		const among = new Set(features.map(({ id }) => id));
		const inner = edges.filter(({ source, target }) => among.has(source) && among.has(target));
		const found = new PathGraph({ nodes: features, edges: inner, metricName: "cross_entropy" });
		expect([graph.beginsAtTokens, found.beginsAtTokens]).toEqual([true, false]);
		// Shares: into 1.3 all from 0.1; into 2.6 of 0.1 (0.10), 0.2 (0.67) and 1.3 (0.46); 2.5 and 2.6 weigh half each.
		expect(found.fromTokens(["mlp_2.6@1"], 9).paths.map(({ nodes: path, share }) => [path.join(" "), share])).toEqual([
			["mlp_0.2@1 mlp_2.6@1", expect.closeTo(0.67 / 1.23, 12)],
			["mlp_0.1@0 mlp_1.3@0 mlp_2.6@1", expect.closeTo(0.46 / 1.23, 12)],
			["mlp_0.1@0 mlp_2.6@1", expect.closeTo(0.1 / 1.23, 12)],
		]);
		expect(found.throughout(99).total).toBeCloseTo(1, 12);
	});

	test("are none where a circle is, where nothing leads on, and of a node that the circuit lacks", () => {
		const back = [...edges, { source: "mlp_2.6@1", target: "mlp_0.1@0", weight: 1 }];
		expect(new PathGraph({ nodes, edges: back, metricName: "cross_entropy" }).toTarget(["mlp_0.2@1"], 5)).toEqual({
			total: 0,
			paths: [],
			carried: 0,
		});
		expect(graph.toTarget(["mlp_error_1@1", "nobody"], 9).paths.length).toBeGreaterThan(0);
		expect(graph.toTarget(["nobody"], 5).paths).toEqual([]);
		expect(new PathGraph({ nodes, edges: EdgeList.none, metricName: "cross_entropy" }).throughout(5).paths).toEqual([]);
	});

	test("are found at once where there are more than could ever be listed", () => {
		// 12 layers of 30 features, each joined to all of the next: 30¹² paths, of equal edges all equally strong.
		const layer = (l: number) => Array.from({ length: 30 }, (_, i) => `mlp_${l}.${i}@0`);
		const layered = [["token.1@0"], ...Array.from({ length: 12 }, (_, l) => layer(l)), ["logit.1@0"]];
		const many = layered.flatMap((from, l) =>
			from.flatMap((source, i) =>
				(layered[l + 1] ?? []).map((target, j) => ({ source, target, weight: i === 3 && j === 3 ? 31 : 1 })),
			),
		);
		const all = layered.flat().map(
			(id): CircuitNode => ({
				...(nodes[0] as CircuitNode),
				id,
				kind: kinds[/^[a-z]+/.exec(id)?.[0] ?? ""] ?? "feature",
			}),
		);
		const found = new PathGraph({ nodes: all, edges: many, metricName: "cross_entropy" }).throughout(5);
		expect(found.total).toBeCloseTo(1, 12);
		// Each share along the marked features is 31/60; first and last edges are one of one and of sixty.
		expect(found.paths[0]?.nodes.slice(1, -1)).toEqual(Array.from({ length: 12 }, (_, l) => `mlp_${l}.3@0`));
		expect(found.paths[0]?.strength).toBeCloseTo((31 / 60) ** 11 * (1 / 30), 15);
	});
});
