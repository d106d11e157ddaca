import { z } from "zod";
import { AppError } from "#shared/errors";
import type { Site } from "#shared/site";
import { parseJson } from "../model/json-file.ts";
import { parseHook } from "./hook-site.ts";

/** How a dictionary encodes and decodes: the rules of its `cfg.json`, old or new. */
export interface DictionaryConfig {
	readonly architecture: "standard" | "topk" | "jumprelu" | "gated";
	/** Features kept at each position; topk only. */
	readonly k?: number;
	readonly site: Site;
	/** The hook as the file names it, e.g. `blocks.3.hook_resid_pre`. */
	readonly hookName: string;
	readonly normalization: "none" | "layer_norm" | "constant_norm_rescale";
	readonly applyDecoderBiasToInput: boolean;
	/** Trained on a stream whose mean over its width is zero: the mean is taken off before and put back behind. */
	readonly centred: boolean;
	readonly prependBos: boolean;
	readonly finetuningScaling: boolean;
	/** Activations are multiplied by their decoder row's norm before the k largest are chosen. */
	readonly rescaleByDecoderNorm: boolean;
	readonly dIn?: number;
	readonly dSae?: number;
	readonly contextSize?: number;
	readonly modelName?: string;
	readonly neuronpediaId?: string;
}

const number = z.number().int().positive();
const text = z.string().nullish();
const flag = z.boolean().nullish();
const fields = z.object({
	architecture: text,
	activation_fn: text,
	activation_fn_str: text,
	activation_fn_kwargs: z.object({ k: number.optional() }).nullish(),
	k: number.nullish(),
	d_in: number.nullish(),
	d_sae: number.nullish(),
	hook_name: text,
	hook_point: text,
	apply_b_dec_to_input: flag,
	normalize_activations: z.union([z.string(), z.boolean()]).nullish(),
	finetuning_scaling_factor: flag,
	rescale_acts_by_decoder_norm: flag,
	prepend_bos: flag,
	context_size: number.nullish(),
	model_name: text,
	neuronpedia_id: text,
	model_from_pretrained_kwargs: z.object({ center_writing_weights: flag }).nullish(),
	sae_lens_version: text,
});
const schema = fields.extend({ metadata: fields.partial().nullish() });

/** Reads the text of a `cfg.json` in `folder`. Throws `bad-file` or `unsupported`, naming the field. */
export function parseDictionaryConfig(json: string, folder: string): DictionaryConfig {
	const path = `${folder}/cfg.json`;
	const raw = readFields(json, path);
	const hookName = raw.hook_name ?? raw.hook_point;
	if (!hookName)
		throw new AppError(
			"bad-file",
			`${path} does not say at which hook the dictionary sits (hook_name). Download it again.`,
			{ path },
		);
	const activation = raw.activation_fn ?? raw.activation_fn_str ?? "relu";
	const k = raw.k ?? raw.activation_fn_kwargs?.k;
	const architecture = readArchitecture(raw.architecture ?? "standard", activation, path);
	if (architecture === "topk" && k === undefined)
		throw new AppError("bad-file", `${path} describes a topk dictionary without k. Download it again.`, { path });
	const centring = raw.model_from_pretrained_kwargs?.center_writing_weights;
	return {
		architecture,
		...(architecture === "topk" && k !== undefined && { k }),
		site: parseHook(hookName, path),
		hookName,
		normalization: readNormalization(raw.normalize_activations, path),
		applyDecoderBiasToInput: raw.apply_b_dec_to_input ?? true,
		centred: centring ?? isResJb(raw, hookName, folder),
		prependBos: raw.prepend_bos ?? true,
		finetuningScaling: raw.finetuning_scaling_factor ?? false,
		rescaleByDecoderNorm: architecture === "topk" && (raw.rescale_acts_by_decoder_norm ?? false),
		...present("dIn", raw.d_in),
		...present("dSae", raw.d_sae),
		...present("contextSize", raw.context_size),
		...present("modelName", raw.model_name),
		...present("neuronpediaId", raw.neuronpedia_id),
	};
}

function present<K extends string, V>(key: K, value: V | null | undefined): { readonly [P in K]?: V } {
	return (value === null || value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}

/** Fields of version 6 lie partly under `metadata`; the outer ones win. */
function readFields(json: string, path: string) {
	const result = schema.safeParse(parseJson(json, path));
	if (!result.success) {
		const issue = result.error.issues[0];
		throw new AppError(
			"bad-file",
			`${path} does not describe a dictionary: ${issue?.path.join(".")}: ${issue?.message}. Download it again.`,
			{ path },
		);
	}
	const { metadata, ...outer } = result.data;
	const known = Object.fromEntries(Object.entries(outer).filter(([, value]) => value !== null && value !== undefined));
	return { ...metadata, ...known } as z.infer<typeof fields>;
}

function readArchitecture(architecture: string, activation: string, path: string): DictionaryConfig["architecture"] {
	switch (architecture.toLowerCase()) {
		case "standard":
			return activation.toLowerCase() === "topk" ? "topk" : "standard";
		case "topk":
			return "topk";
		// At inference a batch-topk dictionary is a jumprelu one with the threshold that it has learnt.
		case "jumprelu":
		case "batchtopk":
			return "jumprelu";
		case "gated":
			return "gated";
		default:
			throw new AppError(
				"unsupported",
				`${path} describes a dictionary of the kind "${architecture}". Known are standard, topk, batchtopk, jumprelu and gated; choose one of those.`,
				{ path, architecture },
			);
	}
}

function readNormalization(
	value: string | boolean | null | undefined,
	path: string,
): DictionaryConfig["normalization"] {
	switch (value) {
		case undefined:
		case null:
		case "none":
		// Its scale has been folded into the weights; a boolean is how old files wrote it.
		case "expected_average_only_in":
		case true:
		case false:
			return "none";
		case "layer_norm":
		case "constant_norm_rescale":
			return value;
		default:
			throw new AppError(
				"unsupported",
				`${path} asks for the normalisation "${value}". Known are none, layer_norm, expected_average_only_in and constant_norm_rescale.`,
				{ path, value },
			);
	}
}

/** The res-jb release needs centring and its files do not say so; they are known by their name or by their shape. */
function isResJb(raw: z.infer<typeof fields>, hook: string, folder: string): boolean {
	if (raw.neuronpedia_id?.includes("res-jb")) return true;
	if (/res-jb|GPT2-Small-SAEs-Reformatted/i.test(folder)) return true;
	const legacy = !raw.sae_lens_version && raw.architecture === undefined;
	const place = /hook_resid_pre$/.test(hook) || hook === "blocks.11.hook_resid_post";
	return legacy && place && raw.d_in === 768 && raw.d_sae === 24_576;
}
