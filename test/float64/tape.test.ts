import { describe, expect, test } from "vitest";
import { errorFunction, type OracleModel, runGpt2 } from "./gpt2.ts";
import { normalMatrix, seedRandom } from "./random-numbers.ts";
import {
	add,
	at,
	divide,
	exponential,
	findGradients,
	joinColumns,
	leaf,
	logarithm,
	type Matrix,
	map,
	matmul,
	matrix,
	meanOfRows,
	multiply,
	pickColumns,
	pickRows,
	scale,
	squareRoot,
	subtract,
	sumOfAll,
	sumOfRows,
	transpose,
	type Variable,
} from "./tape.ts";

const positive = (x: Variable) => add(multiply(x, x), leaf(matrix(1, 1, [0.5])));

const operators: Record<string, (x: Variable, y: Variable) => Variable> = {
	add,
	"add a row": (x, y) => add(x, pickRows(y, [1])),
	"subtract a column": (x, y) => subtract(x, pickColumns(y, 2, 3)),
	multiply,
	"multiply by a single number": (x, y) => multiply(x, sumOfAll(y)),
	divide: (x, y) => divide(x, positive(y)),
	"divide by a column": (x, y) => divide(x, sumOfRows(positive(y))),
	scale: (x) => scale(x, -1.7),
	map: (x) => map(x, Math.sin, Math.cos),
	exponential: (x) => exponential(x),
	logarithm: (x) => logarithm(positive(x)),
	squareRoot: (x) => squareRoot(positive(x)),
	matmul: (x, y) => matmul(x, transpose(y)),
	meanOfRows: (x, y) => multiply(y, meanOfRows(x)),
	"pickRows, one of them twice": (x, y) => multiply(pickRows(x, [2, 0, 2]), y),
	joinColumns: (x, y) => joinColumns([x, y, x]),
	"a variable used twice": (x, y) => multiply(add(x, y), subtract(x, y)),
};

describe("the float64 tape", () => {
	test.each(Object.entries(operators))("differentiates %s as central differences do", (_, operator) => {
		const random = seedRandom(7);
		const x = normalMatrix(random, 3, 4, 1);
		const y = normalMatrix(random, 3, 4, 1);
		const probe = operator(leaf(x), leaf(y)).value;
		const weights = leaf(normalMatrix(random, probe.rows, probe.cols, 1));
		const scalar = (a: Variable, b: Variable) => sumOfAll(multiply(operator(a, b), weights));
		const [first, second] = [leaf(x), leaf(y)];
		const [gx, gy] = findGradients(scalar(first, second), matrix(1, 1, [1]), [first, second]) as [Matrix, Matrix];
		expectClose(
			gx,
			differences(x, (m) => at(scalar(leaf(m), leaf(y)).value, 0, 0)),
		);
		expectClose(
			gy,
			differences(y, (m) => at(scalar(leaf(x), leaf(m)).value, 0, 0)),
		);
	});

	test.each(["gelu_new", "gelu", "relu"] as const)("differentiates a whole GPT-2 with %s", (activation) => {
		const random = seedRandom(3);
		const tensors = new Map<string, Matrix>();
		const put = (name: string, rows: number, cols: number, mean = 0) =>
			tensors.set(name, normalMatrix(random, rows, cols, 0.5, mean));
		put("wte.weight", 7, 4);
		put("wpe.weight", 5, 4);
		for (const norm of ["h.0.ln_1", "h.0.ln_2", "ln_f"]) {
			put(`${norm}.weight`, 1, 4, 1);
			put(`${norm}.bias`, 1, 4);
		}
		for (const [name, from, to] of [
			["attn.c_attn", 4, 12],
			["attn.c_proj", 4, 4],
			["mlp.c_fc", 4, 8],
			["mlp.c_proj", 8, 4],
		] as const) {
			put(`h.0.${name}.weight`, from, to);
			put(`h.0.${name}.bias`, 1, to);
		}
		const model: OracleModel = { layers: 1, heads: 2, epsilon: 1e-5, activation, tensors };
		const tokens = [1, 5, 2];
		const weights = leaf(normalMatrix(random, 3, 7, 1));
		const embedding = runGpt2(model, tokens).sites.get("resid_-1")?.computed.value as Matrix;
		const scalar = (x: Variable) =>
			sumOfAll(multiply(runGpt2(model, tokens, (site) => (site === "resid_-1" ? x : undefined)).logits, weights));
		const x = leaf(embedding);
		const [gradient] = findGradients(scalar(x), matrix(1, 1, [1]), [x]) as [Matrix];
		expectClose(
			gradient,
			differences(embedding, (m) => at(scalar(leaf(m)).value, 0, 0)),
		);
	});

	test("knows the error function (NIST's table 7.1 of Abramowitz and Stegun)", () => {
		expect(errorFunction(0.5)).toBeCloseTo(0.5204998778, 10);
		expect(errorFunction(-1)).toBeCloseTo(-0.8427007929, 10);
		expect(errorFunction(2)).toBeCloseTo(0.995322265, 9);
		expect(errorFunction(5.5)).toBeCloseTo(1, 12);
	});
});

function differences(x: Matrix, f: (m: Matrix) => number): Matrix {
	const step = 1e-5;
	return matrix(
		x.rows,
		x.cols,
		x.data.map((_, i) => {
			const moved = (by: number) => f(matrix(x.rows, x.cols, x.data.with(i, (x.data[i] as number) + by)));
			return (moved(step) - moved(-step)) / (2 * step);
		}),
	);
}

function expectClose(actual: Matrix, expected: Matrix): void {
	const largest = Math.max(...expected.data.map(Math.abs), 1e-3);
	expected.data.forEach((value, i) => {
		expect(Math.abs((actual.data[i] as number) - value) / largest).toBeLessThan(1e-7);
	});
}
