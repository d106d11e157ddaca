import type { ExportSource } from "../../main/export/export-source.ts";
import type { CircuitEdge, CircuitNode } from "../../main/shared/circuit.ts";
import { emptyDocument } from "../../main/shared/document.ts";
import type { FeatureFacts } from "../../main/shared/feature-facts.ts";
import { seededRandom } from "../../main/shared/random.ts";

/** Texts as tokens can be, and as nobody should write them. */
export const hostile = [
	"</text><script>",
	"\u0000",
	"\ud800",
	"&\"'",
	"مرحبا",
	"👩‍👩‍👧",
	"\n\t",
	"]]>",
	"\uffff",
	" ",
	"",
];

export function randomNodes(count: number): readonly CircuitNode[] {
	const random = seededRandom(3);
	const kinds = ["attn", "mlp", "resid"] as const;
	const features = Array.from({ length: count }, (_, i): CircuitNode => {
		const site = kinds[i % 3] ?? "attn";
		const layer = Math.floor((6 * i) / count);
		const id = `${site}_${layer}.${i}@${i % 7}`;
		return {
			id,
			kind: "feature",
			site,
			layer,
			feature: i,
			position: i % 7,
			activation: 1,
			attribution: random() - 0.5,
		};
	});
	return [
		{ id: "token.1@0", kind: "token", feature: 1, position: 0, activation: 1, attribution: 0.1 },
		...features,
		{ id: "logit.2@6", kind: "logit", feature: 2, position: 6, activation: 3, attribution: -1 },
	];
}

export function randomEdges(nodes: readonly CircuitNode[], count: number): readonly CircuitEdge[] {
	const random = seededRandom(5);
	return Array.from({ length: count }, () => {
		const [a = 0, b = 0] = [random(), random()]
			.map((number) => Math.floor(number * nodes.length))
			.sort((x, y) => x - y);
		return { source: nodes[a]?.id ?? "", target: nodes[b]?.id ?? "", weight: random() - 0.5 };
	}).filter(({ source, target }) => source !== target);
}

export function factsOf(nodes: readonly CircuitNode[], texts: readonly string[]): ExportSource["facts"] {
	return nodes
		.filter(({ kind }) => kind === "feature")
		.map(({ id, feature = 0 }): readonly [string, FeatureFacts] => [
			id.replace(/@.*/, ""),
			{
				feature,
				frequency: 0.1,
				maxActivation: 1,
				contexts: [{ tokens: texts, activations: texts.map((_, i) => i), peak: Math.min(3, texts.length - 1) }],
				raises: texts.map((token) => ({ token, effect: 1 })),
				lowers: texts.map((token) => ({ token, effect: -1 })),
			},
		]);
}

/** A circuit with everything that an export is made of. */
export function makeSource(
	change: Partial<ExportSource> = {},
	nodes: readonly CircuitNode[] = randomNodes(12),
	edges: readonly CircuitEdge[] = randomEdges(nodes, 40),
): ExportSource {
	return {
		name: "example",
		document: { ...emptyDocument, nodes, edges },
		view: { fresh: false },
		run: {
			modelName: "m",
			metricName: "cross_entropy",
			paired: false,
			metric: 1.25,
			scores: { replacement: 0.25, completeness: 0.75 },
			tokens: ["a", " b"],
			logitTokens: { 2: "z" },
		},
		labels: [],
		facts: [],
		phrases: [],
		counts: [],
		provenance: {
			circuit: "example",
			model: { name: "m", hash: "0123456789abcdef" },
			dictionaries: [{ site: "mlp_0", name: "mlp_0", hash: "fedcba9876543210" }],
			prompt: "a b",
			target: " b",
			metric: { name: "cross_entropy", value: 1.25 },
			method: "gradient",
			parameters: [["up nodes", "10"]],
			scores: { replacement: 0.25, completeness: 0.75 },
			program: "Sparse Circuit Discovery 0",
			date: "2026-11-27",
		},
		...change,
	};
}
