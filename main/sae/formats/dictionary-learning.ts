import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { AppError } from "#shared/errors";
import { loadTorchFile } from "../../model/torch-file.ts";
import { type DictionaryConfig, plainConfig } from "../dictionary-config.ts";
import { measureRowNormsOnce, orient, type StoredMatrix } from "../stored-matrix.ts";
import { checkChoice } from "./check-sizes.ts";
import type { DictionaryFormat, DictionaryVectors, OpenDictionary } from "./dictionary-format.ts";
import { nameLearntHook } from "./dictionary-learning-hook.ts";
import { DictionaryTensors } from "./dictionary-tensors.ts";
import { readConfig } from "./read-config.ts";

/** The package dictionary_learning: `ae.pt` and `config.json`. */
export const dictionaryLearning: DictionaryFormat = {
	name: "dictionary_learning",
	find: (folder, names) => (names.has("ae.pt") ? [folder] : []),
	open: openLearnt,
};

const count = z.number().int().positive();
const schema = z.object({
	trainer: z.object({
		dict_class: z.string(),
		activation_dim: count.nullish(),
		dict_size: count.nullish(),
		k: count.nullish(),
		layer: z.number().int().nullish(),
		lm_name: z.string().nullish(),
		submodule_name: z.string().nullish(),
	}),
	buffer: z.object({ io: z.string().nullish(), ctx_len: count.nullish() }).nullish(),
});

/** What its classes are called, and the names of their tensors. */
interface LearntClass {
	readonly architecture: DictionaryConfig["architecture"];
	/** Linear layers hold `[out, in]`, parameters `[in, out]`. */
	readonly linear: boolean;
	readonly decoderBias: string;
	readonly encoderBias: string;
	readonly rules?: Partial<DictionaryConfig>;
}

const linear = { linear: true, encoderBias: "encoder.bias", decoderBias: "b_dec" };
const parameters = { linear: false, encoderBias: "b_enc", decoderBias: "b_dec" };
const classes: Readonly<Record<string, LearntClass>> = {
	// As it is loaded, activations are those of a decoder with rows of norm 1.
	AutoEncoder: { ...linear, architecture: "standard", decoderBias: "bias", rules: { rescaleByDecoderNorm: true } },
	AutoEncoderNew: {
		...linear,
		architecture: "standard",
		decoderBias: "decoder.bias",
		rules: { applyDecoderBiasToInput: false },
	},
	GatedAutoEncoder: { ...linear, architecture: "gated", encoderBias: "mag_bias", decoderBias: "decoder_bias" },
	JumpReluAutoEncoder: { ...parameters, architecture: "jumprelu", rules: { applyDecoderBiasToInput: false } },
	AutoEncoderTopK: { ...linear, architecture: "topk" },
	BatchTopKSAE: { ...linear, architecture: "jumprelu" },
	MatryoshkaBatchTopKSAE: { ...parameters, architecture: "jumprelu" },
};

function openLearnt(folder: string): OpenDictionary {
	const configPath = join(folder, "config.json");
	const weightsPath = join(folder, "ae.pt");
	const { trainer, buffer } = readTrainer(configPath, folder);
	// Some wrote how Python shows the class: `<class 'dictionary_learning.dictionary.AutoEncoder'>`.
	const named = /(\w+)\W*$/.exec(trainer.dict_class)?.[1] ?? trainer.dict_class;
	const learnt = Object.hasOwn(classes, named) ? classes[named] : undefined;
	if (!learnt)
		throw new AppError(
			"unsupported",
			`${configPath} is of dictionary_learning and its class is "${trainer.dict_class}". Known are ${Object.keys(classes).join(", ")}; choose one of those.`,
			{ path: configPath, class: trainer.dict_class },
		);
	const stored = new DictionaryTensors(weightsPath, loadTorchFile(weightsPath).tensors, named, "config.json");
	const found = stored.find(learnt.linear ? "encoder.weight" : "W_enc").shape;
	const [first = 0, second = 0] = learnt.linear ? found.toReversed() : found;
	const [dIn, dSae] = [trainer.activation_dim ?? first, trainer.dict_size ?? second];
	const matrix = (name: string, rows: number, columns: number): StoredMatrix =>
		orient(stored.find(name, learnt.linear ? [columns, rows] : [rows, columns]), learnt.linear);
	const encoder = matrix(learnt.linear ? "encoder.weight" : "W_enc", dIn, dSae);
	const decoder = matrix(learnt.linear ? "decoder.weight" : "W_dec", dSae, dIn);
	if (learnt.architecture === "jumprelu" && !stored.look("threshold"))
		throw new AppError(
			"unsupported",
			`${weightsPath} is a ${named} of dictionary_learning without the threshold by which it chooses: it was saved before the package kept one. Load it there, set its threshold, and save its state_dict() again.`,
			{ path: weightsPath },
		);
	stored.refuseOthers([...tensorsOf(learnt), ...sparsity]);
	const hook = nameLearntHook(trainer, buffer?.io, configPath);
	const k = learnt.architecture === "topk" ? readK(stored, trainer.k, configPath) : undefined;
	const config: DictionaryConfig = {
		...plainConfig(hook, configPath),
		architecture: learnt.architecture,
		...learnt.rules,
		...(k !== undefined && { k }),
		...{ dIn, dSae },
		...(trainer.lm_name && { modelName: trainer.lm_name }),
		...(buffer?.ctx_len && { contextSize: buffer.ctx_len }),
	};
	checkChoice(config, dSae, configPath);
	return {
		name: `${basename(dirname(folder))}/${basename(folder)}`,
		...{ config, dIn, dSae, encoder, decoder },
		files: [configPath, weightsPath],
		readVectors: () => readVectors(stored, learnt, { config, dIn, dSae, decoder }),
	};
}

/** How many features are kept, and of Matryoshka in what groups they were trained: a threshold stands for both here. */
const sparsity = ["k", "group_sizes"];

function tensorsOf({ architecture, linear, encoderBias, decoderBias }: LearntClass): readonly string[] {
	return [
		...(linear ? ["encoder.weight", "decoder.weight"] : ["W_enc", "W_dec"]),
		...[encoderBias, decoderBias],
		...(architecture === "gated" ? ["gate_bias", "r_mag"] : []),
		// A topk one keeps one as well, for batches; it chooses by k.
		...(architecture === "jumprelu" || architecture === "topk" ? ["threshold"] : []),
	];
}

function readTrainer(path: string, folder: string): z.infer<typeof schema> {
	if (!existsSync(path))
		throw new AppError(
			"not-found",
			`${folder} holds the ae.pt of dictionary_learning without its config.json, which says of what kind it is and where it sits. Put that file beside it.`,
			{ path },
		);
	return readConfig(path, schema, "dictionary_learning", "Put the config.json beside ae.pt that was written with it.");
}

function readK(stored: DictionaryTensors, stated: number | null | undefined, path: string): number {
	const k = stored.look("k") ? stored.integer("k") : stated;
	if (k !== undefined && k !== null && (stated === undefined || stated === null || stated === k)) return k;
	throw new AppError(
		"mismatch",
		k === undefined || k === null
			? `${path} describes a topk dictionary without k. Put the config.json beside ae.pt that was written with it.`
			: `${path} keeps k = ${stated} features and ae.pt beside it ${k}. They are of different dictionaries.`,
		{ path },
	);
}

function readVectors(
	stored: DictionaryTensors,
	{ architecture, encoderBias, decoderBias }: LearntClass,
	{ config, dIn, dSae, decoder }: Pick<OpenDictionary, "config" | "dIn" | "dSae" | "decoder">,
): DictionaryVectors {
	return {
		encoderBias: stored.vector(encoderBias, dSae),
		decoderBias: stored.vector(decoderBias, dIn),
		...(architecture === "gated" && {
			gate: { bias: stored.vector("gate_bias", dSae), scale: stored.vector("r_mag", dSae).map(Math.exp) },
		}),
		...(architecture === "jumprelu" && { threshold: stored.spread("threshold", dSae) }),
		...(config.rescaleByDecoderNorm && { decoderNorms: measureRowNormsOnce(decoder, leaveUnit) }),
	};
}

/** What the package takes for norms of 1 (`torch.allclose`) it leaves alone. */
function leaveUnit(norms: Float32Array): Float32Array {
	return norms.every((norm) => Math.abs(norm - 1) <= 1.001e-5) ? new Float32Array(norms.length).fill(1) : norms;
}
