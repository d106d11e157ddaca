import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fillNormal, seededRandom } from "#shared/random";
import { byteAlphabet } from "../../main/model/byte-alphabet.ts";
import { saveSafetensors, type TensorToSave } from "../../main/model/save-safetensors.ts";

export interface RandomModel {
	readonly layers: number;
	readonly heads: number;
	readonly width: number;
	readonly vocabularySize: number;
	readonly activation?: string;
	readonly tied?: boolean;
	readonly prefix?: boolean;
	readonly dtype?: "F32" | "F16";
	readonly seed?: number;
}

/** Writes a GPT-2 folder with random weights and a tokenizer whose tokens are bytes and `<|endoftext|>`. */
export function writeRandomModel(dir: string, options: RandomModel): void {
	const { layers, heads, width, vocabularySize, tied = true, dtype = "F32" } = options;
	const random = seededRandom(options.seed ?? 1);
	const tensors = new Map<string, TensorToSave>();
	const put = (name: string, shape: readonly number[], deviation: number, mean = 0) => {
		const data = fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1)), deviation, random).map((x) => x + mean);
		tensors.set(options.prefix && name !== "lm_head.weight" ? `transformer.${name}` : name, { dtype, shape, data });
	};
	put("wte.weight", [vocabularySize, width], 0.5);
	put("wpe.weight", [64, width], 0.3);
	for (let layer = 0; layer < layers; layer++) {
		const block = `h.${layer}`;
		for (const norm of ["ln_1", "ln_2"]) {
			put(`${block}.${norm}.weight`, [width], 0.2, 1);
			put(`${block}.${norm}.bias`, [width], 0.1);
		}
		const scale = 1 / Math.sqrt(width);
		put(`${block}.attn.c_attn.weight`, [width, 3 * width], 1.5 * scale);
		put(`${block}.attn.c_attn.bias`, [3 * width], 0.1);
		put(`${block}.attn.c_proj.weight`, [width, width], scale);
		put(`${block}.attn.c_proj.bias`, [width], 0.1);
		put(`${block}.mlp.c_fc.weight`, [width, 4 * width], scale);
		put(`${block}.mlp.c_fc.bias`, [4 * width], 0.1);
		put(`${block}.mlp.c_proj.weight`, [4 * width, width], scale / 2);
		put(`${block}.mlp.c_proj.bias`, [width], 0.1);
	}
	put("ln_f.weight", [width], 0.2, 1);
	put("ln_f.bias", [width], 0.1);
	if (!tied) put("lm_head.weight", [vocabularySize, width], 0.3);
	mkdirSync(dir, { recursive: true });
	saveSafetensors(join(dir, "model.safetensors"), tensors);
	const config = {
		model_type: "gpt2",
		n_layer: layers,
		n_head: heads,
		n_embd: width,
		vocab_size: vocabularySize,
		n_positions: 64,
		activation_function: options.activation ?? "gelu_new",
		tie_word_embeddings: tied,
	};
	writeFileSync(join(dir, "config.json"), JSON.stringify(config));
	const tokens = [...byteAlphabet].sort().slice(0, vocabularySize - 1);
	const vocab = Object.fromEntries([...tokens, "<|endoftext|>"].map((token, id) => [token, id]));
	writeFileSync(join(dir, "vocab.json"), JSON.stringify(vocab));
	writeFileSync(join(dir, "merges.txt"), "#version: 0.2\n");
}
