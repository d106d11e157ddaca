import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { saveSafetensors } from "../model/save-safetensors.ts";
import type { Numbers } from "../onnx/session.ts";
import { modelFolder } from "./paths.ts";
import { referenceConfig } from "./train-model.ts";

/** Writes the trained parameters as a Hugging Face folder, beside the tokenizer that is there already. */
export function saveModel(parameters: ReadonlyMap<string, Numbers>, bos: number, folder = modelFolder): void {
	mkdirSync(folder, { recursive: true });
	saveSafetensors(
		join(folder, "model.safetensors"),
		new Map(
			[...parameters].map(([name, { data, dims }]) => [
				name,
				{ dtype: "F32", shape: dims, data: data as Float32Array },
			]),
		),
	);
	const config = {
		model_type: "gpt2",
		architectures: ["GPT2LMHeadModel"],
		n_layer: referenceConfig.layers,
		n_head: referenceConfig.heads,
		n_embd: referenceConfig.width,
		n_inner: referenceConfig.innerWidth,
		vocab_size: referenceConfig.vocabularySize,
		n_positions: referenceConfig.contextLength,
		layer_norm_epsilon: referenceConfig.layerNormEpsilon,
		activation_function: "gelu_new",
		tie_word_embeddings: true,
		bos_token_id: bos,
		eos_token_id: bos,
	};
	writeFileSync(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}
