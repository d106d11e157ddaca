import type { CircuitNode } from "./circuit.ts";
import type { EdgeList } from "./edge-list.ts";

/** A part of a sum of sizes, and what that sum is. */
export interface SharedPart {
	readonly share: number;
	/** Σ |effect| of the whole. */
	readonly whole: number;
	/** Whether what the trace cut off is known and counted. */
	readonly isComplete: boolean;
}

/**
 * What an edge, or several that are seen as one, is of everything that leads into its target: Σ |effect| from features,
 * tokens and errors, with what was cut off where the nodes tell it (`inflow`).
 */
export function shareOfInput(
	edges: EdgeList,
	sources: ReadonlySet<string>,
	targets: readonly CircuitNode[],
): SharedPart | undefined {
	let [part, whole, isComplete] = [0, 0, true];
	for (const { id, inflow } of targets) {
		let present = 0;
		for (const edge of edges.into(edges.numberOf(id))) {
			const size = Math.abs(edges.weights[edge] as number);
			present += size;
			if (sources.has(edges.ids[edges.sources[edge] as number] as string)) part += size;
		}
		// Rounding alone makes the edges more than the whole.
		whole += Math.max(present, inflow ? inflow.features + inflow.errors + inflow.tokens : 0);
		isComplete &&= inflow !== undefined;
	}
	return whole > 0 ? { share: part / whole, whole, isComplete } : undefined;
}

/** The same of everything that leads out of its source and is an edge of the circuit: what targets cut off is not known. */
export function shareOfOutput(
	edges: EdgeList,
	sources: readonly string[],
	targets: ReadonlySet<string>,
): SharedPart | undefined {
	let [part, whole] = [0, 0];
	for (const id of sources)
		for (const edge of edges.outOf(edges.numberOf(id))) {
			const size = Math.abs(edges.weights[edge] as number);
			whole += size;
			if (targets.has(edges.ids[edges.targets[edge] as number] as string)) part += size;
		}
	return whole > 0 ? { share: part / whole, whole, isComplete: false } : undefined;
}
