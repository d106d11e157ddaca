import type { Work } from "#shared/forecast";
import type { Gpt2Config } from "../../model/gpt2-config.ts";

/** A part of a run between two steps of its progress. */
export interface Phase {
	/** How many of the run's steps, as its progress counts them. */
	readonly steps: number;
	readonly work: Work;
}

/** What a run keeps in memory, in bytes. */
export interface MemoryDemand {
	/** Weights of the model that are mapped and read, and copies of them where many runs repay it. */
	readonly weights: number;
	/** Of them what is mapped while encoders are; all of them if absent. */
	readonly beside?: number;
	/** Of them what even a run of one layer maps. */
	readonly leastWeights?: number;
	/** Encoders: all that would stay loaded, and the largest, which has to. */
	readonly encoders: number;
	readonly largestEncoder: number;
	/** What a run of a single row takes, and how many rows there would be at once. */
	readonly row: number;
	readonly rows: number;
	/** Activations, gradients, active features and results that stay until the end. */
	readonly held: number;
}

export interface Demand {
	readonly phases: readonly Phase[];
	readonly memory: MemoryDemand;
}

const none: Work = { products: 0, attention: 0, read: 0, loaded: 0, steps: 0, entries: 0 };
const kinds = Object.keys(none) as readonly (keyof Work)[];

/** Sum; what a part does not name is none. */
export function addWork(...parts: readonly Partial<Work>[]): Work {
	const sum = { ...none };
	for (const part of parts) for (const kind of kinds) sum[kind] += part[kind] ?? 0;
	return sum;
}

export function timesWork(factor: number, work: Partial<Work>): Work {
	const product = { ...none };
	for (const kind of kinds) product[kind] = factor * (work[kind] ?? 0);
	return product;
}

export const sumOf = <T>(items: readonly T[], numberOf: (item: T) => number): number =>
	items.reduce((total, item) => total + numberOf(item), 0);

/** Operators of a layer, forward and backward, as the graphs of `model/gpt2-graph.ts` have them. */
const [forwardOperators, backwardOperators] = [27, 52];
/** Operators of an encoder, and of all of a dictionary spliced in. */
export const [encoderOperators, spliceOperators] = [6, 14];

export type ModelSize = Pick<Gpt2Config, "layers" | "heads" | "width" | "innerWidth" | "vocabularySize">;

/** Numbers of a layer's weights in its attention and in its MLP. */
export const attentionWeights = ({ width }: ModelSize): number => 4 * width * width;
export const mlpWeights = ({ width, innerWidth }: ModelSize): number => 2 * width * innerWidth;

/** Bytes of the weights that a run over all layers reads. */
export const weightBytes = (model: ModelSize): number =>
	4 * (model.layers * (attentionWeights(model) + mlpWeights(model)) + model.vocabularySize * model.width);

/** A copy of weights that is rearranged for many runs costs as much as reading them so many times. */
export const copyReads = 10;

export interface Pass {
	readonly tokens: number;
	readonly rows?: number;
	readonly layers?: number;
	/** Positions and rows whose logits over the whole vocabulary are wanted. */
	readonly logits?: number;
	/** Also what is differentiated: as many products again, and twice the attention. */
	readonly backward?: boolean;
	/** Positions that attention looks at; as many as there are tokens if absent. */
	readonly keys?: number;
}

/** A product of n weights costs 2n for each token; attention 4 · width for each pair of positions. Loading apart. */
export function passWork(model: ModelSize, pass: Pass): Work {
	const { tokens, rows = 1, layers = model.layers, logits = 0, backward = false, keys = tokens } = pass;
	const directions = backward ? 2 : 1;
	const perToken = 2 * layers * (attentionWeights(model) + mlpWeights(model));
	return addWork({
		products: directions * (rows * tokens * perToken + 2 * model.vocabularySize * model.width * logits),
		attention: (backward ? 3 : 1) * 4 * model.width * layers * rows * tokens * keys,
		steps: passOperators(layers, backward),
	});
}

export const passOperators = (layers: number, backward = false): number =>
	layers * (forwardOperators + (backward ? backwardOperators : 0)) + 6;

/** Bytes of one row of a pass at its widest: scores of two layers, the MLP's inside, logits. */
export const rowBytes = ({ heads, innerWidth, width, vocabularySize }: ModelSize, tokens: number, logits = 0): number =>
	4 * (tokens * (2 * heads * tokens + 2 * innerWidth + 8 * width) + vocabularySize * logits);

export interface DictionarySize {
	readonly dIn: number;
	readonly dSae: number;
	/** Of topk. */
	readonly k?: number;
}

/** Active features of a token where the dictionary does not say. */
const usualActive = 64;
export const activeOf = ({ k, dSae }: DictionarySize): number => Math.min(k ?? usualActive, dSae);

/** Features that are active somewhere on so many tokens: most of them return at other positions. */
export const distinctOf = (dictionary: DictionarySize, tokens: number): number =>
	Math.min(dictionary.dSae, Math.ceil(activeOf(dictionary) * (tokens + 1) * 0.4));

export const encoderBytes = ({ dIn, dSae }: DictionarySize): number => 4 * dIn * dSae;

/** Encoding `tokens` positions once the encoder lies in memory, where it is read once. */
export function encodeWork(dictionary: DictionarySize, tokens: number): Work {
	return addWork({
		products: 2 * dictionary.dIn * dictionary.dSae * tokens,
		read: encoderBytes(dictionary),
		steps: encoderOperators,
		entries: tokens * (dictionary.k === undefined ? dictionary.dSae : 2 * dictionary.k),
	});
}

/** Encoders of a run: what would stay loaded and what has to. */
export function encoderDemand(
	dictionaries: readonly DictionarySize[],
): Pick<MemoryDemand, "encoders" | "largestEncoder"> {
	const bytes = dictionaries.map(encoderBytes);
	return { encoders: sumOf(bytes, (one) => one), largestEncoder: Math.max(0, ...bytes) };
}
