import { expect, test } from "vitest";
import { buildAdam } from "../../main/onnx/adam.ts";
import { floats, GraphSession, type Numbers } from "../../main/onnx/session.ts";
import { input } from "../../main/onnx/sources.ts";

const one = (number: number): Numbers => ({ data: Float32Array.of(number), dims: [] });

test("Adam follows its definition over several steps, with decay and clipping", async () => {
	const [beta1, beta2, epsilon, decay, clip, rate] = [0.9, 0.99, 1e-8, 0.1, 0.5, 0.01];
	const state = {
		value: input("value", [1, 2]),
		gradient: input("gradient", [1, 2]),
		mean: input("mean", [1, 2]),
		square: input("square", [1, 2]),
	};
	const [step] = buildAdam([state], {
		rate: input("rate", []),
		correction1: input("c1", []),
		correction2: input("c2", []),
		beta1,
		beta2,
		epsilon,
		decay,
		clipNorm: clip,
	});
	const session = await GraphSession.load({ ...step });
	let ours = { value: [1, -2], mean: [0, 0], square: [0, 0] };
	let theirs = structuredClone(ours);
	for (let t = 1; t <= 4; t++) {
		const gradient = [0.3 * t, -0.8];
		const norm = Math.hypot(...gradient);
		const clipped = gradient.map((g) => g * Math.min(1, clip / norm));
		const mean = theirs.mean.map((m, i) => beta1 * m + (1 - beta1) * (clipped[i] as number));
		const square = theirs.square.map((v, i) => beta2 * v + (1 - beta2) * (clipped[i] as number) ** 2);
		const value = theirs.value.map(
			(p, i) =>
				p -
				rate *
					((mean[i] as number) / (1 - beta1 ** t) / (Math.sqrt((square[i] as number) / (1 - beta2 ** t)) + epsilon) +
						decay * p),
		);
		theirs = { value, mean, square };
		const feed = (numbers: readonly number[]): Numbers => ({ data: Float32Array.from(numbers), dims: [1, 2] });
		const results = await session.run({
			value: feed(ours.value),
			mean: feed(ours.mean),
			square: feed(ours.square),
			gradient: feed(gradient),
			rate: one(rate),
			c1: one(1 - beta1 ** t),
			c2: one(1 - beta2 ** t),
		});
		ours = {
			value: [...floats(results, "value")],
			mean: [...floats(results, "mean")],
			square: [...floats(results, "square")],
		};
		for (const name of ["value", "mean", "square"] as const)
			for (const i of [0, 1]) expect(ours[name][i]).toBeCloseTo(theirs[name][i] as number, 5);
	}
	await session.dispose();
});
