import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "#shared/errors";
import { parseJsonTable } from "./json-file.ts";

/** Shape and rules of a GPT-2-like model. */
export interface Gpt2Config {
	readonly layers: number;
	readonly heads: number;
	readonly width: number;
	readonly innerWidth: number;
	readonly vocabularySize: number;
	readonly contextLength: number;
	readonly layerNormEpsilon: number;
	readonly activation: "gelu_tanh" | "gelu_erf" | "relu";
	/** Whether the unembedding is the embedding. */
	readonly tiedHead: boolean;
}

const count = z.number().int().positive();
const schema = z.object({
	n_layer: count,
	n_head: count,
	n_embd: count,
	n_inner: count.nullish(),
	vocab_size: count,
	n_positions: count.optional(),
	n_ctx: count.optional(),
	layer_norm_epsilon: z.number().positive().default(1e-5),
	activation_function: z.string().default("gelu_new"),
	tie_word_embeddings: z.boolean().default(true),
	scale_attn_weights: z.boolean().default(true),
	scale_attn_by_inverse_layer_idx: z.boolean().default(false),
	add_cross_attention: z.boolean().default(false),
});

const activations = new Map<string, Gpt2Config["activation"]>([
	["gelu_new", "gelu_tanh"],
	["gelu_pytorch_tanh", "gelu_tanh"],
	["gelu_fast", "gelu_tanh"],
	["gelu", "gelu_erf"],
	["gelu_python", "gelu_erf"],
	["relu", "relu"],
]);

/**
 * Reads `config.json`. `reorder_and_upcast_attn` is of no concern: it changes rounding, not the function.
 * Throws `not-found`, `bad-file`, or `unsupported` for models that are not GPT-2.
 */
export function loadGpt2Config(folder: string): Gpt2Config {
	const path = join(folder, "config.json");
	const raw = parseJsonTable(readConfig(path, folder), path, "a table of settings");
	const unsupported = (what: string) =>
		new AppError("unsupported", `${path} describes ${what}, and this program reads GPT-2 only. Choose a GPT-2 model.`, {
			path,
		});
	const kind = raw["model_type"];
	if (kind !== undefined && kind !== "gpt2") throw unsupported(`a model of type ${kind}`);
	const config = schema.safeParse(raw);
	if (!config.success) {
		const issue = config.error.issues[0];
		throw new AppError(
			"bad-file",
			`${path} does not describe a GPT-2 model: ${issue?.path.join(".")}: ${issue?.message}. Download it again or choose another folder.`,
			{ path },
		);
	}
	return buildConfig(config.data, path, unsupported);
}

function buildConfig(raw: z.infer<typeof schema>, path: string, unsupported: (what: string) => AppError): Gpt2Config {
	if (!raw.scale_attn_weights) throw unsupported("attention without a scale (scale_attn_weights false)");
	if (raw.scale_attn_by_inverse_layer_idx)
		throw unsupported("attention scaled by its layer (scale_attn_by_inverse_layer_idx)");
	if (raw.add_cross_attention) throw unsupported("a decoder with cross-attention (add_cross_attention)");
	const activation = activations.get(raw.activation_function);
	if (!activation) throw unsupported(`the activation function ${raw.activation_function}`);
	const contextLength = raw.n_positions ?? raw.n_ctx;
	if (contextLength === undefined)
		throw new AppError("bad-file", `${path} lacks n_positions, the length of the context. Download it again.`, {
			path,
		});
	if (raw.n_embd % raw.n_head !== 0)
		throw new AppError(
			"bad-file",
			`${path} has n_embd ${raw.n_embd}, which does not divide into n_head ${raw.n_head}. Download it again.`,
			{ path },
		);
	return {
		layers: raw.n_layer,
		heads: raw.n_head,
		width: raw.n_embd,
		innerWidth: raw.n_inner ?? 4 * raw.n_embd,
		vocabularySize: raw.vocab_size,
		contextLength,
		layerNormEpsilon: raw.layer_norm_epsilon,
		activation,
		tiedHead: raw.tie_word_embeddings,
	};
}

function readConfig(path: string, folder: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (cause) {
		if (!["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? ""))
			throw new AppError("bad-file", `${path} cannot be read (${(cause as Error).message}). Check its permissions.`, {
				path,
			});
		throw new AppError(
			"not-found",
			`${folder} is not a language model: it has no config.json. Give the folder of a Hugging Face GPT-2 model.`,
			{ path },
		);
	}
}
