import { basename, join, resolve } from "node:path";
import { parseCachePath } from "#shared/cache-path";
import { AppError } from "#shared/errors";
import { hashFiles } from "./content-hash.ts";
import { type Gpt2Config, loadGpt2Config } from "./gpt2-config.ts";
import type { StoredTensor } from "./safetensors.ts";
import { checkTiedHead } from "./tied-head.ts";
import { listWeightFiles, loadWeights } from "./weight-files.ts";

/** A language model on disk: its shape and where its weights lie. No tensor is in memory. */
export interface LanguageModel {
	/** The folder's name; `organisation/name` for a snapshot in the Hugging Face cache. */
	readonly name: string;
	readonly dir: string;
	readonly config: Gpt2Config;
	/** By Hugging Face name without the `transformer.` prefix, e.g. `h.0.attn.c_attn.weight`. Parameters only, no masks. */
	readonly tensors: ReadonlyMap<string, StoredTensor>;
	/** Of `config.json` and the weights. */
	readonly hash: string;
}

/**
 * Opens a Hugging Face folder and checks every parameter's presence, type and shape, but no number: see `checkFinite`.
 * Throws `not-found`, `bad-file`, `mismatch` or `unsupported`.
 */
export function loadLanguageModel(dir: string): LanguageModel {
	const { files, head, ...model } = inspectLanguageModel(dir);
	if (model.config.tiedHead) checkTiedHead(head, model.tensors.get("wte.weight") as StoredTensor);
	return { ...model, hash: hashFiles([join(model.dir, "config.json"), ...files]) };
}

/** The same from headers alone: no number is compared, nothing is hashed. `head` is an unembedding that the file carries. */
export function inspectLanguageModel(dir: string): Omit<LanguageModel, "hash"> & {
	readonly files: readonly string[];
	readonly head: StoredTensor | undefined;
} {
	const folder = resolve(dir);
	const config = loadGpt2Config(folder);
	const files = listWeightFiles(folder);
	const stored = new Map<string, StoredTensor>();
	for (const file of files)
		for (const [name, tensor] of loadWeights(file)) stored.set(name.replace(/^transformer\./, ""), tensor);
	const tensors = new Map<string, StoredTensor>();
	for (const [name, shape] of parameterShapes(config)) {
		const tensor = stored.get(name);
		if (!tensor)
			throw new AppError(
				"bad-file",
				`The model in ${folder} lacks the weights ${name}. Download it again or choose another model.`,
				{ path: folder, name },
			);
		checkParameter(tensor, name, shape);
		tensors.set(name, tensor);
	}
	return { name: nameModel(folder), dir: folder, config, tensors, files, head: stored.get("lm_head.weight") };
}

const readableTypes: readonly string[] = ["F32", "F16", "BF16", "F64"];

function checkParameter({ path, dtype, shape: found }: StoredTensor, name: string, shape: readonly number[]): void {
	if (found.length !== shape.length || found.some((dim, i) => dim !== shape[i]))
		throw new AppError(
			"mismatch",
			`${name} in ${path} has the shape [${found}], and config.json asks for [${shape}]. They are of different models; download both again.`,
			{ path, name, found, shape },
		);
	if (!readableTypes.includes(dtype))
		throw new AppError(
			"unsupported",
			`${name} in ${path} is stored as ${dtype}. Convert the model to F32, F16 or BF16.`,
			{ path, name, dtype },
		);
}

/** Every parameter that a model of this shape has; `affine` weights are `[in, out]`, as Hugging Face's Conv1D keeps them. */
function parameterShapes(config: Gpt2Config): ReadonlyMap<string, readonly number[]> {
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

function nameModel(folder: string): string {
	const cached = parseCachePath(folder);
	return cached?.inside === "" ? cached.repo : basename(folder);
}
