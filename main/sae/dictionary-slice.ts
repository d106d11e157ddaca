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
	const norms = dictionary.decoderNorms?.();
	return {
		features,
		encoder: loadEncoderRows(dictionary, features),
		encoderBias: Float32Array.from(
			features,
			(feature) => (dictionary.encoderBias[feature] as number) * (norms?.[feature] ?? 1),
		),
		decoder: loadDecoderRows(dictionary, features),
	};
}

/** The encoder's columns of the features (ascending, without repeats) as rows, `[n, dIn]`, with the kind's factors. */
export function loadEncoderRows(dictionary: Dictionary, features: Int32Array): Float32Array {
	const { dIn, gate } = dictionary;
	const norms = dictionary.decoderNorms?.();
	const encoder = readMatrixColumns(dictionary.encoder, features);
	if (!norms && !gate) return encoder;
	for (const [i, feature] of features.entries()) {
		const factor = (gate?.scale[feature] ?? 1) * (norms?.[feature] ?? 1);
		for (let at = i * dIn; at < (i + 1) * dIn; at++) encoder[at] = (encoder[at] as number) * factor;
	}
	return encoder;
}

/** What one unit of each feature (ascending) adds to the decoder's output, `[n, dIn]`; without its mean where nobody reads that. */
export function loadDecoderRows(dictionary: Dictionary, features: Int32Array): Float32Array {
	const { dIn } = dictionary;
	const rows = readMatrixRows(dictionary.decoder, features);
	const factors = decoderFactors(dictionary, features);
	const meanless = writesWithoutMean(dictionary);
	if (!factors && !meanless) return rows;
	for (let i = 0; i < features.length; i++) {
		const row = rows.subarray(i * dIn, (i + 1) * dIn);
		const mean = meanless ? row.reduce((sum, number) => sum + number, 0) / dIn : 0;
		const factor = factors?.[i] ?? 1;
		for (let at = 0; at < dIn; at++) row[at] = ((row[at] as number) - mean) * factor;
	}
	return rows;
}

/** What the stored row of each feature is multiplied by, `[n]`; undefined where it is 1 for all. */
export function decoderFactors(dictionary: Dictionary, features: Int32Array): Float32Array | undefined {
	const { scalingFactor } = dictionary;
	const norms = dictionary.decoderNorms?.();
	if (!scalingFactor && !norms) return undefined;
	return Float32Array.from(features, (feature) => (scalingFactor?.[feature] ?? 1) / (norms?.[feature] ?? 1));
}
