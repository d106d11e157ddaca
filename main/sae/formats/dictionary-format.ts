import type { DictionaryConfig } from "../dictionary-config.ts";
import type { StoredMatrix } from "../stored-matrix.ts";

/** A way in which dictionaries are published. Each file in this folder knows one. */
export interface DictionaryFormat {
	/** As people call it, e.g. `SAELens`. */
	readonly name: string;
	/**
	 * Paths of this format's dictionaries that lie in a folder itself: the folder, or a file where several may lie in
	 * one. Told by the names of its files, and by what is in them where names do not decide.
	 */
	find(folder: string, names: ReadonlySet<string>): readonly string[];
	/** Opens what `find` gave. Reads headers, and no number that is not needed to understand them. Throws `AppError`. */
	open(path: string): OpenDictionary;
}

/** A dictionary whose files have been understood; its vectors are not in memory yet. */
export interface OpenDictionary {
	/** For people, where the last part of the path alone would not do. */
	readonly name?: string;
	readonly config: DictionaryConfig;
	readonly dIn: number;
	readonly dSae: number;
	/** `W_enc [dIn, dSae]` and `W_dec [dSae, dIn]`. */
	readonly encoder: StoredMatrix;
	readonly decoder: StoredMatrix;
	/** All that decides its numbers, in the order in which they are hashed. */
	readonly files: readonly string[];
	/** Where it sits is said by its path and not by its files, so that its hash must say it too. */
	readonly placedByPath?: true;
	/** Reads the vectors and checks that they are finite. Throws `bad-file` or `mismatch`. */
	readVectors(): DictionaryVectors;
}

/** What a dictionary has beside its two matrices. */
export interface DictionaryVectors {
	/** `b_enc`; for gated ones `b_mag`. */
	readonly encoderBias: Float32Array;
	readonly decoderBias: Float32Array;
	/** Gated only: `b_gate` and `exp(r_mag)`. */
	readonly gate?: { readonly bias: Float32Array; readonly scale: Float32Array };
	/** jumprelu only. */
	readonly threshold?: Float32Array;
	/**
	 * Norms of the decoder's rows, where activations are multiplied by them and the decoder divides by them. Measured when
	 * they are first asked for, since the whole decoder is read for them.
	 */
	readonly decoderNorms?: () => Float32Array;
	/** Fine-tuned factors of the activations before decoding. */
	readonly scalingFactor?: Float32Array;
}
