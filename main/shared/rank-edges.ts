import type { CircuitEdge } from "./circuit.ts";
import { sumEdges } from "./circuit-strengths.ts";

/** A circuit's edges by feature (`sumEdges`), those that amount to most first, whatever their sign. */
export function rankEdges(edges: Iterable<CircuitEdge>): readonly (readonly [source: string, target: string])[] {
	return [...sumEdges(edges)]
		.sort(([a, x], [b, y]) => Math.abs(y) - Math.abs(x) || (a < b ? -1 : 1))
		.map(([key]) => key.split(" ") as [string, string]);
}
