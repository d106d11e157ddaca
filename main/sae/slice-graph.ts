import { add, mul, sub } from "../onnx/elementwise.ts";
import { matMul } from "../onnx/linear.ts";
import type { Numbers } from "../onnx/session.ts";
import { constant, input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "./dictionary.ts";
import type { DictionarySlice } from "./dictionary-slice.ts";
import { buildNormalised } from "./normalization.ts";

/** A dictionary on its active features, differentiable: which entries are active is given and held. */
export interface SliceGraph {
	/** Activations of the slice's features, `[T, n]`. */
	readonly activations: Value;
	/** `[T, dIn]`. */
	readonly reconstruction: Value;
	/** `x − x̂`, `[T, dIn]`. */
	readonly error: Value;
	/** Un-normalising factor `[T, 1]`; absent means `factor` everywhere. */
	readonly scale?: Value;
	readonly factor: number;
}

/** Inputs `encoder`, `encoder_bias`, `decoder` and `active` (`sliceFeeds`) have the slice's size as the symbol `F`. */
export function buildSliceGraph(x: Value, dictionary: Dictionary): SliceGraph {
	const { dIn, config, decoderBias } = dictionary;
	const { input: normalised, restore, scale, factor } = buildNormalised(x, dictionary);
	const shifted = config.applyDecoderBiasToInput ? sub(normalised, constant(decoderBias)) : normalised;
	const product = matMul(shifted, input("encoder", ["F", dIn]), { transB: true });
	const activations = mul(add(product, input("encoder_bias", ["F"])), input("active", ["T", "F"]));
	const reconstruction = restore(add(matMul(activations, input("decoder", ["F", dIn])), constant(decoderBias)));
	return { activations, reconstruction, error: sub(x, reconstruction), factor, ...(scale && { scale }) };
}

export function sliceFeeds(
	{ features, encoder, encoderBias, decoder }: DictionarySlice,
	dIn: number,
): Record<string, Numbers> {
	const n = features.length;
	return {
		encoder: { data: encoder, dims: [n, dIn] },
		encoder_bias: { data: encoderBias, dims: [n] },
		decoder: { data: decoder, dims: [n, dIn] },
	};
}
