import { add, div, greater, mul, relu, sub, toFloat } from "../onnx/elementwise.ts";
import { matMul, pickColumns } from "../onnx/linear.ts";
import { constant } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "./dictionary.ts";
import type { DictionarySlice } from "./dictionary-slice.ts";
import { choiceOf, keepChosen } from "./feature-choice.ts";
import { buildNormalised, withoutMean, writesWithoutMean } from "./normalization.ts";
import { multiplyStored } from "./stored-matrix.ts";

/** A dictionary inside a model's graph, on whatever arrives at its site: `x […, T, dIn]`. */
export interface FeatureGraph {
	/** Activations `[…, T, n]`; inactive ones are 0. */
	readonly activations: Value;
	/** `[…, T, dIn]` in the model's units for a change of the activations `[…, T, n]`. */
	contribute(change: Value): Value;
	/** `decode(activations)`, `[…, T, dIn]`. */
	reconstruct(activations: Value): Value;
}

/** `x̃ · W_enc + b_enc` of all features, times their decoder row's norm where that is asked for, before the kind's own rule. */
export function buildPreActivations(x: Value, dictionary: Dictionary): Value {
	return scaleByNorms(add(buildProduct(x, dictionary), constant(dictionary.encoderBias)), dictionary);
}

function scaleByNorms(before: Value, { decoderNorms }: Dictionary): Value {
	return decoderNorms ? mul(before, constant(decoderNorms())) : before;
}

function buildProduct(x: Value, dictionary: Dictionary): Value {
	const { input } = buildNormalised(x, dictionary);
	return multiplyStored(shift(input, dictionary), dictionary.encoder);
}

/** All features. Both matrices stay in their file. */
export function buildAllFeatures(x: Value, dictionary: Dictionary): FeatureGraph {
	const { config, gate, threshold, decoderNorms, scalingFactor } = dictionary;
	const normalised = buildNormalised(x, dictionary);
	const product = buildProduct(x, dictionary);
	const bias = constant(dictionary.encoderBias);
	const factors = decoderNorms || scalingFactor ? constant(decodingFactors(dictionary)) : undefined;
	const decode = (activations: Value) => {
		const decoded = multiplyStored(factors ? mul(activations, factors) : activations, dictionary.decoder);
		return writesWithoutMean(dictionary) ? withoutMean(decoded) : decoded;
	};
	return {
		activations: activate(),
		...buildDecoding(normalised, dictionary, decode),
	};

	function activate(): Value {
		if (gate) {
			const open = toFloat(greater(add(product, constant(gate.bias)), 0));
			return mul(relu(add(mul(product, constant(gate.scale)), bias)), open);
		}
		const before = scaleByNorms(add(product, bias), dictionary);
		if (threshold) return mul(relu(before), toFloat(greater(before, constant(threshold))));
		const choice = choiceOf(config);
		return choice ? keepChosen(before, choice) : relu(before);
	}
}

/**
 * The features of a slice alone. Only kinds that choose, such as topk, need the whole encoder, to know which features are among the k largest; of
 * all others a knock-out needs the columns of its own features and nothing else.
 */
export function buildSomeFeatures(x: Value, dictionary: Dictionary, slice: DictionarySlice): FeatureGraph {
	const { dIn, config, gate, threshold } = dictionary;
	const n = slice.features.length;
	const normalised = buildNormalised(x, dictionary);
	const shifted = shift(normalised.input, dictionary);
	const product = matMul(shifted, constant(slice.encoder, [n, dIn]), { transB: true });
	const before = add(product, constant(slice.encoderBias));
	const pick = (numbers: Float32Array) => constant(Float32Array.from(slice.features, (f) => numbers[f] as number));
	return {
		activations: activate(),
		...buildDecoding(normalised, dictionary, (activations) => matMul(activations, constant(slice.decoder, [n, dIn]))),
	};

	function activate(): Value {
		if (gate) {
			// The slice's product carries exp(r_mag), which the gate does not know.
			const open = toFloat(greater(add(div(product, pick(gate.scale)), pick(gate.bias)), 0));
			return mul(relu(before), open);
		}
		if (threshold) return mul(relu(before), toFloat(greater(before, pick(threshold))));
		const choice = choiceOf(config);
		if (!choice) return relu(before);
		const all = buildPreActivations(x, dictionary);
		// Of the same product, so that the k-th largest is not lost to rounding.
		return pickColumns(keepChosen(all, choice), [...slice.features]);
	}
}

function shift(x: Value, { config, decoderBias }: Dictionary): Value {
	return config.applyDecoderBiasToInput ? sub(x, constant(decoderBias)) : x;
}

function buildDecoding(
	{ restore, scale, factor }: ReturnType<typeof buildNormalised>,
	{ decoderBias }: Dictionary,
	decode: (activations: Value) => Value,
): Pick<FeatureGraph, "contribute" | "reconstruct"> {
	return {
		contribute: (change) =>
			scale ? mul(decode(change), scale) : factor === 1 ? decode(change) : mul(decode(change), factor),
		reconstruct: (activations) => restore(add(decode(activations), constant(decoderBias))),
	};
}

function decodingFactors({ dSae, decoderNorms, scalingFactor }: Dictionary): Float32Array {
	const norms = decoderNorms?.();
	return Float32Array.from({ length: dSae }, (_, f) => (scalingFactor?.[f] ?? 1) / (norms?.[f] ?? 1));
}
