/** Numbers and JSON as compact bytes. Numbers are little-endian, as everywhere this program runs. */
import { deflateRawSync, inflateRawSync } from "node:zlib";

export function packNumbers(numbers: Int32Array | Float32Array | Float64Array): Uint8Array {
	return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Copies, because SQLite's buffers need not be aligned. */
function alignedBuffer(bytes: Uint8Array): ArrayBuffer {
	return new Uint8Array(bytes).buffer;
}

export const unpackIntegers = (bytes: Uint8Array): Int32Array => new Int32Array(alignedBuffer(bytes));
export const unpackFloats = (bytes: Uint8Array): Float32Array => new Float32Array(alignedBuffer(bytes));
export const unpackDoubles = (bytes: Uint8Array): Float64Array => new Float64Array(alignedBuffer(bytes));

export function packJson(value: unknown): Uint8Array {
	return deflateRawSync(JSON.stringify(value));
}

export function unpackJson(bytes: Uint8Array): unknown {
	return JSON.parse(inflateRawSync(bytes).toString("utf8"));
}
