import type { CircuitEdge } from "./circuit.ts";
import type { RecordsDiff } from "./document-diff.ts";
import { EdgeList } from "./edge-list.ts";
import { LazyRows } from "./rows.ts";

/** Changes of edges, by column: what `document-diff.ts` does for a handful of records, for a million. */

/** Edges that are there before and after, with another weight. */
export class EdgeUpdates extends LazyRows<readonly [CircuitEdge, CircuitEdge]> {
	static from(updates: Iterable<readonly [CircuitEdge, CircuitEdge]>): EdgeUpdates {
		if (updates instanceof EdgeUpdates) return updates;
		const pairs = [...updates];
		const before = Float64Array.from(pairs, ([{ weight }]) => weight);
		return new EdgeUpdates(EdgeList.from(pairs.map(([, after]) => after)), before);
	}

	readonly after: EdgeList;
	/** Weights before, in the order of `after`. */
	readonly before: Float64Array;

	constructor(after: EdgeList, before: Float64Array) {
		super();
		this.after = after;
		this.before = before;
	}

	get length(): number {
		return this.before.length;
	}

	get inverse(): EdgeUpdates {
		return new EdgeUpdates(new EdgeList({ ...columnsOf(this.after), weights: this.before }), this.after.weights);
	}

	protected override read(index: number): readonly [CircuitEdge, CircuitEdge] {
		const after = this.after.at(index) as CircuitEdge;
		return [{ ...after, weight: this.before[index] as number }, after];
	}
}

export interface EdgesDiff extends RecordsDiff<CircuitEdge> {
	readonly added: EdgeList;
	readonly updated: EdgeUpdates;
	readonly removed: EdgeList;
}

export function readEdgesDiff({ added, updated, removed }: RecordsDiff<CircuitEdge>): EdgesDiff {
	return { added: EdgeList.from(added), updated: EdgeUpdates.from(updated), removed: EdgeList.from(removed) };
}

export function invertEdges({ added, updated, removed }: EdgesDiff): EdgesDiff {
	return { added: removed, updated: updated.inverse, removed: added };
}

/** Adds what is new, changes what has another weight, removes nothing. */
export function mergeEdges(known: EdgeList, incoming: EdgeList): EdgesDiff {
	const places = matchEdges(known, incoming);
	const added = incoming.where((edge) => places[edge] === known.length + edge);
	const changed = incoming.where((edge) => {
		const place = places[edge] as number;
		return place < known.length && known.weights[place] !== incoming.weights[edge];
	});
	return { added, updated: updatesFrom(known, changed), removed: EdgeList.none };
}

/** Of `known` what `kept` lacks. */
export function missingEdges(known: EdgeList, kept: EdgeList): EdgeList {
	const there = new Uint8Array(known.length);
	for (const place of matchEdges(known, kept)) if (place < known.length) there[place] = 1;
	return known.where((edge) => there[edge] === 0);
}

/** The part of a change that changes these edges at all, with the weights that are there now as its befores. */
export function rebaseEdges(known: EdgeList, { added, updated, removed }: EdgesDiff): EdgesDiff {
	const wanted = updated.length === 0 ? added : joinEdges([added, updated.after]);
	const gone = new Uint8Array(known.length);
	for (const place of matchEdges(known, removed)) if (place < known.length) gone[place] = 1;
	return { ...mergeEdges(known, wanted), removed: known.where((edge) => gone[edge] === 1) };
}

/** Edges after a change; what is new comes last. */
export function applyEdges(known: EdgeList, { added, updated, removed }: EdgesDiff): EdgeList {
	let edges = known;
	if (removed.length > 0) edges = missingEdges(edges, removed);
	const put = updated.length === 0 ? added : joinEdges([updated.after, added]);
	if (put.length === 0) return edges;
	const places = matchEdges(edges, put);
	if (edges.length === 0 && places.every((place, edge) => place === edge)) return put;
	const fresh = put.where((edge) => places[edge] === edges.length + edge);
	const joined = joinEdges([edges, fresh]);
	// The last word counts, also where an edge comes twice.
	const slots = new Uint32Array(put.length);
	let next = edges.length;
	for (const [i, place] of places.entries()) {
		const isFresh = place === edges.length + i;
		slots[i] = place < edges.length ? place : isFresh ? next++ : (slots[place - edges.length] as number);
		joined.weights[slots[i] as number] = put.weights[i] as number;
	}
	return joined;
}

/** Lists one behind the other, with columns of their own. */
export function joinEdges(lists: readonly EdgeList[]): EdgeList {
	const length = lists.reduce((sum, list) => sum + list.length, 0);
	const [sources, targets] = [new Uint32Array(length), new Uint32Array(length)];
	const weights = new Float64Array(length);
	const ids = [...(lists[0]?.ids ?? [])];
	const known = new Map<string, number>();
	let at = 0;
	for (const [which, list] of lists.entries()) {
		const isFirst = which === 0;
		if (which === 1) for (const [i, id] of ids.entries()) known.set(id, i);
		const numbers = isFirst ? undefined : renumber(list, ids, known);
		for (let i = 0; i < list.length; i++) {
			const [source, target] = [list.sources[i] as number, list.targets[i] as number];
			sources[at + i] = numbers ? (numbers[source] as number) : source;
			targets[at + i] = numbers ? (numbers[target] as number) : target;
		}
		weights.set(list.weights, at);
		at += list.length;
	}
	return new EdgeList({ ids, sources, targets, weights });
}

function renumber(list: EdgeList, ids: string[], known: Map<string, number>): Uint32Array {
	return Uint32Array.from(list.ids, (id) => {
		const number = known.get(id);
		if (number !== undefined) return number;
		known.set(id, ids.length);
		return ids.push(id) - 1;
	});
}

/**
 * Where each incoming edge is among the known ones; where it is not, the number of known ones plus its own, or plus that
 * of the same edge where it came before. Goes from source to source, so that it takes as long as there are edges.
 */
export function matchEdges(known: EdgeList, incoming: EdgeList): Uint32Array {
	const places = new Uint32Array(incoming.length);
	// Where the edge from this source to a node is, plus one, and for which source that was written.
	const [place, writtenFor] = [new Uint32Array(incoming.ids.length), new Int32Array(incoming.ids.length).fill(-1)];
	const numbers = Int32Array.from(known.ids, (id) => incoming.numberOf(id));
	const { starts, edges } = incoming.bySource;
	for (const [source, id] of incoming.ids.entries()) {
		const [from, to] = [starts[source] as number, starts[source + 1] as number];
		if (from === to) continue;
		for (const edge of known.outOf(known.numberOf(id))) {
			const target = numbers[known.targets[edge] as number] as number;
			if (target < 0) continue;
			place[target] = edge;
			writtenFor[target] = source;
		}
		for (let i = from; i < to; i++) {
			const edge = edges[i] as number;
			const target = incoming.targets[edge] as number;
			if (writtenFor[target] !== source) {
				writtenFor[target] = source;
				place[target] = known.length + edge;
			}
			places[edge] = place[target] as number;
		}
	}
	return places;
}

function updatesFrom(known: EdgeList, changed: EdgeList): EdgeUpdates {
	const before = new Float64Array(changed.length);
	for (const [i, place] of matchEdges(known, changed).entries()) before[i] = known.weights[place] as number;
	return new EdgeUpdates(changed, before);
}

function columnsOf({ ids, sources, targets }: EdgeList) {
	return { ids, sources, targets };
}
