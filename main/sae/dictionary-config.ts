import { z } from "zod";
import type { ValueBiases } from "#shared/conventions";
import { AppError } from "#shared/errors";
import { isNormalised, type Site } from "#shared/site";
import { parseJson } from "../model/json-file.ts";
import { parseHook } from "./hook-site.ts";

/** How a dictionary encodes and decodes: the rules of its `cfg.json`, old or new. */
export interface DictionaryConfig {
	/** `abstopk` keeps the k largest by size, `groupmax` the largest of each of k groups of neighbours. */
	readonly architecture: "standard" | "topk" | "abstopk" | "groupmax" | "jumprelu" | "gated";
	/** Features kept at each position; only of kinds that choose. */
	readonly k?: number;
	/** What is chosen keeps its sign; else it is rectified. */
	readonly signed?: true;
	readonly site: Site;
	/** The hook as the file names it, e.g. `blocks.3.hook_resid_pre`. */
	readonly hookName: string;
	readonly normalization: "none" | "layer_norm" | "constant_norm_rescale";
	/** Trained on activations times a factor that is not folded into the weights (`expected_average_only_in`). */
	readonly needsNormFactor?: boolean;
	/** That factor, where the files say it. */
	readonly normFactor?: number;
	readonly applyDecoderBiasToInput: boolean;
	/**
	 * Trained on a stream whose mean over its width is zero (`center_writing_weights`), or on a normalised one of which
	 * nobody reads the mean (`fold_ln`); absent where the files are silent.
	 */
	readonly centred?: boolean;
	/** Whether heads were seen without their value biases (`fold_value_biases`); absent where the files are silent. */
	readonly valueBiases?: ValueBiases;
	/** Whether the files say that `<|endoftext|>` goes before the text; absent where they are silent. */
	readonly prependBos?: boolean;
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
/** A mean where a whole batch shares it. */
const amount = z.number().positive();
const text = z.string().nullish();
const flag = z.boolean().nullish();
/** What SAELens hands to TransformerLens's `from_pretrained_no_processing`, which does none of these unless told to. */
const processing = z.object({
	center_writing_weights: flag,
	fold_value_biases: flag,
	fold_ln: flag,
	refactor_factored_attn_matrices: flag,
});
const fields = z.object({
	architecture: text,
	activation_fn: text,
	activation_fn_str: text,
	activation_fn_kwargs: z.object({ k: amount.optional() }).nullish(),
	k: amount.nullish(),
	d_in: number.nullish(),
	d_sae: number.nullish(),
	hook_name: text,
	hook_point: text,
	hook_name_out: text,
	hook_head_index: z.number().int().min(0).nullish(),
	hook_point_head_index: z.number().int().min(0).nullish(),
	apply_b_dec_to_input: flag,
	normalize_activations: z.union([z.string(), z.boolean()]).nullish(),
	finetuning_scaling_factor: flag,
	rescale_acts_by_decoder_norm: flag,
	prepend_bos: flag,
	context_size: number.nullish(),
	model_name: text,
	neuronpedia_id: text,
	model_from_pretrained_kwargs: processing.nullish(),
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
	const architecture = readArchitecture(raw, path);
	const k = chooses(architecture) ? (raw.k ?? raw.activation_fn_kwargs?.k) : undefined;
	if (chooses(architecture) && !Number.isInteger(k))
		throw new AppError(
			"bad-file",
			`${path} describes a ${architecture} dictionary ${k === undefined ? "without k" : `with k = ${k}, which is no whole number`}. Download it again.`,
			{ path },
		);
	const model = raw.model_from_pretrained_kwargs;
	const site = parseHook(hookName, path, raw.hook_head_index ?? raw.hook_point_head_index ?? undefined);
	return {
		architecture,
		...(k !== undefined && { k }),
		...(architecture === "abstopk" && { signed: true }),
		site,
		hookName,
		normalization: readNormalization(raw.normalize_activations, path),
		applyDecoderBiasToInput: raw.apply_b_dec_to_input ?? true,
		...readScale(raw.normalize_activations),
		...present("centred", isNormalised(site) ? model?.fold_ln : model?.center_writing_weights),
		...present("valueBiases", readValueBiases(model, hookName, path)),
		...present("prependBos", raw.prepend_bos),
		finetuningScaling: raw.finetuning_scaling_factor ?? false,
		rescaleByDecoderNorm: chooses(architecture) && (raw.rescale_acts_by_decoder_norm ?? false),
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

type Architecture = DictionaryConfig["architecture"];

const chooses = (architecture: Architecture) => architecture === "topk" || architecture === "abstopk";

function readArchitecture(raw: z.infer<typeof fields>, path: string): Architecture {
	const named = (raw.architecture ?? "standard").toLowerCase();
	if (raw.hook_name_out || named.includes("transcoder"))
		throw new AppError(
			"unsupported",
			`${path} describes a transcoder of SAELens; its input and output are different places. This version reads dictionaries that encode and decode one place.`,
			{ path, architecture: named },
		);
	const architecture = architectures.get(named);
	if (!architecture)
		throw new AppError(
			"unsupported",
			`${path} describes a dictionary of the kind "${raw.architecture}". Known are ${[...architectures.keys()].join(", ")}; choose one of those.`,
			{ path, architecture: named },
		);
	const activation = (raw.activation_fn ?? raw.activation_fn_str ?? "relu").toLowerCase();
	if (activation === "relu" || activation === named) return architecture;
	if (activation === "topk" && (architecture === "standard" || architecture === "topk")) return "topk";
	throw new AppError(
		"unsupported",
		`${path} asks for the activation function "${activation}" in a ${named} dictionary. Known are relu, and topk where the kind is standard or topk.`,
		{ path, activation },
	);
}

/** At inference a batch-topk dictionary is a jumprelu one with the threshold that it has learnt. */
const architectures = new Map<string, Architecture>([
	["standard", "standard"],
	["topk", "topk"],
	["abstopk", "abstopk"],
	["batchtopk", "jumprelu"],
	["matryoshka_batchtopk", "jumprelu"],
	["jumprelu", "jumprelu"],
	["gated", "gated"],
]);

/** The rules of a format that asks for nothing special, at a hook; `path` is the file that names it. */
export function plainConfig(hookName: string, path: string): DictionaryConfig {
	return {
		architecture: "standard",
		site: parseHook(hookName, path),
		hookName,
		normalization: "none",
		applyDecoderBiasToInput: true,
		finetuningScaling: false,
		rescaleByDecoderNorm: false,
	};
}

function readNormalization(
	value: string | boolean | null | undefined,
	path: string,
): DictionaryConfig["normalization"] {
	switch (value) {
		case undefined:
		case null:
		case "none":
		// Its factor is a matter of how the dictionary is read (`needsNormFactor`); a boolean is how old files wrote it.
		case "expected_average_only_in":
		case true:
		case false:
			return "none";
		case "layer_norm":
		case "constant_norm_rescale":
			return value;
		case "covariance_whitening":
			throw new AppError(
				"unsupported",
				`${path} is of a SAELens training whose whitening is not folded into the weights yet. Export it in Python with save_inference_model(), and give that folder.`,
				{ path, value },
			);
		default:
			throw new AppError(
				"unsupported",
				`${path} asks for the normalisation "${value}". Known are none, layer_norm, expected_average_only_in and constant_norm_rescale.`,
				{ path, value },
			);
	}
}

/** A boolean is how old files wrote it: true means the same as the name. */
function readScale(value: string | boolean | null | undefined): Pick<DictionaryConfig, "needsNormFactor"> {
	return value === true || value === "expected_average_only_in" ? { needsNormFactor: true } : {};
}

function readValueBiases(
	model: z.infer<typeof processing> | null | undefined,
	hook: string,
	path: string,
): ValueBiases | undefined {
	if (model?.refactor_factored_attn_matrices && hook.endsWith("hook_z"))
		throw new AppError(
			"unsupported",
			`${path} describes a dictionary of heads in another basis (refactor_factored_attn_matrices). Choose one that was trained without it.`,
			{ path },
		);
	const folds = model?.fold_value_biases;
	if (folds === null || folds === undefined) return undefined;
	return folds ? (model?.fold_ln ? "folded" : "folded-without-norm") : "kept";
}
