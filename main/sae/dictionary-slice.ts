import { closeSync, openSync, readSync } from "node:fs";
import { assert } from "#shared/errors";
import { readRows } from "../model/safetensors.ts";
import { decodeNumbers, isStoredType, storedBytes } from "../model/stored-numbers.ts";
import type { Dictionary } from "./dictionary.ts";

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
	const { dIn, gate, decoderNorms } = dictionary;
	const encoder = readColumns(dictionary, features);
	const decoder = loadDecoderRows(dictionary, features);
	const encoderBias = Float32Array.from(features, (feature) => dictionary.encoderBias[feature] as number);
	for (const [i, feature] of features.entries()) {
		const norm = decoderNorms?.[feature] ?? 1;
		const encode = (gate?.scale[feature] ?? 1) * norm;
		encoderBias[i] = (encoderBias[i] as number) * norm;
		for (let at = i * dIn; at < (i + 1) * dIn; at++) encoder[at] = (encoder[at] as number) * encode;
	}
	return { features, encoder, encoderBias, decoder };
}

/** What one unit of each feature (ascending) adds to the decoder's output, `[n, dIn]`. */
export function loadDecoderRows(dictionary: Dictionary, features: Int32Array): Float32Array {
	const { dIn, decoderNorms, scalingFactor } = dictionary;
	const rows = readRows(dictionary.decoder, features);
	for (const [i, feature] of features.entries()) {
		const factor = (scalingFactor?.[feature] ?? 1) / (decoderNorms?.[feature] ?? 1);
		for (let at = i * dIn; at < (i + 1) * dIn; at++) rows[at] = (rows[at] as number) * factor;
	}
	return rows;
}

const blockBytes = 8_388_608;

/** Columns of `W_enc [dIn, dSae]` as rows `[n, dIn]`: one pass over the file, since its columns are strewn over all of it. */
function readColumns({ encoder, dIn, dSae }: Dictionary, features: Int32Array): Float32Array {
	const { dtype } = encoder;
	assert(isStoredType(dtype), `an encoder of ${dtype}`);
	const columns = new Float32Array(features.length * dIn);
	const first = features[0] ?? 0;
	const width = (features.at(-1) ?? 0) + 1 - first;
	const size = storedBytes[dtype];
	const rows = Math.max(1, Math.floor(blockBytes / (dSae * size)));
	const block = new Float32Array(rows * dSae);
	const raw = Buffer.allocUnsafe(rows * dSae * size);
	const descriptor = openSync(encoder.path, "r");
	try {
		for (let row = 0; row < dIn; row += rows) {
			const count = Math.min(rows, dIn - row);
			// The span from the first to the last wanted number, of whole rows in between.
			const numbers = (count - 1) * dSae + width;
			let done = 0;
			while (done < numbers * size) {
				const got = readSync(
					descriptor,
					raw,
					done,
					numbers * size - done,
					encoder.offset + (row * dSae + first) * size + done,
				);
				assert(got > 0, "the file has been checked to hold its tensors");
				done += got;
			}
			const values = block.subarray(0, numbers);
			decodeNumbers(raw.subarray(0, numbers * size), dtype, values);
			for (let r = 0; r < count; r++)
				for (let i = 0; i < features.length; i++)
					columns[i * dIn + row + r] = values[r * dSae + (features[i] as number) - first] as number;
		}
		return columns;
	} finally {
		closeSync(descriptor);
	}
}
