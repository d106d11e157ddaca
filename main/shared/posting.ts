/** Where one feature is active in a corpus, strongest nowhere in particular: entry i is `values[i]` at `addresses[i]`. */
export interface Posting {
	/** Number of the token in the collection, ascending. */
	readonly addresses: Int32Array;
	readonly values: Float32Array;
}

/**
 * Packs entries as the steps between their addresses, seven bits a byte and low ones first, and then the values as
 * they are: five to six bytes an entry. Steps count from `start`. Returns the bytes written.
 */
export function packPosting({ addresses, values }: Posting, start: number, into: Uint8Array, offset: number): number {
	let at = offset;
	let before = start;
	for (const address of addresses) {
		let step = address - before;
		before = address;
		for (; step > 127; step >>>= 7) into[at++] = (step & 127) | 128;
		into[at++] = step;
	}
	into.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
	return at + values.byteLength - offset;
}

/** Most bytes that so many entries can take. */
export const largestPosting = (count: number) => 9 * count;

export function unpackPosting(bytes: Uint8Array, count: number, start: number): Posting {
	const addresses = new Int32Array(count);
	let at = 0;
	let before = start;
	for (let i = 0; i < count; i++) {
		let [step, shift, byte] = [0, 0, 128];
		for (; byte > 127; shift += 7) {
			byte = bytes[at++] as number;
			step |= (byte & 127) << shift;
		}
		before += step;
		addresses[i] = before;
	}
	// Copied, because the numbers need not be aligned where they lie.
	return { addresses, values: new Float32Array(new Uint8Array(bytes.subarray(at, at + 4 * count)).buffer) };
}
