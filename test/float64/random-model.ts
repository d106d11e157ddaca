import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OracleModel } from "./gpt2.ts";
import { normalMatrix, seedRandom } from "./random-numbers.ts";
import { roundTo, type StoredTensor, type StoredType, writeSafetensors } from "./stored-tensors.ts";
import { fill, type Matrix } from "./tape.ts";

export interface RandomModelOptions {
	readonly seed: number;
	readonly layers: number;
	readonly heads: number;
	readonly width: number;
	/** Width inside the MLP; 4 · width, and not said in the config, where absent. */
	readonly inner?: number;
	readonly activation?: OracleModel["activation"];
	readonly epsilon?: number;
	readonly tied?: boolean;
	/** Keys begin with `transformer.`. */
	readonly prefixed?: boolean;
	readonly sharded?: boolean;
	readonly type?: StoredType;
}

/** Each byte is the token of its number; this one comes behind them. */
export const endOfText = 256;

/** Writes a GPT-2 folder with random weights; returns the weights as they are stored. */
export function writeRandomModel(folder: string, options: RandomModelOptions): OracleModel {
	const { layers, heads, width, inner = 4 * width, type = "F32", epsilon = 1e-5, activation = "gelu_new" } = options;
	const random = seedRandom(options.seed);
	const stored = new Map<string, StoredTensor>();
	const put = (name: string, shape: readonly [number, number] | readonly [number], deviation: number, mean = 0) => {
		const [rows, cols] = shape.length === 1 ? [1, shape[0]] : shape;
		stored.set(name, { shape, values: roundTo(type, normalMatrix(random, rows, cols, deviation, mean)) });
	};
	const linear = (name: string, from: number, to: number, gain: number) => {
		put(`${name}.weight`, [from, to], gain / Math.sqrt(from));
		put(`${name}.bias`, [to], 0.1);
	};
	const norm = (name: string) => {
		put(`${name}.weight`, [width], 0.2, 1);
		put(`${name}.bias`, [width], 0.1);
	};
	put("wte.weight", [endOfText + 1, width], 0.7);
	put("wpe.weight", [contextLength, width], 0.3);
	for (let layer = 0; layer < layers; layer++) {
		norm(`h.${layer}.ln_1`);
		linear(`h.${layer}.attn.c_attn`, width, 3 * width, 1.2);
		linear(`h.${layer}.attn.c_proj`, width, width, 1);
		norm(`h.${layer}.ln_2`);
		linear(`h.${layer}.mlp.c_fc`, width, inner, 1.2);
		linear(`h.${layer}.mlp.c_proj`, inner, width, 1);
	}
	norm("ln_f");
	if (options.tied === false) put("lm_head.weight", [endOfText + 1, width], 0.6);
	mkdirSync(folder, { recursive: true });
	writeWeights(folder, stored, options);
	writeFileSync(
		join(folder, "config.json"),
		JSON.stringify({
			model_type: "gpt2",
			architectures: ["GPT2LMHeadModel"],
			n_layer: layers,
			n_head: heads,
			n_embd: width,
			...(options.inner === undefined ? {} : { n_inner: inner }),
			n_ctx: contextLength,
			n_positions: contextLength,
			vocab_size: endOfText + 1,
			activation_function: activation,
			layer_norm_epsilon: epsilon,
			bos_token_id: endOfText,
			eos_token_id: endOfText,
			...(options.tied === false ? { tie_word_embeddings: false } : {}),
		}),
	);
	writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(byteTokenizer()));
	const tensors = new Map<string, Matrix>([...stored].map(([name, { values }]) => [name, values]));
	return { layers, heads, epsilon, activation, tensors };
}

const contextLength = 32;

function writeWeights(folder: string, stored: ReadonlyMap<string, StoredTensor>, options: RandomModelOptions): void {
	const named = new Map<string, StoredTensor>();
	const keyOf = (name: string) => (options.prefixed && name !== "lm_head.weight" ? `transformer.${name}` : name);
	for (const [name, tensor] of stored) named.set(keyOf(name), tensor);
	// Old files carry the causal mask, which is to be ignored.
	const mask = fill(contextLength, contextLength, (row, col) => (col <= row ? 1 : 0));
	for (let layer = 0; layer < options.layers; layer++)
		named.set(keyOf(`h.${layer}.attn.bias`), { shape: [1, 1, contextLength, contextLength], values: mask });
	const type = options.type ?? "F32";
	if (!options.sharded) {
		writeSafetensors(join(folder, "model.safetensors"), type, named);
		return;
	}
	const entries = [...named];
	const middle = Math.floor(entries.length / 2);
	const files = [entries.slice(0, middle), entries.slice(middle)];
	const weightMap: Record<string, string> = {};
	files.forEach((part, i) => {
		const file = `model-0000${i + 1}-of-0000${files.length}.safetensors`;
		writeSafetensors(join(folder, file), type, new Map(part));
		for (const [name] of part) weightMap[name] = file;
	});
	writeFileSync(
		join(folder, "model.safetensors.index.json"),
		JSON.stringify({ metadata: { total_size: 0 }, weight_map: weightMap }),
	);
}

/** GPT-2's alphabet of bytes without any merge, so that ASCII text is its own list of tokens. */
function byteTokenizer(): object {
	const vocab: Record<string, number> = {};
	let next = 256;
	for (let byte = 0; byte < 256; byte++) {
		const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
		vocab[String.fromCodePoint(printable ? byte : next++)] = byte;
	}
	vocab["<|endoftext|>"] = endOfText;
	const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
	const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
	return {
		version: "1.0",
		truncation: null,
		padding: null,
		added_tokens: [{ id: endOfText, content: "<|endoftext|>", ...special }],
		normalizer: null,
		pre_tokenizer: byteLevel,
		post_processor: byteLevel,
		decoder: byteLevel,
		model: {
			type: "BPE",
			dropout: null,
			unk_token: null,
			continuing_subword_prefix: "",
			end_of_word_suffix: "",
			fuse_unk: false,
			vocab,
			merges: [],
		},
	};
}

/** Token numbers of ASCII text. */
export function tokenize(text: string): number[] {
	return [...Buffer.from(text)];
}
