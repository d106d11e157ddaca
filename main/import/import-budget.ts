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
