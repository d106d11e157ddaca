import { assert } from "#shared/errors";

/** Number formats that are read, little-endian on disk, and their bytes. */
export const storedBytes = { F32: 4, F16: 2, BF16: 2, F64: 8 } as const;
export type StoredType = keyof typeof storedBytes;

export function isStoredType(dtype: string): dtype is StoredType {
	return Object.hasOwn(storedBytes, dtype);
}

/** Fills `numbers` with the decoded `bytes`, which begin at a multiple of eight in their buffer. */
export function decodeNumbers(bytes: Uint8Array, dtype: StoredType, numbers: Float32Array): void {
	const { length } = numbers;
	assert(
		bytes.byteOffset % 8 === 0 && bytes.length === length * storedBytes[dtype],
		`${bytes.length} bytes of ${dtype}`,
	);
	if (dtype === "F32") {
		new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).set(bytes);
		return;
	}
	if (dtype === "F64") {
		numbers.set(new Float64Array(bytes.buffer, bytes.byteOffset, length));
		return;
	}
	const stored = new Uint16Array(bytes.buffer, bytes.byteOffset, length);
	const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, length);
	if (dtype === "BF16") for (let i = 0; i < length; i++) bits[i] = (stored[i] as number) << 16;
	else {
		const table = halfTable();
		for (let i = 0; i < length; i++) bits[i] = table[stored[i] as number] as number;
	}
}

/** Index of the first NaN or infinity: an exponent of ones only. `bytes` as for `decodeNumbers`. */
export function findNonFiniteNumber(bytes: Uint8Array, dtype: StoredType): number | undefined {
	const length = bytes.length / storedBytes[dtype];
	if (dtype === "F64") {
		const index = new Float64Array(bytes.buffer, bytes.byteOffset, length).findIndex(
			(number) => !Number.isFinite(number),
		);
		return index < 0 ? undefined : index;
	}
	const place = [bytes.buffer, bytes.byteOffset, length] as const;
	const words = dtype === "F32" ? new Uint32Array(...place) : new Uint16Array(...place);
	const exponent = { F32: 0x7f800000, F16: 0x7c00, BF16: 0x7f80 }[dtype];
	for (let i = 0; i < length; i++) if (((words[i] as number) & exponent) === exponent) return i;
	return undefined;
}

let halves: Uint32Array | undefined;

/** Bits of the float32 for every half float (IEEE 754 binary16). */
function halfTable(): Uint32Array {
	if (halves) return halves;
	halves = new Uint32Array(65_536);
	const float = new Float32Array(1);
	const bits = new Uint32Array(float.buffer);
	for (let half = 0; half < 65_536; half++) {
		const exponent = (half >> 10) & 31;
		const fraction = half & 1023;
		const sign = (half & 0x8000) << 16;
		if (exponent === 31) halves[half] = sign | 0x7f800000 | (fraction << 13);
		else {
			float[0] = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
			halves[half] = sign | (bits[0] as number);
		}
	}
	return halves;
}

/** Half floats, rounded to nearest, ties to even. Numbers from 65,520 on become infinite. */
export function encodeHalf(numbers: Float32Array): Uint16Array {
	const { length } = numbers;
	const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, length);
	const encoded = new Uint16Array(length);
	for (let i = 0; i < length; i++) encoded[i] = halfOf(bits[i] as number);
	return encoded;
}

/** Bits of the half float nearest to the float32 with these bits. */
function halfOf(word: number): number {
	const sign = (word >>> 16) & 0x8000;
	const biased = (word >>> 23) & 255;
	const exponent = biased - 127 + 15;
	const fraction = word & 0x7fffff;
	if (biased === 255) return sign | 0x7c00 | (fraction ? 0x200 : 0);
	if (exponent >= 31) return sign | 0x7c00;
	if (exponent < -10) return sign;
	// Below the smallest normal half the leading 1 becomes part of the fraction.
	const value = exponent <= 0 ? fraction | 0x800000 : (exponent << 23) | fraction;
	const shift = exponent <= 0 ? 14 - exponent : 13;
	const rest = value & ((1 << shift) - 1);
	const kept = value >>> shift;
	const half = 1 << (shift - 1);
	return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}
