import { describe, expect, test } from "vitest";
import { seededRandom } from "#shared/random";
import { differentiate } from "../../main/onnx/differentiate.ts";
import * as elementwise from "../../main/onnx/elementwise.ts";
import { gather, layerNorm, matMul } from "../../main/onnx/linear.ts";
import { reduceLogSumExp, reduceMean, reduceSum, softmax } from "../../main/onnx/reductions.ts";
import { floats, GraphSession, type Numbers } from "../../main/onnx/session.ts";
import { concat, expandLike, reshape, split, transpose } from "../../main/onnx/shaping.ts";
import { input, scalar } from "../../main/onnx/sources.ts";
import type { Value } from "../../main/onnx/value.ts";

const { add, sub, mul, div, neg, exp, log, sqrt, tanh, sigmoid, erf, relu, geluTanh, geluErf } = elementwise;

interface Operation {
	readonly name: string;
	readonly shapes: readonly (readonly number[])[];
	build(inputs: readonly Value[]): Value;
	/** What JavaScript makes of the same numbers, where that is a line. */
	expected?(numbers: readonly Float32Array[]): readonly number[];
	/** Shifts random numbers into the operator's domain. */
	readonly positive?: true;
}

const unary = (
	name: string,
	build: (x: Value) => Value,
	expected: (x: number) => number,
	positive?: true,
): Operation => ({
	name,
	shapes: [[2, 3]],
	build: ([x]) => build(x as Value),
	expected: ([x]) => Array.from(x as Float32Array, expected),
	...(positive && { positive }),
});

const normalCumulative = (x: number) => {
	// Abramowitz & Stegun 26.2.17, good to 7.5e-8.
	const t = 1 / (1 + 0.2316419 * Math.abs(x));
	const tail =
		(Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) *
		t *
		(0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
	return x > 0 ? 1 - tail : tail;
};

const operations: readonly Operation[] = [
	unary("Neg", neg, (x) => -x),
	unary("Exp", exp, Math.exp),
	unary("Log", log, Math.log, true),
	unary("Sqrt", sqrt, Math.sqrt, true),
	unary("Tanh", tanh, Math.tanh),
	unary("Sigmoid", sigmoid, (x) => 1 / (1 + Math.exp(-x))),
	unary("Erf", erf, (x) => 2 * normalCumulative(x * Math.SQRT2) - 1),
	unary("Relu", relu, (x) => Math.max(0, x)),
	unary("Gelu (tanh)", geluTanh, (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
	unary("Gelu (erf)", geluErf, (x) => x * normalCumulative(x)),
	{
		name: "Add, broadcast",
		shapes: [[2, 3], [3]],
		build: ([a, b]) => add(a as Value, b as Value),
		expected: ([a, b]) => Array.from(a as Float32Array, (x, i) => x + (b?.[i % 3] as number)),
	},
	{
		name: "Sub, broadcast both ways",
		shapes: [
			[2, 1],
			[1, 3],
		],
		build: ([a, b]) => sub(a as Value, b as Value),
	},
	{
		name: "Mul, broadcast",
		shapes: [
			[2, 3],
			[2, 1],
		],
		build: ([a, b]) => mul(a as Value, b as Value),
		expected: ([a, b]) => Array.from(a as Float32Array, (x, i) => x * (b?.[Math.floor(i / 3)] as number)),
	},
	{ name: "Div, broadcast", shapes: [[3], [2, 3]], build: ([a, b]) => div(a as Value, b as Value), positive: true },
	{ name: "fan-out: x·x + x", shapes: [[2, 3]], build: ([x]) => add(mul(x as Value, x as Value), x as Value) },
	{
		name: "MatMul",
		shapes: [
			[2, 3],
			[3, 4],
		],
		build: ([a, b]) => matMul(a as Value, b as Value),
	},
	{
		name: "MatMul, right transposed",
		shapes: [
			[2, 3],
			[4, 3],
		],
		build: ([a, b]) => matMul(a as Value, b as Value, { transB: true }),
	},
	{
		name: "MatMul, left transposed",
		shapes: [
			[3, 2],
			[3, 4],
		],
		build: ([a, b]) => matMul(a as Value, b as Value, { transA: true }),
	},
	{
		name: "MatMul, both transposed",
		shapes: [
			[3, 2],
			[4, 3],
		],
		build: ([a, b]) => matMul(a as Value, b as Value, { transA: true, transB: true }),
	},
	{
		name: "MatMul, batched",
		shapes: [
			[2, 2, 3],
			[2, 3, 2],
		],
		build: ([a, b]) => matMul(a as Value, b as Value),
	},
	{
		name: "MatMul, batched and transposed",
		shapes: [
			[2, 2, 3],
			[2, 2, 3],
		],
		build: ([a, b]) => matMul(a as Value, b as Value, { transB: true }),
	},
	{
		name: "MatMul, a batch under one weight",
		shapes: [
			[2, 2, 3],
			[3, 2],
		],
		build: ([a, b]) => matMul(a as Value, b as Value),
	},
	{
		name: "MatMul, a batch under one transposed weight",
		shapes: [
			[2, 2, 3],
			[2, 3],
		],
		build: ([a, b]) => matMul(a as Value, b as Value, { transB: true }),
	},
	{
		name: "LayerNormalization",
		shapes: [[2, 4], [4], [4]],
		build: ([x, gain, bias]) => layerNorm(x as Value, gain as Value, bias as Value, 1e-5),
	},
	{ name: "Softmax", shapes: [[2, 4]], build: ([x]) => softmax(x as Value) },
	{ name: "ReduceSum, axes kept", shapes: [[2, 3]], build: ([x]) => reduceSum(x as Value, [-1]) },
	{ name: "ReduceSum, axes dropped", shapes: [[2, 3, 2]], build: ([x]) => reduceSum(x as Value, [-2], false) },
	{ name: "mean", shapes: [[2, 4]], build: ([x]) => reduceMean(x as Value, [-1]) },
	{ name: "ReduceLogSumExp", shapes: [[2, 4]], build: ([x]) => reduceLogSumExp(x as Value, [-1], false) },
	{
		name: "Reshape",
		shapes: [[2, 6]],
		build: ([x]) => mul(reshape(x as Value, [2, 3, 2]), reshape(x as Value, [2, 3, 2])),
	},
	{ name: "Transpose", shapes: [[2, 3, 4]], build: ([x]) => transpose(x as Value, [2, 0, 1]) },
	{
		name: "Split, one part unused",
		shapes: [[2, 6]],
		build: ([x]) => {
			const [a, , c] = split(x as Value, 3);
			return mul(a as Value, c as Value);
		},
	},
	{
		name: "Concat",
		shapes: [
			[2, 2],
			[2, 2],
		],
		build: (parts) => concat(parts),
	},
	{
		name: "Expand",
		shapes: [
			[1, 3],
			[2, 3],
		],
		build: ([x, like]) => mul(expandLike(x as Value, like as Value), like as Value),
	},
];

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const dimsOf = (value: Value) => value.shape as readonly number[];

function drawNumbers(shape: readonly number[], random: () => number, positive: boolean): Float32Array {
	return Float32Array.from({ length: size(shape) }, () => (positive ? 0.6 + random() : 3 * random() - 1.5));
}

describe.each(operations)("$name", ({ shapes, build, expected, positive }) => {
	const random = seededRandom(7);
	const inputs = shapes.map((shape, i) => input(`x${i}`, shape));
	const output = build(inputs);
	const numbers = shapes.map((shape) => drawNumbers(shape, random, positive ?? false));
	const feeds = (replaced: readonly Float32Array[]): Record<string, Numbers> =>
		Object.fromEntries(replaced.map((data, i) => [`x${i}`, { data, dims: shapes[i] as readonly number[] }]));

	if (expected)
		test("computes what it says", async () => {
			const session = await GraphSession.load({ y: output });
			const y = floats(await session.run(feeds(numbers)), "y");
			await session.dispose();
			for (const [i, number] of expected(numbers).entries()) expect(y[i]).toBeCloseTo(number, 5);
		});

	test("has the gradient of central differences", async () => {
		const cotangent = drawNumbers(dimsOf(output), random, false);
		const gradients = differentiate(
			[{ value: output, cotangent: input("g", dimsOf(output)) }],
			inputs,
		) as readonly Value[];
		const forward = await GraphSession.load({ y: output });
		const backward = await GraphSession.load(Object.fromEntries(gradients.map((gradient, i) => [`d${i}`, gradient])));
		const found = await backward.run({ ...feeds(numbers), g: { data: cotangent, dims: dimsOf(output) } });
		const project = async (replaced: readonly Float32Array[]) =>
			floats(await forward.run(feeds(replaced)), "y").reduce((sum, y, i) => sum + y * (cotangent[i] as number), 0);
		for (const [which, data] of numbers.entries())
			for (let i = 0; i < data.length; i++) {
				// Four points: the error falls with h⁴, so h may be large and float32 does not spoil the difference.
				const h = 2e-2;
				const shifted = async (by: number) =>
					project(
						numbers.map((other, at) =>
							at === which ? other.map((number, j) => (j === i ? number + by : number)) : other,
						),
					);
				const slope =
					(8 * ((await shifted(h)) - (await shifted(-h))) - ((await shifted(2 * h)) - (await shifted(-2 * h)))) /
					(12 * h);
				expect(floats(found, `d${which}`)[i], `d output / d input ${which} number ${i}`).toBeCloseTo(slope, 3);
			}
		await forward.dispose();
		await backward.dispose();
	});

	test("carries a batch of cotangents through one forward pass", async () => {
		if (
			shapes.some((shape, i) => shape.length < dimsOf(output).length && i > 0) &&
			output.node.operator.name === "MatMul"
		)
			return;
		const batch = 3;
		const dims = [batch, ...dimsOf(output)];
		const cotangents = drawNumbers(dims, random, false);
		const all = differentiate([{ value: output, cotangent: input("g", dims) }], inputs, {
			batchRank: 1,
		}) as readonly Value[];
		const one = differentiate([{ value: output, cotangent: input("g", dimsOf(output)) }], inputs) as readonly Value[];
		const together = await GraphSession.load(Object.fromEntries(all.map((gradient, i) => [`d${i}`, gradient])));
		const single = await GraphSession.load(Object.fromEntries(one.map((gradient, i) => [`d${i}`, gradient])));
		const found = await together.run({ ...feeds(numbers), g: { data: cotangents, dims } });
		for (let k = 0; k < batch; k++) {
			const width = size(dimsOf(output));
			const alone = await single.run({
				...feeds(numbers),
				g: { data: cotangents.slice(k * width, (k + 1) * width), dims: dimsOf(output) },
			});
			for (const [which, shape] of shapes.entries()) {
				const part = floats(found, `d${which}`).subarray(k * size(shape), (k + 1) * size(shape));
				for (const [i, number] of floats(alone, `d${which}`).entries()) expect(part[i]).toBeCloseTo(number, 4);
			}
		}
		await together.dispose();
		await single.dispose();
	});
});

describe("embeddings", () => {
	test("add up the gradients of repeated rows, exactly, however many threads there are", async () => {
		const table = input("table", [5, 16]);
		const rows = gather(table, input("indices", ["N"], "int64"));
		const [gradient] = differentiate([{ value: reduceSum(rows, [-1, -2], false), cotangent: scalar(1) }], [table]);
		const session = await GraphSession.load({ gradient: gradient as Value });
		const count = 100_000;
		const indices = BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 5));
		const results = await session.run({
			table: { data: new Float32Array(80), dims: [5, 16] },
			indices: { data: indices, dims: [count] },
		});
		expect(new Set(floats(results, "gradient"))).toEqual(new Set([count / 5]));
		await session.dispose();
	});
});

describe("differentiation", () => {
	test("goes no further than a value that is held constant", async () => {
		const x = input("x", []);
		const held = mul(x, x);
		const y = mul(held, x);
		const [whole] = differentiate([{ value: y, cotangent: scalar(1) }], [x]);
		const [direct, arrived] = differentiate([{ value: y, cotangent: scalar(1) }], [x, held], {
			cutAt: new Set([held]),
		});
		const session = await GraphSession.load({
			whole: whole as Value,
			direct: direct as Value,
			arrived: arrived as Value,
		});
		const results = await session.run({ x: { data: Float32Array.of(3), dims: [] } });
		expect([floats(results, "whole")[0], floats(results, "direct")[0], floats(results, "arrived")[0]]).toEqual([
			27, 9, 3,
		]);
		await session.dispose();
	});

	test("says that no path leads to a target", () => {
		expect(differentiate([{ value: mul(input("x", []), 2), cotangent: scalar(1) }], [input("z", [])])).toEqual([
			undefined,
		]);
	});
});
