import type { EdgesByNode } from "./edge-list.ts";

/** What is searched: edges in the direction in which paths are followed. */
export interface PathSearch {
	/** Edges that lead on from each node. */
	readonly steps: EdgesByNode;
	/** At which node each edge arrives. */
	readonly arrive: Uint32Array;
	/** What a path is multiplied by for each edge. */
	readonly shares: Float64Array;
	/** Weight of a path that ends at a node; 0 where none does. */
	readonly ends: Float64Array;
	/** Strength of the strongest path from each node to an end. */
	readonly best: Float64Array;
	readonly from: readonly number[];
	readonly count: number;
}

export interface FoundPath {
	readonly nodes: readonly number[];
	readonly strength: number;
}

/** The beginning of a path. */
interface Part {
	readonly node: number;
	readonly strength: number;
	readonly before: Part | undefined;
}

/** A part, or what it becomes by its `rank`-th best step (undefined: it ends where it is), with the best that can come of it. */
interface Candidate {
	readonly part: Part;
	readonly rank: number | undefined;
	readonly bound: number;
}

/**
 * The strongest paths of a graph without circles, the strongest first: best first by what can at most come of a part. As
 * `best` is exact, each part that is looked at begins one of the paths that are found, so the work is that of ordering the
 * steps of `count · length` nodes, however many paths there are.
 */
export function searchPaths({ steps, arrive, shares, ends, best, from, count }: PathSearch): readonly FoundPath[] {
	const ordered = new Map<number, readonly number[]>();
	const worth = (edge: number) => (shares[edge] as number) * (best[arrive[edge] as number] as number);
	const stepsOf = (node: number) => {
		let known = ordered.get(node);
		if (!known) {
			const edges = Array.from(steps.edges.subarray(steps.starts[node], steps.starts[node + 1]));
			known = edges.filter((edge) => worth(edge) > 0).sort((a, b) => worth(b) - worth(a) || a - b);
			ordered.set(node, known);
		}
		return known;
	};
	const open = new CandidateHeap();
	const offer = (part: Part, rank: number) => {
		const edge = stepsOf(part.node)[rank];
		if (edge !== undefined) open.push({ part, rank, bound: part.strength * worth(edge) });
	};
	const begin = (part: Part) => {
		const end = ends[part.node] as number;
		if (end > 0) open.push({ part, rank: undefined, bound: part.strength * end });
		offer(part, 0);
	};
	for (const node of new Set(from)) begin({ node, strength: 1, before: undefined });
	const found: FoundPath[] = [];
	while (found.length < count) {
		const next = open.pop();
		if (!next) break;
		const { part, rank, bound } = next;
		if (rank === undefined) {
			found.push({ nodes: listNodes(part), strength: bound });
			continue;
		}
		const edge = stepsOf(part.node)[rank] as number;
		offer(part, rank + 1);
		begin({ node: arrive[edge] as number, strength: part.strength * (shares[edge] as number), before: part });
	}
	return found;
}

function listNodes(last: Part): readonly number[] {
	const nodes: number[] = [];
	for (let part: Part | undefined = last; part; part = part.before) nodes.push(part.node);
	return nodes.reverse();
}

/** The candidate with the largest bound first. */
class CandidateHeap {
	readonly #items: Candidate[] = [];

	push(candidate: Candidate): void {
		const items = this.#items;
		let at = items.push(candidate) - 1;
		while (at > 0) {
			const above = (at - 1) >> 1;
			if ((items[above] as Candidate).bound >= candidate.bound) break;
			items[at] = items[above] as Candidate;
			at = above;
		}
		items[at] = candidate;
	}

	pop(): Candidate | undefined {
		const items = this.#items;
		const [top, last] = [items[0], items.pop()];
		if (items.length === 0 || !last) return top;
		let at = 0;
		for (;;) {
			let below = 2 * at + 1;
			if (below >= items.length) break;
			const [left, right] = [items[below] as Candidate, items[below + 1]];
			if (right && right.bound > left.bound) below++;
			if ((items[below] as Candidate).bound <= last.bound) break;
			items[at] = items[below] as Candidate;
			at = below;
		}
		items[at] = last;
		return top;
	}
}
