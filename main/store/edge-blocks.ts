import { type EdgeColumns, EdgeList } from "#shared/edge-list";
import { AppError } from "#shared/errors";
import { packNumbers, unpackDoubles, unpackFloats } from "./blobs.ts";

/**
 * Edges as they lie in the database: in the order of their key, source × number of ids + target, in blocks. Of each key
 * the step from the one before it is written, seven bits a byte and low ones first; weights as doubles, or as singles
 * where that changes none. A million edges between ten thousand nodes are some ten megabytes.
 */
export interface EdgeBlock {
	readonly count: number;
	readonly weights: Uint8Array;
	readonly steps: Uint8Array;
}

export const edgesPerBlock = 65_536;
const largestStepBytes = 8;

/** The edges with their ids sorted, and themselves by source and target. Ids without an edge are left out. */
export function sortEdges(edges: EdgeList): EdgeList {
	const compact = edges.compact();
	const ranked = compact.ids
		.map((_, i) => i)
		.sort((a, b) => ((compact.ids[a] as string) < (compact.ids[b] as string) ? -1 : 1));
	const ranks = new Uint32Array(ranked.length);
	for (const [rank, node] of ranked.entries()) ranks[node] = rank;
	const rankOf = (ends: Uint32Array) => ends.map((end) => ranks[end] as number);
	const moved = new EdgeList({
		ids: ranked.map((node) => compact.ids[node] as string),
		sources: rankOf(compact.sources),
		targets: rankOf(compact.targets),
		weights: compact.weights,
	});
	const byTarget = moved.pick(moved.byTarget.edges);
	return byTarget.pick(byTarget.bySource.edges);
}

/** `edges` must be sorted. */
export function* packBlocks({ ids, sources, targets, weights }: EdgeList): Generator<EdgeBlock> {
	for (let first = 0; first < weights.length; first += edgesPerBlock) {
		const count = Math.min(edgesPerBlock, weights.length - first);
		const steps = new Uint8Array(count * largestStepBytes);
		let [at, before] = [0, 0];
		for (let i = first; i < first + count; i++) {
			const key = (sources[i] as number) * ids.length + (targets[i] as number);
			let step = key - before;
			before = key;
			for (; step > 127; step = Math.floor(step / 128)) steps[at++] = (step % 128) | 128;
			steps[at++] = step;
		}
		yield { count, steps: steps.slice(0, at), weights: packWeights(weights.subarray(first, first + count)) };
	}
}

/** Puts a block's edges into columns, from `at` on. Throws `database` where it is damaged. */
export function unpackBlock({ count, steps, weights }: EdgeBlock, into: EdgeColumns, at: number): void {
	const nodes = into.ids.length;
	if (weights.byteLength !== 8 * count && weights.byteLength !== 4 * count) throw damaged();
	const values = weights.byteLength === 8 * count ? unpackDoubles(weights) : unpackFloats(weights);
	let [next, key] = [0, 0];
	for (let i = at; i < at + count; i++) {
		let [scale, byte] = [1, 128];
		for (; byte > 127; scale *= 128) {
			byte = steps[next++] ?? Number.NaN;
			key += (byte % 128) * scale;
		}
		const source = Math.floor(key / nodes);
		if (!(source < nodes)) throw damaged();
		into.sources[i] = source;
		into.targets[i] = key - source * nodes;
	}
	if (next !== steps.length) throw damaged();
	into.weights.set(values, at);
}

const damaged = () =>
	new AppError("database", "The database holds edges that cannot be read. Restore a copy of it, or give another --db.");

function packWeights(weights: Float64Array): Uint8Array {
	return packNumbers(weights.every((weight) => Math.fround(weight) === weight) ? Float32Array.from(weights) : weights);
}

/** Columns for so many edges, to be filled. */
export function emptyColumns(ids: readonly string[], count: number): EdgeColumns {
	return { ids, sources: new Uint32Array(count), targets: new Uint32Array(count), weights: new Float64Array(count) };
}
