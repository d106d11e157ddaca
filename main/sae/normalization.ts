import { isNormalised } from "#shared/site";
import { add, div, mul, sqrt, sub } from "../onnx/elementwise.ts";
import { reduceMean, reduceSum } from "../onnx/reductions.ts";
import { floats, runOnce, type SessionOptions } from "../onnx/session.ts";
import { constant, input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "./dictionary.ts";
import type { DictionaryConfig } from "./dictionary-config.ts";

/** What a dictionary does to a vector before encoding, and how it undoes that after decoding. */
export interface Normalised {
	/** `[…, dIn]`, as the dictionary was trained to see it. */
	readonly input: Value;
	/** The decoder's output back in the model's units. */
	restore(output: Value): Value;
	/** What one unit of the decoder's output is in the model's units, `[…, 1]`; absent means `factor` everywhere. */
	readonly scale?: Value;
	readonly factor: number;
}

/** The un-normalising factor of each token of `x [T, dIn]`, `[T]`. */
export async function measureScale(
	x: Float32Array,
	dictionary: Dictionary,
	session?: SessionOptions,
): Promise<Float32Array> {
	const { dIn } = dictionary;
	const { scale, factor } = buildNormalised(input("x", ["T", dIn]), dictionary);
	const tokens = x.length / dIn;
	if (!scale) return new Float32Array(tokens).fill(factor);
	return floats(await runOnce({ scale }, { x: { data: x, dims: [tokens, dIn] } }, session), "scale");
}

const layerNormEpsilon = 1e-5;

/**
 * First the dictionary's rule of reading (`reading-rule.ts`): value biases or the mean over the width are taken off, and put
 * back behind; of normalised streams, whose mean is zero, it is kept off what comes out. Then
 * SAELens's `normalize_activations` over the last axis of `x [T, dIn]`, each token by its own statistics:
 * layer_norm: `(x − mean)/(std + 1e-5)` with the n − 1 deviation, undone by `·std + mean`;
 * constant_norm_rescale: `x·√d/‖x‖`, undone by its inverse;
 * expected_average_only_in: `x·f` with one factor for all tokens, undone by its inverse.
 */
export function buildNormalised(x: Value, dictionary: Dictionary): Normalised {
	const { dIn, config, rule, offset: constants } = dictionary;
	if (writesWithoutMean(dictionary)) {
		const inner = buildScaled(x, dIn, config, rule.normFactor.value ?? 1);
		return { ...inner, restore: (output) => withoutMean(inner.restore(output)) };
	}
	const offset = constants ? constant(constants) : rule.centred.value ? reduceMean(x, [-1]) : undefined;
	const centred = offset ? sub(x, offset) : x;
	const inner = buildScaled(centred, dIn, config, rule.normFactor.value ?? 1);
	if (!offset) return inner;
	return { ...inner, restore: (output) => add(inner.restore(output), offset) };
}

/**
 * TransformerLens's `fold_ln` takes the mean over the width out of the weights behind a norm, so that what is written there
 * has no effect along it. The model here has its own weights: the mean is taken off what a dictionary writes instead.
 */
export function writesWithoutMean({ rule, site }: Pick<Dictionary, "rule" | "site">): boolean {
	return rule.centred.value && isNormalised(site);
}

export const withoutMean = (x: Value): Value => sub(x, reduceMean(x, [-1]));

function buildScaled(x: Value, dIn: number, { normalization }: DictionaryConfig, norm: number): Normalised {
	const factor = 1 / norm;
	switch (normalization) {
		case "none":
			if (norm === 1) return { input: x, restore: (output) => output, factor };
			return { input: mul(x, norm), restore: (output) => mul(output, factor), factor };
		case "layer_norm": {
			const mean = reduceMean(x, [-1]);
			const deviations = sub(x, mean);
			const std = sqrt(mul(reduceSum(mul(deviations, deviations), [-1]), 1 / (dIn - 1)));
			return {
				input: div(deviations, add(std, layerNormEpsilon)),
				restore: (output) => add(mul(output, std), mean),
				scale: std,
				factor,
			};
		}
		case "constant_norm_rescale": {
			const scale = mul(sqrt(reduceSum(mul(x, x), [-1])), 1 / Math.sqrt(dIn));
			return { input: div(x, scale), restore: (output) => mul(output, scale), scale, factor };
		}
	}
}
