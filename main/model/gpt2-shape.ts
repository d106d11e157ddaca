import { existsSync, linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { seededRandom } from "#shared/random";
import { byteAlphabet } from "./byte-alphabet.ts";
import { saveSafetensors, type TensorToSave } from "./save-safetensors.ts";

export interface ModelShape {
	readonly layers: number;
	readonly heads: number;
	readonly width: number;
	readonly vocabulary: number;
	readonly context: number;
	/** Of each dictionary. */
	readonly features: number;
}

/** GPT-2 small, with the dictionaries that most releases have for it. */
export const gpt2Small: ModelShape = {
	...{ layers: 12, heads: 12, width: 768, vocabulary: 50_257, context: 1024 },
	features: 24_576,
};

/** Bytes that both write. */
export function countShapeBytes({ layers, width, vocabulary, context, features }: ModelShape): number {
	return 4 * width * (vocabulary + context + layers * (12 * width + 13) + 2 + 2 * features + 1) + 4 * features;
}

function randomTensor(shape: readonly number[], deviation: number, random: () => number, mean = 0): TensorToSave {
	const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
	// Uniform of that deviation: quick to draw, and a bench does not care.
	for (let i = 0; i < data.length; i++) data[i] = mean + deviation * 3.46 * (random() - 0.5);
	return { dtype: "F32", shape, data };
}

/** A model of GPT-2 small's shape (548 MB), or another, with random weights; kept for the next time. */
export function writeGpt2Shape(dir: string, shape = gpt2Small): void {
	const { layers, heads, width, vocabulary, context } = shape;
	if (existsSync(join(dir, "merges.txt"))) return;
	mkdirSync(dir, { recursive: true });
	const random = seededRandom(1);
	const tensors = new Map<string, TensorToSave>();
	const put = (name: string, shape: readonly number[], deviation: number, mean = 0) =>
		tensors.set(name, randomTensor(shape, deviation, random, mean));
	put("wte.weight", [vocabulary, width], 0.02);
	put("wpe.weight", [context, width], 0.01);
	for (let layer = 0; layer < layers; layer++) {
		const block = `h.${layer}`;
		for (const name of ["ln_1", "ln_2"]) {
			put(`${block}.${name}.weight`, [width], 0, 1);
			put(`${block}.${name}.bias`, [width], 0);
		}
		for (const [name, from, to] of [
			["attn.c_attn", width, 3 * width],
			["attn.c_proj", width, width],
			["mlp.c_fc", width, 4 * width],
			["mlp.c_proj", 4 * width, width],
		] as const) {
			put(`${block}.${name}.weight`, [from, to], 0.02);
			put(`${block}.${name}.bias`, [to], 0);
		}
	}
	put("ln_f.weight", [width], 0, 1);
	put("ln_f.bias", [width], 0);
	saveSafetensors(join(dir, "model.safetensors"), tensors);
	writeFileSync(
		join(dir, "config.json"),
		JSON.stringify({
			model_type: "gpt2",
			n_layer: layers,
			n_head: heads,
			n_embd: width,
			vocab_size: vocabulary,
			n_positions: context,
		}),
	);
	const tokens = [...byteAlphabet].sort();
	writeFileSync(
		join(dir, "vocab.json"),
		JSON.stringify(Object.fromEntries([...tokens.map((token, id) => [token, id]), ["<|endoftext|>", vocabulary - 1]])),
	);
	writeFileSync(join(dir, "merges.txt"), "#version: 0.2\n");
}

/** A dictionary with some tens of active features at a position. */
export function writeDictionaryShape(
	dir: string,
	hook: string,
	dSae: number,
	k?: number,
	width = gpt2Small.width,
): void {
	mkdirSync(dir, { recursive: true });
	const weights = join(dir, "sae_weights.safetensors");
	if (!existsSync(weights)) {
		const random = seededRandom(2);
		saveSafetensors(
			weights,
			new Map([
				["W_enc", randomTensor([width, dSae], 1 / Math.sqrt(width), random)],
				["b_enc", randomTensor([dSae], 0, random, k === undefined ? -2.9 : 0)],
				["W_dec", randomTensor([dSae, width], 1 / Math.sqrt(width), random)],
				["b_dec", randomTensor([width], 0, random)],
			]),
		);
	}
	writeConfig(dir, hook, width, dSae, k);
}

function writeConfig(dir: string, hook: string, width: number, dSae: number, k?: number): void {
	const kind = k === undefined ? { architecture: "standard" } : { architecture: "topk", activation_fn_kwargs: { k } };
	writeFileSync(
		join(dir, "cfg.json"),
		JSON.stringify({
			...kind,
			d_in: width,
			d_sae: dSae,
			hook_name: hook,
			normalize_activations: "layer_norm",
			prepend_bos: false,
		}),
	);
}

/** Dictionaries of 24,576 features, or another shape's, at all sites; one file, linked. */
export function writeDictionariesShape(dir: string, { layers, width, features } = gpt2Small): void {
	const first = resolve(dir, "../one-dictionary");
	writeDictionaryShape(first, "blocks.0.hook_resid_post", features, undefined, width);
	for (let layer = 0; layer < layers; layer++)
		for (const hook of ["hook_attn_out", "hook_mlp_out", "hook_resid_post"]) {
			const folder = join(dir, `blocks.${layer}.${hook}`);
			mkdirSync(folder, { recursive: true });
			const link = join(folder, "sae_weights.safetensors");
			if (!existsSync(link)) linkSync(join(first, "sae_weights.safetensors"), link);
			writeConfig(folder, `blocks.${layer}.${hook}`, width, features);
		}
}
