import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "#shared/errors";

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
	readonly tiedHead: boolean;
}

const count = z.number().int().positive();
const schema = z.object({
	model_type: z.string().optional(),
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
});

const activations: Readonly<Record<string, Gpt2Config["activation"]>> = {
	gelu_new: "gelu_tanh",
	gelu_pytorch_tanh: "gelu_tanh",
	gelu: "gelu_erf",
	relu: "relu",
};

/** Reads `config.json`. Throws `not-found`, `bad-file`, or `unsupported` for models that are not GPT-2. */
export function loadGpt2Config(folder: string): Gpt2Config {
	const path = join(folder, "config.json");
	const raw = parseConfig(readConfig(path, folder), path);
	const unsupported = (what: string) =>
		new AppError("unsupported", `${path} describes ${what}, which is not GPT-2 as this program knows it. Choose a GPT-2 model.`, { path });
	if (raw.model_type !== undefined && raw.model_type !== "gpt2") throw unsupported(`a model of type ${raw.model_type}`);
	if (!raw.scale_attn_weights || raw.scale_attn_by_inverse_layer_idx) throw unsupported("attention with another scale");
	const activation = activations[raw.activation_function];
	if (!activation) throw unsupported(`the activation function ${raw.activation_function}`);
	const contextLength = raw.n_positions ?? raw.n_ctx;
	if (contextLength === undefined) throw new AppError("bad-file", `${path} lacks n_positions. Download it again.`, { path });
	if (raw.n_embd % raw.n_head !== 0)
		throw new AppError("bad-file", `${path}: n_embd ${raw.n_embd} does not divide into ${raw.n_head} heads. Download it again.`, { path });
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
	} catch {
		throw new AppError("not-found", `${folder} is not a model: it has no readable config.json. Give the folder of a Hugging Face GPT-2 model.`, { path });
	}
}

function parseConfig(text: string, path: string) {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		throw new AppError("bad-file", `${path} is not JSON. Download it again.`, { path });
	}
	const parsed = schema.safeParse(json);
	if (parsed.success) return parsed.data;
	const issue = parsed.error.issues[0];
	throw new AppError("bad-file", `${path} does not describe a GPT-2 model: ${issue?.path.join(".")}: ${issue?.message}. Choose another folder.`, { path });
}
