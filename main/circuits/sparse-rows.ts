import { gather, matMul } from "../onnx/linear.ts";
import { floats, type Numbers, onProcessor, type SessionOptions, withSession } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";

/** Sparse entries with rows of a table: entry `i` is at `positions[i]`, which ascend, and has row `rows[i]`. */
export interface SparseRows {
	readonly positions: Int32Array;
	readonly rows: Int32Array;
	/** `[n, width]`. */
	readonly table: Float32Array;
	readonly width: number;
}

/** Rows that are gathered at once stay near the processor. */
const blockBytes = 2_097_152;

/** At each of `tokens` positions the entries' rows, each times its amount, `[tokens, width]`. */
export async function sumRows(
	entries: SparseRows,
	amounts: Float32Array,
	tokens: number,
	session?: SessionOptions,
): Promise<Float32Array> {
	const sums = new Float32Array(tokens * entries.width);
	const rows = gather(input("table", ["n", entries.width]), input("indices", ["B", "U"], "int64"));
	const graph = { sums: matMul(input("amounts", ["B", 1, "U"]), rows) };
	await withSession(graph, onProcessor(session), async (products) => {
		for (const block of listBlocks(entries)) {
			const found = await products.run({ ...feedsOf(entries, block), amounts: spreadAmounts(amounts, block) });
			for (const [i, { position }] of block.places.entries())
				sums.set(floats(found, "sums").subarray(i * entries.width, (i + 1) * entries.width), position * entries.width);
		}
	});
	return sums;
}

/** Each entry's row times the vector `[T, width]` of its position. */
export async function multiplyRows(
	vectors: Float32Array,
	entries: SparseRows,
	session?: SessionOptions,
): Promise<Float32Array> {
	const { width } = entries;
	const products = new Float32Array(entries.positions.length);
	const rows = gather(input("table", ["n", width]), input("indices", ["B", "U"], "int64"));
	const graph = { products: matMul(rows, input("vectors", ["B", width, 1])) };
	await withSession(graph, onProcessor(session), async (graphSession) => {
		for (const block of listBlocks(entries)) {
			const { places, longest } = block;
			const own = new Float32Array(places.length * width);
			for (const [i, { position }] of places.entries())
				own.set(vectors.subarray(position * width, (position + 1) * width), i * width);
			const dims = [places.length, width, 1];
			const found = await graphSession.run({ ...feedsOf(entries, block), vectors: { data: own, dims } });
			for (const [i, { begin, end }] of places.entries())
				products.set(floats(found, "products").subarray(i * longest, i * longest + end - begin), begin);
		}
	});
	return products;
}

/** Neighbouring positions with entries, those of `places[i]` from `begin` to `end`; `longest` is the most at one. */
interface Block {
	readonly places: readonly { readonly position: number; readonly begin: number; readonly end: number }[];
	readonly longest: number;
}

function listBlocks({ positions, width }: SparseRows): readonly Block[] {
	const blocks: Block[] = [];
	let places: Block["places"][number][] = [];
	let longest = 0;
	for (let begin = 0; begin < positions.length; ) {
		const position = positions[begin] as number;
		let end = begin + 1;
		while (positions[end] === position) end++;
		const wider = Math.max(longest, end - begin);
		if (places.length > 0 && 4 * width * wider * (places.length + 1) > blockBytes) {
			blocks.push({ places, longest });
			places = [];
			longest = end - begin;
		} else longest = wider;
		places.push({ position, begin, end });
		begin = end;
	}
	return places.length > 0 ? [...blocks, { places, longest }] : blocks;
}

/** Behind a position's own entries comes row 0, which counts for nothing. */
function feedsOf({ rows, table, width }: SparseRows, { places, longest }: Block): Record<string, Numbers> {
	const indices = new BigInt64Array(places.length * longest);
	for (const [i, { begin, end }] of places.entries())
		for (let entry = begin; entry < end; entry++) indices[i * longest + entry - begin] = BigInt(rows[entry] as number);
	return {
		table: { data: table, dims: [table.length / width, width] },
		indices: { data: indices, dims: [places.length, longest] },
	};
}

function spreadAmounts(amounts: Float32Array, { places, longest }: Block): Numbers {
	const spread = new Float32Array(places.length * longest);
	for (const [i, { begin, end }] of places.entries()) spread.set(amounts.subarray(begin, end), i * longest);
	return { data: spread, dims: [places.length, 1, longest] };
}
