import type { CircuitEdge, CircuitNode } from "./circuit.ts";
import { parseNodeId, withoutPosition } from "./node-id.ts";

/** What a circuit's features and edges amount to whatever their positions: sums of attributions and of weights. */
export interface Strengths {
	/** By id without position. */
	readonly nodes: ReadonlyMap<string, number>;
	/** Between features, and from features into the logits, which are one target: by `source target`. */
	readonly edges: ReadonlyMap<string, number>;
}

export const strengthsOf = (circuit: {
	readonly nodes: Iterable<CircuitNode>;
	readonly edges: Iterable<CircuitEdge>;
}): Strengths => ({ nodes: sumFeatures(circuit.nodes), edges: sumEdges(circuit.edges) });

function sumFeatures(nodes: Iterable<CircuitNode>): ReadonlyMap<string, number> {
	const sums = new Map<string, number>();
	for (const { id, kind, attribution } of nodes) {
		if (kind !== "feature") continue;
		const feature = withoutPosition(id);
		sums.set(feature, (sums.get(feature) ?? 0) + attribution);
	}
	return sums;
}

export function sumEdges(edges: Iterable<CircuitEdge>): ReadonlyMap<string, number> {
	const sums = new Map<string, number>();
	for (const { source, target, weight } of edges) {
		const isLogit = target.startsWith("logit.");
		if (!isFeature(source) || !(isLogit || isFeature(target))) continue;
		const key = `${withoutPosition(source)} ${isLogit ? "logits" : withoutPosition(target)}`;
		sums.set(key, (sums.get(key) ?? 0) + weight);
	}
	return sums;
}

const isFeature = (id: string): boolean => parseNodeId(id).kind === "feature";
