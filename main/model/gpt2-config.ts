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
	readonly activation: "gelu_tanh" | "gelu_erf" | "relu" | "silu" | "quick_gelu";
	/** Whether the unembedding is the embedding. */
	readonly tiedHead: boolean;
	/** Attention scores are not divided by the root of the heads' width (`scale_attn_weights: false`). */
	readonly unscaledAttention?: boolean;
	/** Scores of layer `l` are divided by `l + 1` besides (`scale_attn_by_inverse_layer_idx`). */
	readonly attentionByLayer?: boolean;
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

/** By transformers' names; the four of tanh are one formula written differently. */
const activations = new Map<string, Gpt2Config["activation"]>([
	["gelu_new", "gelu_tanh"],
	["gelu_pytorch_tanh", "gelu_tanh"],
	["gelu_python_tanh", "gelu_tanh"],
	["gelu_fast", "gelu_tanh"],
	["gelu_accurate", "gelu_tanh"],
	["gelu", "gelu_erf"],
	["gelu_python", "gelu_erf"],
	["relu", "relu"],
	["silu", "silu"],
	["swish", "silu"],
	["quick_gelu", "quick_gelu"],
]);

/** The names that all of transformers' models share, by GPT-2's. */
const generalNames = {
	n_layer: "num_hidden_layers",
	n_head: "num_attention_heads",
	n_embd: "hidden_size",
	n_inner: "intermediate_size",
	n_positions: "max_position_embeddings",
} as const;

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
	const config = schema.safeParse(joinNames(raw, path));
	if (!config.success) {
		const issue = config.error.issues[0];
		throw new AppError(
			"bad-file",
			`${path} does not describe a GPT-2 model: ${describePlace(issue?.path[0])}: ${issue?.message}. Download it again or choose another folder.`,
			{ path },
		);
	}
	return buildConfig(config.data, path, unsupported);
}

/** A setting under whichever of its two names it stands. Throws `mismatch` where they differ. */
function joinNames(raw: Record<string, unknown>, path: string): Record<string, unknown> {
	const joined = { ...raw };
	for (const [name, general] of Object.entries(generalNames)) {
		const [own, other] = [raw[name] ?? undefined, raw[general] ?? undefined];
		if (own !== undefined && other !== undefined && own !== other)
			throw new AppError(
				"mismatch",
				`${path} gives ${name} as ${JSON.stringify(own)} and ${general} as ${JSON.stringify(other)}, and both mean the same. Keep the one that is right.`,
				{ path, name, general },
			);
		joined[name] = own ?? other;
	}
	return joined;
}

function buildConfig(raw: z.infer<typeof schema>, path: string, unsupported: (what: string) => AppError): Gpt2Config {
	if (raw.add_cross_attention) throw unsupported("a decoder with cross-attention (add_cross_attention)");
	const activation = activations.get(raw.activation_function);
	if (!activation)
		throw new AppError(
			"unsupported",
			`${path} names the activation function "${raw.activation_function}", which this program does not know. It knows ${[...activations.keys()].join(", ")}.`,
			{ path, activation: raw.activation_function },
		);
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
		...(raw.scale_attn_weights ? {} : { unscaledAttention: true }),
		...(raw.scale_attn_by_inverse_layer_idx && { attentionByLayer: true }),
	};
}

function describePlace(name: PropertyKey | undefined): string {
	const general = generalNames[name as keyof typeof generalNames] as string | undefined;
	return general === undefined ? String(name) : `${String(name)} (or ${general})`;
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
