import type { TokenEffect } from "#shared/feature-facts";
import { mapTensor } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { StoredTensor } from "../model/safetensors.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { mul, neg, sub } from "../onnx/elementwise.ts";
import { matMul } from "../onnx/linear.ts";
import { reduceMean, topK } from "../onnx/reductions.ts";
import { floats, GraphSession, type Numbers } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { withoutMean, writesWithoutMean } from "../sae/normalization.ts";
import { readMatrixRows } from "../sae/stored-matrix.ts";

export interface LogitEffects {
	/** Strongest first. */
	readonly raises: readonly TokenEffect[];
	/** Most negative first. */
	readonly lowers: readonly TokenEffect[];
}

const featuresAtOnce = 256;
/** A decoder that lies transposed is read whole for any number of its rows, so many are read together. */
const rowsAtOnce = 16 * featuresAtOnce;

/**
 * Tokens that each feature raises and lowers most: `W_dec[f] · W_U`, centred over the vocabulary, without LNf's gain. What
 * heads and neurons write goes through their output matrix first; behind the final norm its gain belongs to the path.
 * Empty for what only attention or the MLP reads (`ln1`, `mlpin`, `ln2`): nothing of it is written to the stream.
 */
export async function measureLogitEffects(
	model: LanguageModel,
	tokenizer: Tokenizer,
	dictionary: Dictionary,
	features: readonly number[],
	count: number,
): Promise<ReadonlyMap<number, LogitEffects>> {
	const unembedding = model.tensors.get(model.config.tiedHead ? "wte.weight" : "lm_head.weight") as StoredTensor;
	const written = buildWritten(model, dictionary);
	if (!written) return new Map(features.map((feature) => [feature, { raises: [], lowers: [] }]));
	const logits = matMul(written, mapTensor(unembedding), { transB: true });
	const centred = sub(logits, reduceMean(logits, [-1]));
	const most = Math.min(count, model.config.vocabularySize);
	const [up, upTokens] = topK(centred, most);
	const [down, downTokens] = topK(neg(centred), most);
	const session = await GraphSession.load({ up, upTokens, down, downTokens });
	const effects = new Map<number, LogitEffects>();
	const sorted = features.toSorted((a, b) => a - b);
	const { dIn } = dictionary;
	let [read, readFrom]: [Float32Array, number] = [new Float32Array(0), 0];
	for (let first = 0; first < sorted.length; first += featuresAtOnce) {
		const batch = sorted.slice(first, first + featuresAtOnce);
		if (first % rowsAtOnce === 0) {
			read = readMatrixRows(dictionary.decoder, sorted.slice(first, first + rowsAtOnce));
			readFrom = first;
		}
		const data = read.subarray((first - readFrom) * dIn, (first - readFrom + batch.length) * dIn);
		const results = await session.run({ rows: { data, dims: [batch.length, dIn] } });
		const list = (values: string, tokens: string, row: number, sign: 1 | -1): readonly TokenEffect[] =>
			Array.from({ length: most }, (_, i) => ({
				token: tokenizer.tokenText(Number((results[tokens] as Numbers).data[row * most + i])),
				effect: sign * (floats(results, values)[row * most + i] as number),
			}));
		for (const [row, feature] of batch.entries())
			effects.set(feature, { raises: list("up", "upTokens", row, 1), lowers: list("down", "downTokens", row, -1) });
	}
	await session.dispose();
	return effects;
}

/** What the input `rows [F, dIn]` of a decoder write to the stream, `[F, width]`; behind the final norm what the logits read. */
function buildWritten({ tensors }: LanguageModel, dictionary: Dictionary): Value | undefined {
	const { site, dIn } = dictionary;
	const rows = input("rows", ["F", dIn]);
	const tensor = (name: string) => tensors.get(name) as StoredTensor;
	switch (site.kind) {
		case "ln1":
		case "mlpin":
		case "ln2":
			return undefined;
		case "z":
			return matMul(
				rows,
				mapTensor(pickRows(tensor(`h.${site.layer}.attn.c_proj.weight`), (site.head ?? 0) * dIn, dIn)),
			);
		case "post":
			return matMul(rows, mapTensor(tensor(`h.${site.layer}.mlp.c_proj.weight`)));
		case "lnf":
			return mul(writesWithoutMean(dictionary) ? withoutMean(rows) : rows, mapTensor(tensor("ln_f.weight")));
		default:
			return rows;
	}
}

/** Some neighbouring rows of a matrix as a matrix of its own, in the same file. */
function pickRows(matrix: StoredTensor, first: number, count: number): StoredTensor {
	const bytes = matrix.bytes / (matrix.shape[0] as number);
	return {
		...matrix,
		offset: matrix.offset + first * bytes,
		bytes: count * bytes,
		shape: [count, matrix.shape[1] as number],
	};
}
