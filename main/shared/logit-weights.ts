import type { CircuitNode } from "./circuit.ts";
import { attributionGraph } from "./effect.ts";

/**
 * Of each logit its part of the target. Every metric names each of its logits with the coefficient 1 or −1, so they weigh the
 * same, 1 together; a graph of another program has probabilities.
 */
export function weighLogits(
	nodes: readonly Pick<CircuitNode, "id" | "kind" | "activation">[],
	metricName: string,
): ReadonlyMap<string, number> {
	const logits = nodes.filter(({ kind }) => kind === "logit");
	const amounts = logits.map(({ activation }) => (metricName === attributionGraph ? Math.max(0, activation) : 1));
	const isGiven = metricName === attributionGraph && amounts.some((amount) => amount > 0);
	return new Map(logits.map(({ id }, i) => [id, isGiven ? (amounts[i] as number) : 1 / logits.length] as const));
}
