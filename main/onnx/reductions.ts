import { assert } from "#shared/errors";
import { exp, mul, sub } from "./elementwise.ts";
import { expandLike, reshape } from "./shaping.ts";
import { integers } from "./sources.ts";
import { buildNode, buildValue, type Node, type Operator, type Shape, type Value } from "./value.ts";

/** Operators that shrink axes. Axes count from the end (−1 is the last), so that batched cotangents keep their meaning. */

function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
	assert(
		axes.every((axis) => axis < 0 && -axis <= shape.length),
		`axes [${axes}] of shape [${shape}]`,
	);
	const reduced = new Set(axes.map((axis) => axis + shape.length));
	return keepDims ? shape.map((dim, i) => (reduced.has(i) ? 1 : dim)) : shape.filter((_, i) => !reduced.has(i));
}

const axesOf = (node: Node): readonly number[] => node.attributes["axes"] as readonly number[];

/** Gives a reduced cotangent its lost axes back as 1. */
function restoreAxes(node: Node, value: Value, batchRank: number): Value {
	if (node.attributes["keepdims"] === 1) return value;
	const batch = value.shape.slice(0, batchRank);
	return reshape(value, [...batch, ...reducedShape((node.inputs[0] as Value).shape, axesOf(node), true)]);
}

function reduction(name: string, gradient: (node: Node, cotangent: Value, batchRank: number) => Value): Operator {
	return {
		name,
		infer: ([x], attributes) => [
			{
				dtype: "float32",
				shape: reducedShape((x as Value).shape, attributes["axes"] as readonly number[], attributes["keepdims"] === 1),
			},
		],
		vjp: (node, [cotangent], batchRank) => [
			gradient(node, restoreAxes(node, cotangent as Value, batchRank), batchRank),
			undefined,
		],
	};
}

const reduceSumOperator = reduction("ReduceSum", (node, g) => expandLike(g, node.inputs[0] as Value));
// d log Σ exp(x) = softmax(x) = exp(x − y)
const reduceLogSumExpOperator = reduction("ReduceLogSumExp", (node, g) => {
	const [x, y] = [node.inputs[0] as Value, node.outputs[0] as Value];
	return mul(exp(sub(x, restoreAxes(node, y, 0))), g);
});

function reduce(operator: Operator, x: Value, axes: readonly number[], keepDims: boolean): Value {
	return buildValue(operator, [x, integers(axes)], { axes, keepdims: keepDims ? 1 : 0 });
}

export const reduceSum = (x: Value, axes: readonly number[], keepDims = true): Value =>
	reduce(reduceSumOperator, x, axes, keepDims);

export const reduceLogSumExp = (x: Value, axes: readonly number[], keepDims = true): Value =>
	reduce(reduceLogSumExpOperator, x, axes, keepDims);

/** Mean over axes whose sizes are known when the graph is built. */
export function reduceMean(x: Value, axes: readonly number[], keepDims = true): Value {
	let count = 1;
	for (const axis of axes) {
		const dim = x.shape[axis + x.shape.length];
		assert(typeof dim === "number", `mean over the axis ${dim} of [${x.shape}], whose size is not known yet`);
		count *= dim;
	}
	return mul(reduceSum(x, axes, keepDims), 1 / count);
}

/** Over the last axis: `dx = y·(g − Σ g·y)`. */
const softmaxOperator: Operator = {
	name: "Softmax",
	infer: ([x]) => [x as Value],
	vjp(node, [cotangent]) {
		const [g, y] = [cotangent as Value, node.outputs[0] as Value];
		return [mul(y, sub(g, reduceSum(mul(g, y), [-1])))];
	},
};

export const softmax = (x: Value): Value => buildValue(softmaxOperator, [x], { axis: -1 });

/** The k largest along the last axis, largest first: values and int64 indices. Not differentiable. */
const topKOperator: Operator = {
	name: "TopK",
	infer([x], attributes) {
		const shape = [...(x as Value).shape.slice(0, -1), attributes["k"] as number];
		return [
			{ dtype: "float32", shape },
			{ dtype: "int64", shape },
		];
	},
};

export function topK(x: Value, k: number): readonly [Value, Value] {
	const outputs = buildNode(topKOperator, [x, integers([k])], { k, axis: -1, largest: 1, sorted: 1 });
	return outputs as unknown as readonly [Value, Value];
}

/** Of no more than `topK`'s output, and not differentiable either. */
const reduceMinOperator: Operator = {
	name: "ReduceMin",
	infer: ([x]) => [{ dtype: "float32", shape: [...(x as Value).shape.slice(0, -1), 1] }],
};

/** The k-th largest along the last axis, `[…, 1]`. Not differentiable. */
export function kthLargest(x: Value, k: number): Value {
	return buildValue(reduceMinOperator, [topK(x, k)[0], integers([-1])], { keepdims: 1 });
}
