import { describe, expect, test } from "vitest";
import { decode, encode, type OracleDictionary } from "./dictionary.ts";
import { leaf, matrix } from "./tape.ts";

/** Three features over two numbers, each read and written along (1, 0), (0, 1) and (1, −1). */
const base: OracleDictionary = {
	site: "mlp_0",
	kind: "standard",
	wEnc: matrix(2, 3, [1, 0, 1, 0, 1, -1]),
	wDec: matrix(3, 2, [1, 0, 0, 2, 3, -4]),
	bDec: matrix(1, 2, [0.5, -0.5]),
	bEnc: matrix(1, 3, [0.25, -0.25, -4]),
	normalize: "none",
	applyDecoderBiasToInput: true,
	centre: false,
	rescaleByDecoderNorm: false,
};
const run = (change: Partial<OracleDictionary>, x: readonly number[]) => {
	const input = leaf(matrix(1, 2, x));
	const activations = encode({ ...base, ...change }, input);
	return { a: [...activations.value.data], y: [...decode({ ...base, ...change }, activations, input).value.data] };
};
const close = (actual: readonly number[], expected: readonly number[]) =>
	expected.forEach((value, i) => {
		expect(actual[i]).toBeCloseTo(value, 12);
	});

describe("float64 dictionaries, against numbers worked out by hand", () => {
	test("standard", () => {
		const { a, y } = run({}, [3, 1]);
		close(a, [2.75, 1.25, 0]); // (3 − 0.5) + 0.25; (1 + 0.5) − 0.25; 2.5 − 1.5 − 4
		close(y, [3.25, 2]);
		close(run({ applyDecoderBiasToInput: false }, [3, 1]).a, [3.25, 0.75, 0]);
	});

	test("topk keeps the k largest, those above zero of them", () => {
		close(run({ kind: "topk", k: 1 }, [3, 1]).a, [2.75, 0, 0]);
		close(run({ kind: "topk", k: 3 }, [3, 1]).a, [2.75, 1.25, 0]);
	});

	test("abstopk keeps the largest by size, with their signs; groupmax the largest of each group", () => {
		close(run({ kind: "abstopk", k: 2 }, [-3, 1]).a, [-3.25, 0, -9]); // −3.5 + 0.25; 1.5 − 0.25; −3.5 − 1.5 − 4
		const four = {
			kind: "groupmax" as const,
			k: 2,
			wEnc: matrix(2, 4, [1, 0, 1, 0, 0, 1, -1, 2]),
			wDec: matrix(4, 2),
			bEnc: matrix(1, 4),
		};
		close(run(four, [3, 1]).a, [2.5, 0, 0, 3]); // 2.5 over 1.5; 2.5 − 1.5 under 3
		close(run(four, [3, -4]).a, [2.5, 0, 6, 0]); // 2.5 over −3.5; 2.5 + 3.5 over −7
	});

	test("jumprelu and batchtopk ask for more than the threshold", () => {
		const threshold = matrix(1, 3, [2, 1.25, 0]);
		close(run({ kind: "jumprelu", threshold }, [3, 1]).a, [2.75, 0, 0]);
		close(run({ kind: "batchtopk", threshold }, [3, 1]).a, [2.75, 0, 0]);
	});

	test("gated: one bias opens the gate, the other and exp(r) give the size", () => {
		const gated = {
			kind: "gated" as const,
			bGate: matrix(1, 3, [-3, -1, 0]),
			bMag: matrix(1, 3, [0, 1, 2]),
			rMag: matrix(1, 3, [0, Math.log(2), Math.log(3)]),
		};
		close(run(gated, [3, 1]).a, [0, 4, 5]); // 2.5 − 3 is shut; 1.5 · 2 + 1; 1 · 3 + 2
	});

	test("layer norm divides by the n − 1 deviation plus 1e-5, and puts back without it", () => {
		const { a, y } = run({ normalize: "layer_norm" }, [3, 1]);
		const unit = 1 / (Math.SQRT2 + 1e-5);
		close(a, [unit - 0.25, 0, 0]);
		close(y, [(unit - 0.25 + 0.5) * Math.SQRT2 + 2, -0.5 * Math.SQRT2 + 2]);
	});

	test("constant norm", () => {
		const { a, y } = run({ normalize: "constant_norm_rescale" }, [3, 4]); // norm 5 → √2
		close(a, [(3 * Math.SQRT2) / 5 - 0.25, (4 * Math.SQRT2) / 5 + 0.25, 0]);
		close(y, [((a[0] as number) + 0.5) * (5 / Math.SQRT2), (2 * (a[1] as number) - 0.5) * (5 / Math.SQRT2)]);
	});

	test("centring takes the mean away and adds it back", () => {
		const { a, y } = run({ centre: true }, [3, 1]); // (1, −1)
		close(a, [0.75, 0, 0]);
		close(y, [3.25, 1.5]);
	});

	test("finetuning scales the decoder's input; rescaling orders by the decoder's norms and undoes it", () => {
		const finetuned = run({ finetuningScale: matrix(1, 3, [2, 10, 1]) }, [3, 1]);
		close(finetuned.a, [2.75, 1.25, 0]);
		close(finetuned.y, [6, 24.5]);
		const rescaled = run(
			{ kind: "topk", k: 1, rescaleByDecoderNorm: true, bEnc: matrix(1, 3, [0.25, -0.25, 0]) },
			[3, 1],
		);
		close(rescaled.a, [0, 0, 5]); // 2.75 · 1, 1.25 · 2, 1 · 5
		close(rescaled.y, [3.5, -4.5]);
	});
});
