import { closeSync } from "node:fs";
import { AppError } from "#shared/errors";
import { openFile, readExactly } from "../../model/file-reading.ts";
import { readTensor, type StoredTensor } from "../../model/safetensors.ts";

/** What trainers measure of each feature: for how long it was silent, how often and how strongly it fired. No activation depends on it. */
const counters: ReadonlySet<string> = new Set([
	"stats_last_nonzero",
	"latents_activation_frequency",
	"latents_mean_square",
	"n_forward_passes_since_fired",
	"act_freq_scores",
	"num_tokens_since_fired",
]);

/** The tensors of a dictionary's file, looked up by name and shape. */
export class DictionaryTensors {
	readonly #path: string;
	readonly #tensors: ReadonlyMap<string, StoredTensor>;
	readonly #kind: string;
	readonly #configName: string;

	/** `kind` and `configName` are for messages: what the dictionary is, and which file says so. */
	constructor(path: string, tensors: ReadonlyMap<string, StoredTensor>, kind: string, configName: string) {
		this.#path = path;
		this.#tensors = tensors;
		this.#kind = kind;
		this.#configName = configName;
	}

	/** Throws `bad-file` where there is none, `mismatch` where its shape is another. */
	find(name: string, shape?: readonly number[]): StoredTensor {
		const tensor = this.#tensors.get(name);
		if (!tensor)
			throw new AppError(
				"bad-file",
				`${this.#path} lacks ${name}, which a ${this.#kind} dictionary needs. The file is damaged, or ${this.#configName} is of another dictionary.`,
				{
					path: this.#path,
					name,
				},
			);
		if (shape && (tensor.shape.length !== shape.length || tensor.shape.some((dim, i) => dim !== shape[i])))
			throw new AppError(
				"mismatch",
				`${name} in ${this.#path} is [${tensor.shape}] where [${shape}] is needed. ${this.#configName} and weights are of different dictionaries; download both again.`,
				{ path: this.#path, name },
			);
		return tensor;
	}

	/** Undefined where there is none. */
	look(name: string): StoredTensor | undefined {
		return this.#tensors.get(name);
	}

	/**
	 * Throws `mismatch` where there is a tensor that this kind does not know: read without it, the dictionary would be another
	 * one. Counters that trainers keep beside the weights are passed over.
	 */
	refuseOthers(known: readonly string[]): void {
		const other = [...this.#tensors.keys()].find((name) => !known.includes(name) && !counters.has(name));
		if (other === undefined) return;
		throw new AppError(
			"mismatch",
			`${this.#path} holds ${other}, which a ${this.#kind} dictionary does not have; without it the features would be others. Check the kind that ${this.#configName} states, or remove the tensor if it is not part of the dictionary.`,
			{ path: this.#path, name: other },
		);
	}

	/** `[size]`, finite. */
	vector(name: string, size: number): Float32Array {
		return readFinite(this.find(name, [size]));
	}

	/** One whole number. */
	integer(name: string): number {
		const { dtype, offset, path, shape } = this.find(name);
		const bytes = { I64: 8, I32: 4 }[dtype];
		if (bytes === undefined || shape.some((dim) => dim !== 1))
			throw new AppError("bad-file", `${name} in ${path} is not one whole number but ${dtype} [${shape}].`, {
				path,
				name,
			});
		const descriptor = openFile(path);
		try {
			const raw = Buffer.from(readExactly(descriptor, offset, new Uint8Array(bytes), path));
			return bytes === 8 ? Number(raw.readBigInt64LE()) : raw.readInt32LE();
		} finally {
			closeSync(descriptor);
		}
	}

	/** `[size]`, or one number that holds for all. */
	spread(name: string, size: number): Float32Array {
		const tensor = this.find(name);
		if (tensor.shape.every((dim) => dim === 1)) return new Float32Array(size).fill(readFinite(tensor)[0] as number);
		return this.vector(name, size);
	}
}

/** Throws `bad-file` where a number is not finite. */
export function readFinite(tensor: StoredTensor): Float32Array {
	const numbers = readTensor(tensor);
	if (!numbers.every(Number.isFinite))
		throw new AppError(
			"bad-file",
			`${tensor.name} in ${tensor.path} holds values that are not finite numbers. Download it again.`,
			{ path: tensor.path },
		);
	return numbers;
}
