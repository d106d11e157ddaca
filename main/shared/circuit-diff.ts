import type { Circuit, CircuitEdge, CircuitNode } from "./circuit.ts";

/** A change of a circuit, and all that is needed to take it back. */
export interface CircuitDiff {
	readonly nodes: RecordsDiff<CircuitNode>;
	readonly edges: RecordsDiff<CircuitEdge>;
}

export interface RecordsDiff<T> {
	readonly added: readonly T[];
	/** Before and after. */
	readonly updated: readonly (readonly [T, T])[];
	readonly removed: readonly T[];
}

const nodeKey = ({ id }: CircuitNode) => id;
export const edgeKey = ({ source, target }: CircuitEdge) => `${source} ${target}`;

/** What brings `before` to hold all of `incoming`; nothing is removed. */
export function diffMerge(before: Circuit, incoming: Circuit): CircuitDiff {
	return {
		nodes: mergeRecords(before.nodes, incoming.nodes, nodeKey),
		edges: mergeRecords(before.edges, incoming.edges, edgeKey),
	};
}

function mergeRecords<T>(before: readonly T[], incoming: readonly T[], keyOf: (record: T) => string): RecordsDiff<T> {
	const known = new Map(before.map((record) => [keyOf(record), record]));
	const added: T[] = [];
	const updated: [T, T][] = [];
	for (const record of incoming) {
		const old = known.get(keyOf(record));
		if (!old) added.push(record);
		else if (JSON.stringify(old) !== JSON.stringify(record)) updated.push([old, record]);
	}
	return { added, updated, removed: [] };
}

export function applyDiff(circuit: Circuit, diff: CircuitDiff): Circuit {
	return {
		nodes: applyRecords(circuit.nodes, diff.nodes, nodeKey),
		edges: applyRecords(circuit.edges, diff.edges, edgeKey),
	};
}

/** The change that takes `diff` back. */
export function invertDiff(diff: CircuitDiff): CircuitDiff {
	return { nodes: invertRecords(diff.nodes), edges: invertRecords(diff.edges) };
}

function invertRecords<T>({ added, updated, removed }: RecordsDiff<T>): RecordsDiff<T> {
	return { added: removed, updated: updated.map(([before, after]) => [after, before] as const), removed: added };
}

function applyRecords<T>(
	records: readonly T[],
	{ added, updated, removed }: RecordsDiff<T>,
	keyOf: (record: T) => string,
): readonly T[] {
	const next = new Map(records.map((record) => [keyOf(record), record]));
	for (const record of removed) next.delete(keyOf(record));
	for (const [, record] of updated) next.set(keyOf(record), record);
	for (const record of added) next.set(keyOf(record), record);
	return [...next.values()];
}
