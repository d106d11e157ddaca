import { assert } from "#shared/errors";
import { sumToShape } from "./broadcasting.ts";
import { add, mul, sub } from "./elementwise.ts";
import { reduceMean } from "./reductions.ts";
import { expandLike, reshape } from "./shaping.ts";
import { constant, integers } from "./sources.ts";
import { broadcastShapes, buildNode, buildValue, type Dim, type Operator, type Value } from "./value.ts";

/** Products, layer normalisation and embeddings: what a transformer learns with. */

interface Transposes {
	readonly transA?: boolean;
	readonly transB?: boolean;
}

/**
 * Product of the last two axes, either side transposed on the fly: the backward pass multiplies by the very weights of
 * the forward pass, without a transposed copy of them in memory.
 */
const matMulOperator: Operator = {
	name: "MatMul",
	infer([a, b], attributes) {
		const [x, y] = [a as Value, b as Value];
		assert(x.shape.length >= 2 && y.shape.length >= 2, `product of [${x.shape}] and [${y.shape}]`);
		const [rows, inner] = lastAxes(x, attributes["transA"] === 1);
		const [innerB, columns] = lastAxes(y, attributes["transB"] === 1);
		assert(inner === innerB, `product of [${x.shape}] and [${y.shape}]`);
		return [
			{ dtype: "float32", shape: [...broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2)), rows, columns] },
		];
	},
	vjp(node, [cotangent], batchRank, [wantedA, wantedB]) {
		const g = cotangent as Value;
		const [a, b] = node.inputs as readonly [Value, Value];
		const transA = node.attributes["transA"] === 1;
		const transB = node.attributes["transB"] === 1;
		const gradientA = () =>
			transA ? matMul(b, g, { transA: transB, transB: true }) : matMul(g, b, { transB: !transB });
		const gradientB = (x: Value, h: Value) =>
			transB ? matMul(h, x, { transA: true, transB: transA }) : matMul(x, h, { transA: !transA });
		// A weight under a batch: one product over all tokens instead of one a sequence and a sum.
		const flat = b.shape.length === 2 && a.shape.length > 2 && batchRank === 0 && !transA;
		return [
			wantedA ? sumToShape(gradientA(), a.shape, batchRank) : undefined,
			wantedB ? sumToShape(flat ? gradientB(flatten(a), flatten(g)) : gradientB(a, g), b.shape, batchRank) : undefined,
		];
	},
};

function lastAxes(value: Value, transposed: boolean): readonly [Dim, Dim] {
	const [first, second] = value.shape.slice(-2) as [Dim, Dim];
	return transposed ? [second, first] : [first, second];
}

function flatten(value: Value): Value {
	const leading = value.shape.slice(0, -1);
	const count = leading.every((dim) => typeof dim === "number")
		? leading.reduce((x, y) => x * y, 1)
		: leading.join("*");
	return reshape(value, [count, value.shape.at(-1) as Dim]);
}

export function matMul(a: Value, b: Value, { transA = false, transB = false }: Transposes = {}): Value {
	return buildValue(matMulOperator, [a, b], { transA: transA ? 1 : 0, transB: transB ? 1 : 0 });
}

/** `y = (x − mean)·invStd·gain + bias` over the last axis. Its gradient needs the statistics, so they are outputs. */
const layerNormOperator: Operator = {
	name: "LayerNormalization",
	infer([x]) {
		const { shape } = x as Value;
		const statistics = { dtype: "float32", shape: [...shape.slice(0, -1), 1] } as const;
		return [x as Value, statistics, statistics];
	},
	vjp(node, [cotangent], batchRank) {
		const g = cotangent as Value;
		const [x, gain, bias] = node.inputs as readonly [Value, Value, Value];
		const [, mean, invStd] = node.outputs as readonly [Value, Value, Value];
		const normalised = mul(sub(x, mean), invStd);
		const h = mul(g, gain);
		const projected = mul(normalised, reduceMean(mul(h, normalised), [-1]));
		return [
			mul(sub(sub(h, reduceMean(h, [-1])), projected), invStd),
			sumToShape(mul(g, normalised), gain.shape, batchRank),
			sumToShape(g, bias.shape, batchRank),
		];
	},
};

export function layerNorm(x: Value, gain: Value, bias: Value, epsilon: number): Value {
	return buildNode(layerNormOperator, [x, gain, bias], { axis: -1, epsilon })[0] as Value;
}

/** Rows of a table `[n, width]` by int64 indices; the gradient adds the rows back where they came from. */
const gatherOperator: Operator = {
	name: "Gather",
	infer: ([table, indices]) => [
		{ dtype: (table as Value).dtype, shape: [...(indices as Value).shape, (table as Value).shape[1] as Dim] },
	],
	vjp(node, [cotangent], batchRank) {
		assert(batchRank === 0, "embeddings have no batched gradient");
		const [table, indices] = node.inputs as readonly [Value, Value];
		const g = cotangent as Value;
		const shape = table.shape as readonly number[];
		const zeros = buildValue(zerosOperator, [integers(shape)], {}, undefined, [{ dtype: "float32", shape }]);
		// ScatterElements, not ScatterND: with repeated indices ONNX Runtime's threads race in the latter and lose additions.
		const rows = flatten(g);
		const columns = expandLike(reshape(indices, [rows.shape[0] as Dim, 1]), rows);
		return [buildValue(scatterAddOperator, [zeros, columns, rows], { axis: 0, reduction: "add" }), undefined];
	},
};

const zerosOperator: Operator = { name: "ConstantOfShape", infer: () => [] };
const scatterAddOperator: Operator = { name: "ScatterElements", infer: ([table]) => [table as Value] };

export const gather = (table: Value, indices: Value): Value =>
	buildValue(gatherOperator, [table, indices], { axis: 0 });

/** Columns of `x […, n]` by their numbers, `[…, m]`. Not differentiable. */
export function pickColumns(x: Value, columns: readonly number[]): Value {
	const shape = [...x.shape.slice(0, -1), columns.length];
	return buildValue(pickOperator, [x, integers(columns)], { axis: -1 }, undefined, [{ dtype: "float32", shape }]);
}

const pickOperator: Operator = { name: "Gather", infer: () => [] };

/** Of `x […, n]` the elements of each row at `indices […, m]`. Not differentiable. */
export function pickElements(x: Value, indices: Value): Value {
	const type = { dtype: x.dtype, shape: indices.shape };
	return buildValue(pickElementsOperator, [x, indices], { axis: -1 }, undefined, [type]);
}

const pickElementsOperator: Operator = { name: "GatherElements", infer: () => [] };

/** `x·W + b` with `W [in, out]`. */
export const affine = (x: Value, weights: Value, bias: Value): Value => add(matMul(x, weights), bias);

export const ones = (width: number): Value => constant(new Float32Array(width).fill(1));
