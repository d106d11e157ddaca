import type { CircuitEdge } from "./circuit.ts";
import { parseNodeId, withoutPosition } from "./node-id.ts";

/**
 * A circuit's edges between features, and from features into logits, by feature whatever their positions: weights of the
 * positions are added, and the largest sums by size come first. All logits are one target.
 */
export function rankEdges(edges: Iterable<CircuitEdge>): readonly (readonly [source: string, target: string])[] {
	const sums = new Map<string, number>();
	for (const { source, target, weight } of edges) {
		if (!isFeature(source) || !(isFeature(target) || target.startsWith("logit."))) continue;
		const end = target.startsWith("logit.") ? "logits" : withoutPosition(target);
		const key = `${withoutPosition(source)} ${end}`;
		sums.set(key, (sums.get(key) ?? 0) + weight);
	}
	return [...sums]
		.sort(([a, x], [b, y]) => Math.abs(y) - Math.abs(x) || (a < b ? -1 : 1))
		.map(([key]) => key.split(" ") as [string, string]);
}

const isFeature = (id: string): boolean => parseNodeId(id).kind === "feature";
