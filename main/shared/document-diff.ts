import type { Circuit } from "./circuit.ts";
import type { CircuitDocument, Collection, DocumentRecords } from "./document.ts";
import { collections } from "./document.ts";
import {
	applyEdges,
	type EdgesDiff,
	invertEdges,
	mergeEdges,
	missingEdges,
	readEdgesDiff,
	rebaseEdges,
} from "./edge-diff.ts";
import { EdgeList } from "./edge-list.ts";
import type { Rows } from "./rows.ts";

/** A change of a document, and all that is needed to take it back. Collections that do not change are left out. */
export type DocumentDiff = { readonly [K in Collection]?: RecordsDiff<DocumentRecords[K]> };

export interface RecordsDiff<T> {
	readonly added: Rows<T>;
	/** Before and after. */
	readonly updated: Rows<readonly [T, T]>;
	readonly removed: Rows<T>;
}

type AnyRecord = DocumentRecords[Collection];
/** The collections of a document or of a part of it, without their types: what follows treats all alike. */
type Records = { readonly [K in Collection]?: Rows<AnyRecord> };
type Changes = { [K in Collection]?: RecordsDiff<AnyRecord> };

export const edgeKey = ({ source, target }: { readonly source: string; readonly target: string }) =>
	`${source} ${target}`;

export function keyOf(record: AnyRecord): string {
	return "source" in record ? edgeKey(record) : record.id;
}

/** What brings `before` to hold all of `incoming`; nothing is removed. */
export function diffMerge(before: Circuit, incoming: Partial<CircuitDocument>): DocumentDiff {
	const changes: Changes = {};
	for (const name of collections) {
		const records = (incoming as Records)[name];
		if (!records) continue;
		if (name === "edges") {
			putEdges(changes, mergeEdges(EdgeList.from(before.edges), EdgeList.from(incoming.edges ?? [])));
			continue;
		}
		const known = new Map(((before as Records)[name] ?? []).map((record) => [keyOf(record), record]));
		const added: AnyRecord[] = [];
		const updated: [AnyRecord, AnyRecord][] = [];
		for (const record of records) {
			const old = known.get(keyOf(record));
			if (!old) added.push(record);
			else if (JSON.stringify(old) !== JSON.stringify(record)) updated.push([old, record]);
		}
		if (added.length + updated.length > 0) changes[name] = { added, updated, removed: [] };
	}
	return changes as DocumentDiff;
}

/** What turns `before` into `after`. */
export function diffDocuments(before: CircuitDocument, after: CircuitDocument): DocumentDiff {
	const changes: Changes = { ...(diffMerge(before, after) as Changes) };
	const gone = missingEdges(EdgeList.from(before.edges), EdgeList.from(after.edges));
	if (gone.length > 0) changes.edges = { added: [], updated: [], ...changes.edges, removed: gone };
	for (const name of collections) {
		if (name === "edges") continue;
		const kept = new Set((after[name] as readonly AnyRecord[]).map(keyOf));
		const removed = (before[name] as readonly AnyRecord[]).filter((record) => !kept.has(keyOf(record)));
		if (removed.length > 0) changes[name] = { added: [], updated: [], ...changes[name], removed };
	}
	return changes as DocumentDiff;
}

/**
 * The part of `diff` that changes `document` at all, with the values that are there now as its befores. Two people who
 * change the same record make two changes, one after the other, and each can be taken back.
 */
export function rebaseDiff(document: CircuitDocument, diff: DocumentDiff): DocumentDiff {
	const changes: Changes = {};
	for (const name of collections) {
		const change = diff[name] as RecordsDiff<AnyRecord> | undefined;
		if (!change) continue;
		if (name === "edges") {
			putEdges(changes, rebaseEdges(EdgeList.from(document.edges), edgesOf(diff)));
			continue;
		}
		const known = new Map((document[name] as readonly AnyRecord[]).map((record) => [keyOf(record), record]));
		const wanted = [...change.added, ...change.updated.map(([, after]) => after)];
		const added = wanted.filter((record) => !known.has(keyOf(record)));
		const updated = wanted.flatMap((record): [AnyRecord, AnyRecord][] => {
			const now = known.get(keyOf(record));
			return now && JSON.stringify(now) !== JSON.stringify(record) ? [[now, record]] : [];
		});
		const removed = change.removed.flatMap((record): AnyRecord[] => {
			const now = known.get(keyOf(record));
			return now ? [now] : [];
		});
		if (added.length + updated.length + removed.length > 0) changes[name] = { added, updated, removed };
	}
	return changes as DocumentDiff;
}

export function isEmptyDiff(diff: DocumentDiff): boolean {
	return collections.every((name) => {
		const change = diff[name];
		return !change || change.added.length + change.updated.length + change.removed.length === 0;
	});
}

export function applyDiff<T extends Circuit>(document: T, diff: DocumentDiff): T {
	const next: { [K in Collection]?: Rows<AnyRecord> } = {};
	for (const name of collections) {
		const change = diff[name] as RecordsDiff<AnyRecord> | undefined;
		if (name === "edges" && change) next.edges = applyEdges(EdgeList.from(document.edges), edgesOf(diff));
		else if (change) next[name] = applyRecords((document as Records)[name] ?? [], change);
	}
	return { ...document, ...next };
}

/** The change that takes `diff` back. */
export function invertDiff(diff: DocumentDiff): DocumentDiff {
	const inverse: Changes = {};
	for (const name of collections) {
		const change = diff[name] as RecordsDiff<AnyRecord> | undefined;
		if (!change) continue;
		if (name === "edges") {
			inverse.edges = invertEdges(edgesOf(diff));
			continue;
		}
		const { added, updated, removed } = change;
		inverse[name] = {
			added: removed,
			updated: updated.map(([before, after]) => [after, before] as const),
			removed: added,
		};
	}
	return inverse as DocumentDiff;
}

function edgesOf({ edges }: DocumentDiff): EdgesDiff {
	return readEdgesDiff(edges ?? { added: [], updated: [], removed: [] });
}

function putEdges(changes: Changes, diff: EdgesDiff): void {
	if (diff.added.length + diff.updated.length + diff.removed.length > 0) changes.edges = diff;
}

function applyRecords(
	records: Rows<AnyRecord>,
	{ added, updated, removed }: RecordsDiff<AnyRecord>,
): readonly AnyRecord[] {
	const next = new Map(records.map((record) => [keyOf(record), record]));
	for (const record of removed) next.delete(keyOf(record));
	for (const [, record] of updated) next.set(keyOf(record), record);
	for (const record of added) next.set(keyOf(record), record);
	return [...next.values()];
}
