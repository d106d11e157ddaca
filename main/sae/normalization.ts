import { add, div, mul, sqrt, sub } from "../onnx/elementwise.ts";
import { reduceMean, reduceSum } from "../onnx/reductions.ts";
import { floats, runOnce, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "./dictionary.ts";
import type { DictionaryConfig } from "./dictionary-config.ts";

/** What a dictionary does to a vector before encoding, and how it undoes that after decoding. */
export interface Normalised {
	/** `[…, dIn]`, centred and normalised. */
	readonly input: Value;
	/** The decoder's output back in the model's units. */
	restore(output: Value): Value;
	/** What one unit of the decoder's output is in the model's units, `[…, 1]`; absent means 1. */
	readonly scale?: Value;
}

/** The un-normalising factor of each token of `x [T, dIn]`, `[T]`. */
export async function measureScale(
	x: Float32Array,
	{ dIn, config }: Pick<Dictionary, "dIn" | "config">,
	session?: SessionOptions,
): Promise<Float32Array> {
	const { scale } = buildNormalised(input("x", ["T", dIn]), dIn, config);
	const tokens = x.length / dIn;
	if (!scale) return new Float32Array(tokens).fill(1);
	return floats(await runOnce({ scale }, { x: { data: x, dims: [tokens, dIn] } }, session), "scale");
}

const layerNormEpsilon = 1e-5;

/**
 * SAELens's `normalize_activations` over the last axis of `x [T, dIn]`, each token by its own statistics:
 * layer_norm: `(x − mean)/(std + 1e-5)` with the n − 1 deviation, undone by `·std + mean`;
 * constant_norm_rescale: `x·√d/‖x‖`, undone by its inverse.
 */
export function buildNormalised(x: Value, dIn: number, config: DictionaryConfig): Normalised {
	const offset = config.centred ? reduceMean(x, [-1]) : undefined;
	const centred = offset ? sub(x, offset) : x;
	const inner = buildScaled(centred, dIn, config);
	if (!offset) return inner;
	return { ...inner, restore: (output) => add(inner.restore(output), offset) };
}

function buildScaled(x: Value, dIn: number, { normalization }: DictionaryConfig): Normalised {
	switch (normalization) {
		case "none":
			return { input: x, restore: (output) => output };
		case "layer_norm": {
			const mean = reduceMean(x, [-1]);
			const deviations = sub(x, mean);
			const std = sqrt(mul(reduceSum(mul(deviations, deviations), [-1]), 1 / (dIn - 1)));
			return {
				input: div(deviations, add(std, layerNormEpsilon)),
				restore: (output) => add(mul(output, std), mean),
				scale: std,
			};
		}
		case "constant_norm_rescale": {
			const scale = mul(sqrt(reduceSum(mul(x, x), [-1])), 1 / Math.sqrt(dIn));
			return { input: div(x, scale), restore: (output) => mul(output, scale), scale };
		}
	}
}
