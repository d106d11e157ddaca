/** Metric of graphs that other programs wrote, whose edges are what a source adds to its target: not what it would cost. */
export const attributionGraph = "attribution_graph";

/**
 * Whether an edge raises the target's probability (or what another metric measures). An edge is the metric's change when
 * its source is ablated: a loss that grows, or a logit that falls, means that the source had raised it.
 */
export function raisesTarget(metricName: string, weight: number): boolean {
	return metricName === "cross_entropy" || metricName === attributionGraph ? weight > 0 : weight < 0;
}
