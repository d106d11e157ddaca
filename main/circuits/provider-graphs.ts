import { seededRandom } from "#shared/random";
import { differentiate } from "../onnx/differentiate.ts";
import { add, exp, geluTanh, mul, relu, sub } from "../onnx/elementwise.ts";
import { gather, layerNorm, matMul } from "../onnx/linear.ts";
import { reduceLogSumExp, reduceSum, softmax, topK } from "../onnx/reductions.ts";
import type { Numbers } from "../onnx/session.ts";
import { constant, input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";

/** One thing that traces spend their time with, at a size that fills a card. */
export interface ProviderGraph {
	readonly name: string;
	readonly outputs: Readonly<Record<string, Value>>;
	readonly feeds: Readonly<Record<string, Numbers>>;
	/** Multiplications and additions of its products. */
	readonly operations: number;
}

/** Sizes of GPT-2 small, divided: software rendering gets through a sixteenth. */
export function* buildProviderGraphs(divide = 1): Generator<ProviderGraph> {
	const random = seededRandom(7);
	const numbers = (...dims: readonly number[]): Numbers => ({
		data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random() - 0.5),
		dims,
	});
	const [tokens, width, heads, headWidth] = [512 / divide, 768 / divide, 12, 64 / divide];
	const [features, vocabulary, side] = [24_576 / divide, Math.round(50_257 / divide), 4096 / divide];

	const weights = (...dims: readonly number[]) => constant(numbers(...dims).data as Float32Array, dims);

	// Made and summed where it is computed, so that the product is measured and no transfer.
	const factor = mul(input("column", [side, 1]), input("row", [1, side]));
	const product = matMul(factor, weights(side, side));
	yield {
		name: `product of ${side} × ${side} matrices`,
		outputs: { squares: reduceSum(mul(product, product), [-1]) },
		feeds: { column: numbers(side, 1), row: numbers(1, side) },
		operations: 2 * side ** 3,
	};

	const [q, k, v] = ["q", "k", "v"].map((name) => input(name, [heads, tokens, headWidth])) as [Value, Value, Value];
	const attended = matMul(softmax(mul(matMul(q, k, { transB: true }), 1 / Math.sqrt(headWidth))), v);
	const down = input("down", [heads, tokens, headWidth]);
	const [gq, gk, gv] = differentiate([{ value: attended, cotangent: down }], [q, k, v]);
	yield {
		name: `attention of ${heads} heads over ${tokens} positions, forward and backward`,
		outputs: { attended, gq: gq as Value, gk: gk as Value, gv: gv as Value },
		feeds: Object.fromEntries(["q", "k", "v", "down"].map((name) => [name, numbers(heads, tokens, headWidth)])),
		operations: 6 * 2 * heads * tokens * tokens * headWidth,
	};

	const x = input("x", [tokens, width]);
	const gain = input("gain", [width]);
	const bias = input("bias", [width]);
	const inner = geluTanh(matMul(layerNorm(x, gain, bias, 1e-5), weights(width, 4 * width)));
	const mlp = add(matMul(inner, weights(4 * width, width)), x);
	const [gx] = differentiate([{ value: mlp, cotangent: input("g", [tokens, width]) }], [x]);
	yield {
		name: `layer norm and MLP of ${tokens} positions, forward and backward`,
		outputs: { mlp, gx: gx as Value },
		feeds: {
			x: numbers(tokens, width),
			g: numbers(tokens, width),
			gain: numbers(width),
			bias: numbers(width),
		},
		operations: 4 * 2 * tokens * width * 4 * width,
	};

	const encoder = weights(width, features);
	yield {
		name: `encoder of ${features} features, ${tokens} positions`,
		outputs: { encoded: relu(matMul(x, encoder)) },
		feeds: { x: numbers(tokens, width) },
		operations: 2 * tokens * width * features,
	};

	const [largest] = topK(matMul(x, encoder), 32);
	yield {
		name: `the 32 largest of ${features} features, ${tokens} positions`,
		outputs: { largest },
		feeds: { x: numbers(tokens, width) },
		operations: 2 * tokens * width * features,
	};

	const rows = 32;
	const ids = BigInt64Array.from({ length: tokens }, () => BigInt(Math.floor(random() * 100)));
	const tableOf = input("table", [100, width]);
	const picked = gather(tableOf, input("ids", [tokens], "int64"));
	const [scattered] = differentiate([{ value: picked, cotangent: input("g", [tokens, width]) }], [tableOf]);
	yield {
		name: "rows of a table, and their gradient added up",
		outputs: { picked, scattered: scattered as Value },
		feeds: { table: numbers(100, width), ids: { data: ids, dims: [tokens] }, g: numbers(tokens, width) },
		operations: 0,
	};

	// Logits of real models lie around −100, and a position that sees nothing has the lowest number everywhere.
	const far = input("far", [rows, 1]);
	const logits = add(matMul(input("last", [rows, width]), weights(vocabulary, width), { transB: true }), far);
	const normaliser = reduceLogSumExp(logits, [-1]);
	const unseen = add(logits, -1e30);
	yield {
		name: `normaliser of ${vocabulary} logits, ${rows} positions, and of what none sees`,
		outputs: {
			normaliser,
			shares: exp(sub(logits, normaliser)),
			none: exp(sub(unseen, reduceLogSumExp(unseen, [-1]))),
		},
		feeds: {
			last: numbers(rows, width),
			far: { data: Float32Array.from({ length: rows }, (_, row) => (row % 2 ? 120 : -120)), dims: [rows, 1] },
		},
		operations: 2 * rows * width * vocabulary,
	};
}
