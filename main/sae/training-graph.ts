import { add, div, greater, greaterOrEqual, mul, relu, stopGradient, sub, toFloat } from "../onnx/elementwise.ts";
import { matMul } from "../onnx/linear.ts";
import { kthLargest, reduceMean, reduceSum } from "../onnx/reductions.ts";
import type { TrainingGraph } from "../onnx/training-session.ts";
import type { Value } from "../onnx/value.ts";

/** The weights of a dictionary that is trained. */
export interface SparseParameters {
	/** `[dIn, dSae]`, `[dSae]`, `[dSae, dIn]`, `[dIn]`. */
	readonly encoder: Value;
	readonly encoderBias: Value;
	readonly decoder: Value;
	readonly decoderBias: Value;
}

export interface SparseTrainingOptions {
	readonly kind: "topk" | "standard";
	readonly k: number;
	readonly l1: number;
	/** `[dSae]`: 1 where a feature has not fired for long. */
	readonly dead: Value;
}

/** Weight of the auxiliary loss, and how many dead features it wakes at once as a share of the width (Gao et al. 2024). */
const auxiliaryWeight = 1 / 32;
const auxiliaryShare = 0.5;

/** `x [N, dIn]` through a TopK dictionary: the k largest pre-activations, rectified, and what they decode to. */
function buildTopKReconstruction(
	x: Value,
	parameters: SparseParameters,
	k: number,
): { readonly before: Value; readonly activations: Value; readonly reconstruction: Value } {
	const before = buildBefore(x, parameters);
	const chosen = toFloat(greaterOrEqual(before, kthLargest(before, k)));
	const activations = mul(relu(before), stopGradient(chosen));
	return { before, activations, reconstruction: decode(activations, parameters) };
}

const buildBefore = (x: Value, { encoder, encoderBias, decoderBias }: SparseParameters) =>
	add(matMul(sub(x, decoderBias), encoder), encoderBias);
const decode = (activations: Value, { decoder, decoderBias }: SparseParameters) =>
	add(matMul(activations, decoder), decoderBias);

/**
 * The loss of `x [N, dIn]`, whose mean square is about 1, and its figures: `firings [dSae]` and `missed [] = Σ‖x − x̂‖²`.
 * standard: `mean (x − x̂)² + l1 · mean Σ_f a_f / dIn`; topk: the mean square plus 1/32 of how badly the strongest dead
 * features explain the error, so that they come back to life.
 */
export function buildSparseTraining(
	x: Value,
	parameters: SparseParameters,
	{ kind, k, l1, dead }: SparseTrainingOptions,
): TrainingGraph {
	const { before, activations, reconstruction } =
		kind === "topk" ? buildTopKReconstruction(x, parameters, k) : buildReluReconstruction(x, parameters);
	const error = sub(x, reconstruction);
	const square = meanOfAll(mul(error, error), x);
	const width = x.shape.at(-1) as number;
	const penalty =
		kind === "standard"
			? mul(meanOfRows(reduceSum(activations, [-1], false), x), l1 / width)
			: mul(buildAuxiliary(before, error, parameters, dead), auxiliaryWeight);
	return {
		loss: add(square, penalty),
		metrics: {
			firings: reduceSum(toFloat(greater(activations, 0)), [-2], false),
			missed: reduceSum(mul(error, error), [-1, -2], false),
		},
	};
}

function buildReluReconstruction(x: Value, parameters: SparseParameters) {
	const before = buildBefore(x, parameters);
	const activations = relu(before);
	return { before, activations, reconstruction: decode(activations, parameters) };
}

/** `mean (e − ê)² / mean e²` with ê from the strongest dead features; 1, without gradient, where none is dead. */
function buildAuxiliary(before: Value, error: Value, { decoder }: SparseParameters, dead: Value): Value {
	const [features, width] = decoder.shape as readonly [number, number];
	const count = Math.max(1, Math.min(features, Math.round(auxiliaryShare * width)));
	// Living features lie far below every dead one.
	const candidates = add(mul(before, dead), mul(sub(dead, 1), 1e30));
	const chosen = mul(toFloat(greaterOrEqual(candidates, kthLargest(candidates, count))), dead);
	const explained = matMul(mul(relu(before), stopGradient(chosen)), decoder);
	const target = stopGradient(error);
	const missed = sub(target, explained);
	return div(sumOfAll(mul(missed, missed)), stopGradient(sumOfAll(mul(target, target))));
}

const sumOfAll = (value: Value) => reduceSum(value, [-1, -2], false);

/** The batch's size is known only when it runs: the number of rows is a sum of ones. */
function countRows(like: Value): Value {
	const first = mul(reduceSum(stopGradient(like), [-1], false), 0);
	return reduceSum(add(first, 1), [-1], false);
}

const meanOfAll = (value: Value, like: Value) =>
	div(mul(sumOfAll(value), 1 / (value.shape.at(-1) as number)), countRows(like));
const meanOfRows = (value: Value, like: Value) => div(reduceSum(value, [-1], false), countRows(like));

/** Mean square error of a TopK dictionary alone, over a batch whose size is known. */
export function buildTopKTraining(x: Value, parameters: SparseParameters, k: number) {
	const { activations, reconstruction } = buildTopKReconstruction(x, parameters, k);
	const error = sub(x, reconstruction);
	return {
		loss: reduceMean(reduceMean(mul(error, error), [-1], false), [-1], false),
		firings: reduceSum(toFloat(greater(activations, 0)), [-2], false),
		error,
	};
}
