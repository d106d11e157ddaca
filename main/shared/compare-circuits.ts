import type { Circuit, CircuitEdge, CircuitNode } from "./circuit.ts";
import { edgeKey } from "./document-diff.ts";
import type { Rows } from "./rows.ts";

/** What two circuits share and what only one of them has. */
export interface CircuitComparison {
	readonly nodes: Sides<CircuitNode>;
	readonly edges: Sides<CircuitEdge>;
}

export interface Sides<T> {
	/** Of both: as it is left and right. */
	readonly common: readonly (readonly [T, T])[];
	readonly left: readonly T[];
	readonly right: readonly T[];
}

export function compareCircuits(left: Circuit, right: Circuit): CircuitComparison {
	return {
		nodes: compareRecords(left.nodes, right.nodes, ({ id }) => id),
		edges: compareRecords<CircuitEdge>(left.edges, right.edges, edgeKey),
	};
}

function compareRecords<T>(left: Rows<T>, right: Rows<T>, keyOf: (record: T) => string): Sides<T> {
	const rights = new Map(right.map((record) => [keyOf(record), record]));
	const lefts = new Set(left.map((record) => keyOf(record)));
	return {
		common: left.flatMap((record): (readonly [T, T])[] => {
			const other = rights.get(keyOf(record));
			return other ? [[record, other]] : [];
		}),
		left: left.filter((record) => !rights.has(keyOf(record))),
		right: right.filter((record) => !lefts.has(keyOf(record))),
	};
}
