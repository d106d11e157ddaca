import type { Dictionary } from "./dictionary.ts";
import { writesWithoutMean } from "./normalization.ts";
import { readMatrixColumns, readMatrixRows } from "./stored-matrix.ts";

/**
 * The part of a dictionary that is active on a prompt, with every kind's factors folded in, so that on active entries
 * all kinds are one: `a = x̃ · encoderᵀ + encoderBias` and `x̂ = restore(a · decoder + decoderBias)`.
 */
export interface DictionarySlice {
	/** Ascending. */
	readonly features: Int32Array;
	/** `[n, dIn]`: row i is the encoder's column of `features[i]`. */
	readonly encoder: Float32Array;
	/** `[n]`. */
	readonly encoderBias: Float32Array;
	/** `[n, dIn]`. */
	readonly decoder: Float32Array;
}

/** Reads the rows and columns of `features` (ascending, without repeats) from the file. */
export function loadDictionarySlice(dictionary: Dictionary, features: Int32Array): DictionarySlice {
	const { dIn, gate } = dictionary;
	const norms = dictionary.decoderNorms?.();
	const encoder = readMatrixColumns(dictionary.encoder, features);
	const decoder = loadDecoderRows(dictionary, features);
	const encoderBias = Float32Array.from(features, (feature) => dictionary.encoderBias[feature] as number);
	for (const [i, feature] of features.entries()) {
		const norm = norms?.[feature] ?? 1;
		const encode = (gate?.scale[feature] ?? 1) * norm;
		encoderBias[i] = (encoderBias[i] as number) * norm;
		for (let at = i * dIn; at < (i + 1) * dIn; at++) encoder[at] = (encoder[at] as number) * encode;
	}
	return { features, encoder, encoderBias, decoder };
}

/** What one unit of each feature (ascending) adds to the decoder's output, `[n, dIn]`; without its mean where nobody reads that. */
export function loadDecoderRows(dictionary: Dictionary, features: Int32Array): Float32Array {
	const { dIn, scalingFactor } = dictionary;
	const norms = dictionary.decoderNorms?.();
	const rows = readMatrixRows(dictionary.decoder, features);
	for (const [i, feature] of features.entries()) {
		const factor = (scalingFactor?.[feature] ?? 1) / (norms?.[feature] ?? 1);
		const row = rows.subarray(i * dIn, (i + 1) * dIn);
		const mean = writesWithoutMean(dictionary) ? row.reduce((sum, number) => sum + number, 0) / dIn : 0;
		for (let at = 0; at < dIn; at++) row[at] = ((row[at] as number) - mean) * factor;
	}
	return rows;
}
