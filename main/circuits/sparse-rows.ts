/** Products of sparse entries with rows of a table, entry by entry: entry `i` is at `positions[i]` and has row `rows[i]`. */
export interface SparseRows {
	readonly positions: Int32Array;
	readonly rows: Int32Array;
	/** `[n, width]`. */
	readonly table: Float32Array;
	readonly width: number;
}

/** Adds `amounts[i]` times each entry's row to `sums [T, width]`, in double precision. */
export function addRows(sums: Float64Array, { positions, rows, table, width }: SparseRows, amounts: Float32Array) {
	for (let i = 0; i < positions.length; i++) {
		const amount = amounts[i] as number;
		if (amount === 0) continue;
		const [to, from] = [(positions[i] as number) * width, (rows[i] as number) * width];
		for (let j = 0; j < width; j++) sums[to + j] = (sums[to + j] as number) + amount * (table[from + j] as number);
	}
}

/** Each entry's row times the vector `[T, width]` of its position. */
export function multiplyRows(vectors: Float32Array, { positions, rows, table, width }: SparseRows): Float32Array {
	const products = new Float32Array(positions.length);
	for (let i = 0; i < positions.length; i++) {
		const [at, from] = [(positions[i] as number) * width, (rows[i] as number) * width];
		let sum = 0;
		for (let j = 0; j < width; j++) sum += (vectors[at + j] as number) * (table[from + j] as number);
		products[i] = sum;
	}
	return products;
}
