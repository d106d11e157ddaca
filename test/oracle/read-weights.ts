import { readFileSync } from "node:fs";

export interface Weights {
	readonly shape: readonly number[];
	readonly data: Float64Array;
}

/** A safetensors file by the letter of its format, without the reader under test. */
export function readWeights(path: string): ReadonlyMap<string, Weights> {
	const bytes = readFileSync(path);
	const length = Number(bytes.readBigUInt64LE(0));
	const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
	const weights = new Map<string, Weights>();
	for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
		if (name === "__metadata__") continue;
		const start = 8 + length + data_offsets[0];
		const count = shape.reduce((a, b) => a * b, 1);
		const read = (i: number) => (dtype === "F32" ? bytes.readFloatLE(start + 4 * i) : readHalf(bytes.readUInt16LE(start + 2 * i)));
		weights.set(name.replace(/^transformer\./, ""), { shape, data: Float64Array.from({ length: count }, (_, i) => read(i)) });
	}
	return weights;
}

function readHalf(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >> 10) & 31;
	const fraction = bits & 1023;
	return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
