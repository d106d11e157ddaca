import type { Circuit, CircuitNode } from "#shared/circuit";

/** How much of a graph is kept: its strongest part. */
export interface ImportBudget {
	readonly maxNodes: number;
	readonly maxEdges: number;
}

/** As much as can be looked at with ease; the canvas is measured with half of it. */
export const defaultBudget: ImportBudget = { maxNodes: 5000, maxEdges: 50_000 };

/** The value that the `count` largest reach; at least 0. */
export function findThreshold(values: Float64Array, count: number): number {
	if (values.length <= count) return 0;
	return values.toSorted()[values.length - count] ?? 0;
}

/** The strongest part of a circuit: ends first, then what most leads in and out of; and what was left out, in words. */
export function cutToBudget(
	{ nodes, edges }: Circuit,
	{ maxNodes, maxEdges }: ImportBudget,
): { readonly circuit: Circuit; readonly notes: readonly string[] } {
	if (nodes.length <= maxNodes && edges.length <= maxEdges) return { circuit: { nodes, edges }, notes: [] };
	const sums = new Map<string, number>();
	for (const { source, target, weight } of edges)
		for (const id of [source, target]) sums.set(id, (sums.get(id) ?? 0) + Math.abs(weight));
	const rank = ({ id, kind }: CircuitNode) =>
		kind === "token" || kind === "logit" ? Number.POSITIVE_INFINITY : (sums.get(id) ?? 0);
	const best = new Set(
		nodes
			.map((node) => ({ id: node.id, rank: rank(node) }))
			.sort((a, b) => (a.rank === b.rank ? 0 : b.rank - a.rank))
			.slice(0, maxNodes)
			.map(({ id }) => id),
	);
	const inside = edges.filter(({ source, target }) => best.has(source) && best.has(target));
	const least = findThreshold(
		Float64Array.from(inside, ({ weight }) => Math.abs(weight)),
		maxEdges,
	);
	const kept = inside.filter(({ weight }) => Math.abs(weight) >= least).slice(0, maxEdges);
	return {
		circuit: { nodes: nodes.filter(({ id }) => best.has(id)), edges: kept },
		notes: [describeCut([best.size, nodes.length], [kept.length, edges.length], "edges")],
	};
}

export function describeCut(
	nodes: readonly [kept: number, all: number],
	edges: readonly [kept: number, all: number],
	what: "edges" | "links",
): string {
	const say = ([kept, all]: readonly [number, number]) => `${kept.toLocaleString("en")} of ${all.toLocaleString("en")}`;
	const order = what === "links" ? ", features before errors" : "";
	return `The strongest ${say(nodes)} nodes and ${say(edges)} ${what} were kept${order}; the rest was left out.`;
}
