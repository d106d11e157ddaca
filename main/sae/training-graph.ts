import { add, greater, greaterOrEqual, mul, relu, stopGradient, sub, toFloat } from "../onnx/elementwise.ts";
import { matMul } from "../onnx/linear.ts";
import { kthLargest, reduceMean, reduceSum } from "../onnx/reductions.ts";
import type { Value } from "../onnx/value.ts";

/** The weights of a TopK dictionary (Gao et al. 2024). */
export interface TopKParameters {
	/** `[dIn, dSae]`, `[dSae]`, `[dSae, dIn]`, `[dIn]`. */
	readonly encoder: Value;
	readonly encoderBias: Value;
	readonly decoder: Value;
	readonly decoderBias: Value;
}

export interface TopKTraining {
	/** Mean square error per number, `[]`. */
	readonly loss: Value;
	/** How often each feature was active, `[dSae]`. */
	readonly firings: Value;
	/** `x − x̂`, `[N, dIn]`. */
	readonly error: Value;
}

/** `x [N, dIn]` through a TopK dictionary: the k largest pre-activations, rectified, and what they decode to. */
export function buildTopKReconstruction(
	x: Value,
	{ encoder, encoderBias, decoder, decoderBias }: TopKParameters,
	k: number,
): { readonly activations: Value; readonly reconstruction: Value } {
	const before = add(matMul(sub(x, decoderBias), encoder), encoderBias);
	const chosen = toFloat(greaterOrEqual(before, kthLargest(before, k)));
	const activations = mul(relu(before), stopGradient(chosen));
	return { activations, reconstruction: add(matMul(activations, decoder), decoderBias) };
}

/** The loss of `x [N, dIn]`. */
export function buildTopKTraining(x: Value, parameters: TopKParameters, k: number): TopKTraining {
	const { activations, reconstruction } = buildTopKReconstruction(x, parameters, k);
	const error = sub(x, reconstruction);
	const squares = reduceMean(mul(error, error), [-1], false);
	return {
		loss: reduceMean(squares, [-1], false),
		firings: reduceSum(toFloat(greater(activations, 0)), [-2], false),
		error,
	};
}
