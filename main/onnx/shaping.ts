import { assert } from "#shared/errors";
import { sumToShape } from "./broadcasting.ts";
import { mul } from "./elementwise.ts";
import { integers } from "./sources.ts";
import { broadcastShapes, buildNode, buildValue, type Dim, type Operator, type Shape, type Value } from "./value.ts";

/** Operators that move numbers without changing them. */

/** ONNX writes a copied axis as 0 and one computed axis as −1. */
function reshapeNumbers(from: Shape, to: Shape): readonly number[] {
	const numbers = to.map((dim, i) => (typeof dim === "number" ? dim : from[i] === dim ? 0 : -1));
	assert(numbers.filter((n) => n === -1).length <= 1, `cannot reshape [${from}] to [${to}]`);
	const known = (shape: Shape) => shape.filter((dim) => typeof dim === "number").reduce((a, b) => a * b, 1);
	if (!numbers.includes(-1)) assert(known(from) === known(to), `cannot reshape [${from}] to [${to}]`);
	return numbers;
}

const reshapeOperator: Operator = {
	name: "Reshape",
	infer: () => [],
	vjp(node, [cotangent], batchRank) {
		const g = cotangent as Value;
		return [reshape(g, [...g.shape.slice(0, batchRank), ...(node.inputs[0] as Value).shape])];
	},
};

export function reshape(x: Value, shape: Shape): Value {
	const numbers = integers(reshapeNumbers(x.shape, shape));
	return buildValue(reshapeOperator, [x, numbers], {}, undefined, [{ dtype: x.dtype, shape }]);
}

const transposeOperator: Operator = {
	name: "Transpose",
	infer: ([x], attributes) => [
		{
			dtype: (x as Value).dtype,
			shape: (attributes["perm"] as readonly number[]).map((axis) => (x as Value).shape[axis] as Dim),
		},
	],
	vjp(node, [cotangent], batchRank) {
		const perm = node.attributes["perm"] as readonly number[];
		const inverse = perm.map((_, axis) => perm.indexOf(axis) + batchRank);
		const batch = Array.from({ length: batchRank }, (_, axis) => axis);
		return [transpose(cotangent as Value, [...batch, ...inverse])];
	},
};

export const transpose = (x: Value, perm: readonly number[]): Value => buildValue(transposeOperator, [x], { perm });

/** Stretches `x` to the shape of `like` by broadcasting; leading axes that `like` lacks are kept. */
export function expandLike(x: Value, like: Value): Value {
	const shape = broadcastShapes(x.shape, like.shape);
	if (shape.every((dim, i) => dim === x.shape[i]) && shape.length === x.shape.length) return x;
	const target = buildValue(shapeOperator, [like], {}, undefined, [{ dtype: "int64", shape: [like.shape.length] }]);
	return buildValue(expandOperator, [x, target], {}, undefined, [{ dtype: x.dtype, shape }]);
}

const shapeOperator: Operator = { name: "Shape", infer: () => [] };

const expandOperator: Operator = {
	name: "Expand",
	infer: () => [],
	vjp: (node, [cotangent], batchRank) => [
		sumToShape(cotangent as Value, (node.inputs[0] as Value).shape, batchRank),
		undefined,
	],
};

/** Equal parts along the last axis. A part that nobody uses gets a zero cotangent. */
const splitOperator: Operator = {
	name: "Split",
	infer([x], attributes) {
		const { shape, dtype } = x as Value;
		const parts = attributes["num_outputs"] as number;
		const width = shape.at(-1);
		assert(typeof width === "number" && width % parts === 0, `cannot split [${shape}] in ${parts}`);
		return Array.from({ length: parts }, () => ({ dtype, shape: [...shape.slice(0, -1), width / parts] }));
	},
	vjp(_node, cotangents) {
		const known = cotangents.find((g) => g !== undefined) as Value;
		return [concat(cotangents.map((g) => g ?? mul(known, 0)))];
	},
};

export const split = (x: Value, parts: number): readonly Value[] =>
	buildNode(splitOperator, [x], { axis: -1, num_outputs: parts });

/** Side by side along the last axis. */
const concatOperator: Operator = {
	name: "Concat",
	infer(inputs) {
		const first = inputs[0] as Value;
		const width = inputs.reduce((sum, x) => sum + (x.shape.at(-1) as number), 0);
		return [{ dtype: first.dtype, shape: [...first.shape.slice(0, -1), width] }];
	},
	vjp(node, [cotangent]) {
		const widths = node.inputs.map((x) => x.shape.at(-1));
		assert(new Set(widths).size === 1, "the gradient of a concatenation of unequal parts is not needed");
		return split(cotangent as Value, widths.length);
	},
};

/** `past […, P, n]` with `present […, T, n]` behind it, `[…, length, n]`. Not differentiable. */
export const append = (past: Value, present: Value, length: Dim): Value =>
	buildValue(appendOperator, [past, present], { axis: -2 }, undefined, [
		{ dtype: past.dtype, shape: past.shape.with(-2, length) },
	]);

const appendOperator: Operator = { name: "Concat", infer: () => [] };

export const concat = (parts: readonly Value[]): Value => buildValue(concatOperator, parts, { axis: -1 });
