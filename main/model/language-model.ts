import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { AppError } from "#shared/errors";
import { hashFiles } from "./content-hash.ts";
import { type Gpt2Config, loadGpt2Config } from "./gpt2-config.ts";
import { loadSafetensorsHeader, type StoredTensor } from "./safetensors.ts";

/** A language model on disk: its shape and where its weights lie. No tensor is in memory. */
export interface LanguageModel {
	readonly name: string;
	readonly dir: string;
	readonly config: Gpt2Config;
	/** By Hugging Face name without the `transformer.` prefix, e.g. `h.0.attn.c_attn.weight`. */
	readonly tensors: ReadonlyMap<string, StoredTensor>;
	readonly hash: string;
}

/** Opens a Hugging Face folder and checks every parameter's presence and shape. */
export function loadLanguageModel(dir: string): LanguageModel {
	const folder = resolve(dir);
	const config = loadGpt2Config(folder);
	const files = listWeightFiles(folder);
	const tensors = new Map<string, StoredTensor>();
	for (const file of files)
		for (const [name, tensor] of loadSafetensorsHeader(file).tensors)
			tensors.set(name.replace(/^transformer\./, ""), tensor);
	for (const [name, shape] of expectedShapes(config)) {
		const tensor = tensors.get(name);
		if (!tensor)
			throw new AppError("bad-file", `The model in ${folder} lacks the weights ${name}. Download it again or choose another model.`, { path: folder, name });
		if (tensor.shape.length !== shape.length || tensor.shape.some((dim, i) => dim !== shape[i]))
			throw new AppError("mismatch", `${name} in ${tensor.path} is [${tensor.shape}] and config.json asks for [${shape}]. Weights and config.json are of different models; download both again.`, { path: tensor.path, name });
	}
	return { name: nameOf(folder), dir: folder, config, tensors, hash: hashFiles([join(folder, "config.json"), ...files]) };
}

function listWeightFiles(folder: string): readonly string[] {
	const single = join(folder, "model.safetensors");
	if (existsSync(single)) return [single];
	const index = join(folder, "model.safetensors.index.json");
	if (!existsSync(index))
		throw new AppError("not-found", `${folder} has no model.safetensors. Give the folder of a Hugging Face GPT-2 model with weights in safetensors format.`, { path: folder });
	try {
		const { weight_map } = z.object({ weight_map: z.record(z.string(), z.string()) }).parse(JSON.parse(readFileSync(index, "utf8")));
		return [...new Set(Object.values(weight_map))].sort().map((file) => join(folder, basename(file)));
	} catch {
		throw new AppError("bad-file", `${index} is not an index of weight files. Download it again.`, { path: index });
	}
}

function expectedShapes(config: Gpt2Config): ReadonlyMap<string, readonly number[]> {
	const { width, innerWidth, vocabularySize, contextLength } = config;
	const shapes = new Map<string, readonly number[]>([
		["wte.weight", [vocabularySize, width]],
		["wpe.weight", [contextLength, width]],
	]);
	const layerNorm = (name: string) => shapes.set(`${name}.weight`, [width]).set(`${name}.bias`, [width]);
	const affine = (name: string, from: number, to: number) =>
		shapes.set(`${name}.weight`, [from, to]).set(`${name}.bias`, [to]);
	for (let layer = 0; layer < config.layers; layer++) {
		layerNorm(`h.${layer}.ln_1`);
		affine(`h.${layer}.attn.c_attn`, width, 3 * width);
		affine(`h.${layer}.attn.c_proj`, width, width);
		layerNorm(`h.${layer}.ln_2`);
		affine(`h.${layer}.mlp.c_fc`, width, innerWidth);
		affine(`h.${layer}.mlp.c_proj`, innerWidth, width);
	}
	layerNorm("ln_f");
	if (!config.tiedHead) shapes.set("lm_head.weight", [vocabularySize, width]);
	return shapes;
}

/** The repository's name for a snapshot in the Hugging Face cache, else the folder's. */
function nameOf(folder: string): string {
	const cached = /models--([^/\\]+)--([^/\\]+)[/\\]snapshots[/\\]/.exec(folder);
	return cached ? `${cached[1]}/${cached[2]}` : basename(folder);
}
