import { sumToShape } from "./broadcasting.ts";
import { scalar } from "./sources.ts";
import { broadcastShapes, buildValue, type DataType, type Node, type Operator, type Value } from "./value.ts";

/** Operators that work number by number, with NumPy broadcasting. */

type UnaryGradient = (x: Value, y: Value, cotangent: Value) => Value;

function unary(name: string, gradient?: UnaryGradient): Operator {
	return {
		name,
		infer: ([x]) => [x as Value],
		...(gradient && {
			vjp: (node: Node, [cotangent]: readonly (Value | undefined)[]) => [
				gradient(node.inputs[0] as Value, node.outputs[0] as Value, cotangent as Value),
			],
		}),
	};
}

type BinaryGradient = (a: Value, b: Value, cotangent: Value, y: Value) => readonly [Value, Value];

function binary(name: string, gradient?: BinaryGradient, dtype?: DataType): Operator {
	return {
		name,
		infer: ([a, b]) => [
			{ dtype: dtype ?? (a as Value).dtype, shape: broadcastShapes((a as Value).shape, (b as Value).shape) },
		],
		...(gradient && {
			vjp: (node: Node, [cotangent]: readonly (Value | undefined)[], batchRank: number) => {
				const [a, b] = node.inputs as readonly [Value, Value];
				const [da, db] = gradient(a, b, cotangent as Value, node.outputs[0] as Value);
				return [sumToShape(da, a.shape, batchRank), sumToShape(db, b.shape, batchRank)];
			},
		}),
	};
}

const addOperator = binary("Add", (_a, _b, g) => [g, g]);
const subOperator = binary("Sub", (_a, _b, g) => [g, neg(g)]);
const mulOperator = binary("Mul", (a, b, g) => [mul(g, b), mul(g, a)]);
const divOperator = binary("Div", (_a, b, g, y) => [div(g, b), neg(mul(g, div(y, b)))]);
const greaterOperator = binary("Greater", undefined, "bool");
const greaterOrEqualOperator = binary("GreaterOrEqual", undefined, "bool");

const operand = (x: Value | number): Value => (typeof x === "number" ? scalar(x) : x);

export const add = (a: Value, b: Value | number): Value => buildValue(addOperator, [a, operand(b)]);
export const sub = (a: Value | number, b: Value | number): Value => buildValue(subOperator, [operand(a), operand(b)]);
export const mul = (a: Value, b: Value | number): Value => buildValue(mulOperator, [a, operand(b)]);
export const div = (a: Value | number, b: Value | number): Value => buildValue(divOperator, [operand(a), operand(b)]);
export const greater = (a: Value, b: Value | number): Value => buildValue(greaterOperator, [a, operand(b)]);
export const greaterOrEqual = (a: Value, b: Value | number): Value =>
	buildValue(greaterOrEqualOperator, [a, operand(b)]);

const negOperator = unary("Neg", (_x, _y, g) => neg(g));
const expOperator = unary("Exp", (_x, y, g) => mul(g, y));
const logOperator = unary("Log", (x, _y, g) => div(g, x));
const sqrtOperator = unary("Sqrt", (_x, y, g) => div(mul(g, 0.5), y));
const tanhOperator = unary("Tanh", (_x, y, g) => mul(g, sub(1, mul(y, y))));
const sigmoidOperator = unary("Sigmoid", (_x, y, g) => mul(g, mul(y, sub(1, y))));
const erfOperator = unary("Erf", (x, _y, g) => mul(g, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))));
// A rectified number is never negative, so its sign is the derivative: 1 where active, 0 elsewhere.
const reluOperator = unary("Relu", (_x, y, g) => mul(g, sign(y)));
const signOperator = unary("Sign");
const identityOperator = unary("Identity");

export const neg = (x: Value): Value => buildValue(negOperator, [x]);
export const exp = (x: Value): Value => buildValue(expOperator, [x]);
export const log = (x: Value): Value => buildValue(logOperator, [x]);
export const sqrt = (x: Value): Value => buildValue(sqrtOperator, [x]);
export const tanh = (x: Value): Value => buildValue(tanhOperator, [x]);
export const sigmoid = (x: Value): Value => buildValue(sigmoidOperator, [x]);
export const erf = (x: Value): Value => buildValue(erfOperator, [x]);
export const relu = (x: Value): Value => buildValue(reluOperator, [x]);
export const sign = (x: Value): Value => buildValue(signOperator, [x]);
/** The same number, through which no gradient flows. */
export const stopGradient = (x: Value): Value => buildValue(identityOperator, [x]);

/** d/dx of x·σ(z), z = 2c(x + a·x³): the tanh form of GELU (Hendrycks & Gimpel 2016) written with a sigmoid. */
const geluTanhOperator = unary("Gelu", (x, y, g) => {
	const c = 2 * Math.sqrt(2 / Math.PI);
	const a = 0.044715;
	const square = mul(x, x);
	const s = sigmoid(mul(x, add(mul(square, c * a), c)));
	const slope = add(mul(square, 3 * c * a), c);
	return mul(g, add(s, mul(mul(y, sub(1, s)), slope)));
});
/** d/dx of x·Φ(x) is Φ(x) + x·φ(x). */
const geluErfOperator = unary("Gelu", (x, _y, g) => {
	const cumulative = add(mul(erf(mul(x, Math.SQRT1_2)), 0.5), 0.5);
	const density = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
	return mul(g, add(cumulative, mul(x, density)));
});

export const geluTanh = (x: Value): Value => buildValue(geluTanhOperator, [x], { approximate: "tanh" });
export const geluErf = (x: Value): Value => buildValue(geluErfOperator, [x], { approximate: "none" });

const castOperator: Operator = {
	name: "Cast",
	infer: ([x], attributes) => [{ dtype: attributes["to"] === 7 ? "int64" : "float32", shape: (x as Value).shape }],
};

/** Half floats and truth values as float32; no gradient flows through. */
export const toFloat = (x: Value): Value => (x.dtype === "float32" ? x : buildValue(castOperator, [x], { to: 1 }));
