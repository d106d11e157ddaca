import type { Circuit, CircuitEdge, CircuitNode, Inflow } from "./circuit.ts";
import { withoutPosition } from "./node-id.ts";
import type { Rows } from "./rows.ts";

/** How often something was found over several prompts, and how large it was where it was found. */
export interface Recurrence {
	/** Prompts whose circuit holds it. */
	readonly count: number;
	/** Over those prompts; of a node its attribution, of an edge its weight, positions summed. */
	readonly mean: number;
	/** Standard deviation over those prompts (n − 1); 0 where there is one. */
	readonly spread: number;
}

export interface ConsensusNode extends Recurrence {
	/** Without position. */
	readonly id: string;
}

export interface ConsensusEdge extends Recurrence {
	readonly source: string;
	readonly target: string;
}

export interface Consensus {
	readonly prompts: readonly string[];
	/** Most often found first. */
	readonly nodes: readonly ConsensusNode[];
	readonly edges: readonly ConsensusEdge[];
}

/** Joins the circuits of several prompts; what stands at several positions of one prompt is summed there. */
export function joinCircuits(circuits: readonly { readonly prompt: string; readonly circuit: Circuit }[]): Consensus {
	const nodes = new Map<string, number[]>();
	const edges = new Map<string, number[]>();
	for (const { circuit } of circuits) {
		addAll(
			nodes,
			sumBy(
				circuit.nodes,
				({ id }) => withoutPosition(id),
				({ attribution }) => attribution,
			),
		);
		const keyOf = ({ source, target }: CircuitEdge) => `${withoutPosition(source)} ${withoutPosition(target)}`;
		addAll(
			edges,
			sumBy(circuit.edges, keyOf, ({ weight }) => weight),
		);
	}
	return {
		prompts: circuits.map(({ prompt }) => prompt),
		nodes: [...nodes].map(([id, values]) => ({ id, ...summarise(values) })).sort(byCount),
		edges: [...edges]
			.map(([key, values]) => {
				const [source, target] = key.split(" ") as [string, string];
				return { source, target, ...summarise(values) };
			})
			.sort(byCount),
	};
}

/** The consensus as a circuit: what at least `atLeast` prompts have, with the means as attributions and weights. */
export function buildConsensusCircuit(
	{ nodes, edges }: Consensus,
	circuits: readonly { readonly circuit: Circuit }[],
	atLeast: number,
): Circuit {
	const kept = new Map(nodes.filter(({ count }) => count >= atLeast).map((node) => [node.id, node]));
	const examples = new Map<string, CircuitNode[]>();
	for (const { circuit } of circuits)
		for (const node of circuit.nodes) {
			const id = withoutPosition(node.id);
			if (!kept.has(id)) continue;
			const mine = examples.get(id) ?? [];
			mine.push(node);
			examples.set(id, mine);
		}
	const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / Math.max(1, numbers.length);
	const inflows = sumInflows(edges, new Map([...examples].map(([id, [node]]) => [id, node as CircuitNode])));
	return {
		nodes: [...kept.values()].map(({ id, mean: attribution }): CircuitNode => {
			const mine = examples.get(id) as CircuitNode[];
			const position = Math.round(mean(mine.map((node) => node.position)));
			const { joined: _, inflow: __, ...example } = mine[0] as CircuitNode;
			const inflow = inflows.get(id);
			const count = mine.reduce((sum, { joined = 1 }) => sum + joined, 0);
			return {
				...example,
				id,
				position,
				activation: mine.reduce((sum, { activation }) => sum + activation, 0) / count,
				attribution,
				...(inflow && { inflow }),
			};
		}),
		edges: edges
			.filter(({ source, target, count }) => count >= atLeast && kept.has(source) && kept.has(target))
			.map(({ source, target, mean: weight }) => ({ source, target, weight })),
	};
}

/** Σ|mean| of all edges between these nodes into each, whether enough prompts have them or not. */
function sumInflows(
	edges: readonly ConsensusEdge[],
	nodes: ReadonlyMap<string, CircuitNode>,
): ReadonlyMap<string, Inflow> {
	const sums = new Map<string, { features: number; errors: number; tokens: number }>();
	for (const { source, target, mean } of edges) {
		const [from, into] = [nodes.get(source)?.kind, nodes.get(target)?.kind];
		if (!from || from === "logit" || (into !== "feature" && into !== "logit")) continue;
		const mine = sums.get(target) ?? { features: 0, errors: 0, tokens: 0 };
		mine[`${from}s`] += Math.abs(mean);
		sums.set(target, mine);
	}
	return sums;
}

function sumBy<T>(items: Rows<T>, keyOf: (item: T) => string, amount: (item: T) => number) {
	const sums = new Map<string, number>();
	for (const item of items) sums.set(keyOf(item), (sums.get(keyOf(item)) ?? 0) + amount(item));
	return sums;
}

function addAll(values: Map<string, number[]>, sums: ReadonlyMap<string, number>): void {
	for (const [key, sum] of sums) {
		const mine = values.get(key) ?? [];
		mine.push(sum);
		values.set(key, mine);
	}
}

function summarise(values: readonly number[]): Recurrence {
	const count = values.length;
	const mean = values.reduce((a, b) => a + b, 0) / count;
	const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
	return { count, mean, spread: count > 1 ? Math.sqrt(squares / (count - 1)) : 0 };
}

function byCount(a: Recurrence, b: Recurrence): number {
	return b.count - a.count || Math.abs(b.mean) - Math.abs(a.mean);
}
