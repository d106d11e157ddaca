import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fill, type Matrix } from "./tape.ts";

export type StoredType = "F32" | "F16" | "BF16";

export interface StoredTensor {
	readonly shape: readonly number[];
	readonly values: Matrix;
}

/** What is left of a matrix when it is stored, as float64. */
export function roundTo(type: StoredType, values: Matrix): Matrix {
	return fill(values.rows, values.cols, (r, c) => round(type, values.data[r * values.cols + c] as number));
}

function round(type: StoredType, value: number): number {
	if (type === "F32") return Math.fround(value);
	const bits = type === "F16" ? 10 : 7;
	const lowest = type === "F16" ? -14 : -126;
	const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value) || 1e-300)), lowest) - bits);
	return Math.round(value / unit) * unit;
}

/** Writes a safetensors file by the format's text; values must be rounded to the type already. */
export function writeSafetensors(path: string, type: StoredType, tensors: ReadonlyMap<string, StoredTensor>): void {
	const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
	const parts: Buffer[] = [];
	let offset = 0;
	for (const [name, { shape, values }] of tensors) {
		const bytes = toBytes(type, values.data);
		header[name] = { dtype: type, shape, data_offsets: [offset, offset + bytes.length] };
		parts.push(bytes);
		offset += bytes.length;
	}
	const json = Buffer.from(JSON.stringify(header));
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(json.length));
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, Buffer.concat([length, json, ...parts]));
}

function toBytes(type: StoredType, values: Float64Array): Buffer {
	const bytes = Buffer.alloc(values.length * (type === "F32" ? 4 : 2));
	values.forEach((value, i) => {
		if (type === "F32") bytes.writeFloatLE(value, 4 * i);
		else bytes.writeUInt16LE(type === "F16" ? halfBits(value) : bfloatBits(value), 2 * i);
	});
	return bytes;
}

/** Sign, 5 bits of exponent, 10 of mantissa (IEEE 754-2008, 3.6). */
function halfBits(value: number): number {
	const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
	const size = Math.abs(value);
	if (size < 2 ** -14) return sign | (size * 2 ** 24);
	const exponent = Math.floor(Math.log2(size));
	return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

/** The upper half of a float32. */
function bfloatBits(value: number): number {
	const bytes = Buffer.alloc(4);
	bytes.writeFloatLE(value);
	return bytes.readUInt16LE(2);
}
