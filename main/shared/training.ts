import { z } from "zod";
import { bos, column, count, id, modelFields, text } from "./request-fields.ts";
import { providerChoice } from "./trace-request.ts";

export const trainedKinds = ["topk", "standard"] as const;

/** Everything that decides a dictionary that is trained here. */
export const trainingRequest = z.object({
	modelDir: text,
	/** Where it sits, as `resid_2`, `mlp_0`, `attn_3`, `mid_1`, `z_1`. */
	site: id,
	corpus: text,
	column,
	bos,
	/** Tokens of a sequence. */
	maxLength: count,
	/** `topk`: the k largest, with the auxiliary loss for dead features; `standard`: ReLU with an L1 penalty. */
	kind: z.enum(trainedKinds),
	features: count,
	/** Of topk. */
	k: count,
	/** Of standard: weight of `Σ a / d` beside the mean square error, both of activations scaled to a mean square of 1. */
	l1: z.number().min(0),
	rate: z.number().gt(0),
	steps: count,
	/** Activations a step. */
	batch: count,
	seed: z.number().int(),
	/** Folder that gets `cfg.json` and the weights; a run that was stopped goes on from what lies there. */
	output: text,
	provider: providerChoice,
});
export type TrainingRequest = Readonly<z.infer<typeof trainingRequest>>;

/** Figures of one moment, over the last few steps. */
export interface TrainingPoint {
	readonly step: number;
	readonly loss: number;
	/** Mean number of active features. */
	readonly l0: number;
	/** `1 − Σ‖x − x̂‖² / Σ‖x − mean‖²`. */
	readonly explained: number;
	/** Share of features that have not fired for a while. */
	readonly dead: number;
}

export interface TrainingResult {
	readonly output: string;
	readonly steps: number;
	readonly points: readonly TrainingPoint[];
	readonly quality: DictionaryQuality;
	readonly seconds: number;
	readonly resumedAt: number;
	readonly notes: readonly string[];
}

/** A dictionary measured on text. */
export interface DictionaryQuality {
	readonly dir: string;
	readonly name: string;
	readonly site: string;
	readonly kind: string;
	readonly features: number;
	readonly l0: number;
	readonly explained: number;
	/** Share of features that no token of the text activates. */
	readonly dead: number;
	/** Nats a prediction: the model as it is, with the reconstruction in the site's place, with zeros there. */
	readonly loss: number;
	readonly splicedLoss: number;
	readonly zeroLoss: number;
	/** `(zero − spliced) / (zero − as it is)`. */
	readonly recovered: number;
	readonly tokens: number;
}

/** Dictionaries side by side, and what was amiss in the text. */
export interface QualityComparison {
	readonly qualities: readonly DictionaryQuality[];
	readonly notes: readonly string[];
}

/** Dictionaries to be measured side by side on the same text. */
export const qualityRequest = z.object({
	...modelFields,
	bos: z.exactOptional(bos),
	corpus: text,
	column,
	sequences: count,
	maxLength: count,
	provider: providerChoice,
});
export type QualityRequest = Readonly<z.infer<typeof qualityRequest>>;
