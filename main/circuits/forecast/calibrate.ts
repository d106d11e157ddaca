import type { Rates } from "#shared/forecast";
import { seededRandom } from "#shared/random";
import type { ProviderChoice } from "#shared/trace-request";
import { buildTokenInputs, tokenFeeds } from "../../model/activation-session.ts";
import { buildGpt2Sites } from "../../model/gpt2-graph.ts";
import { mapParameters } from "../../model/gpt2-parameters.ts";
import { loadLanguageModel } from "../../model/language-model.ts";
import { differentiate } from "../../onnx/differentiate.ts";
import { mul } from "../../onnx/elementwise.ts";
import { matMul } from "../../onnx/linear.ts";
import { chooseProvider } from "../../onnx/providers.ts";
import { softmax } from "../../onnx/reductions.ts";
import { GraphSession, type Numbers } from "../../onnx/session.ts";
import { input } from "../../onnx/sources.ts";
import { sortNodes, type Value } from "../../onnx/value.ts";

export interface CalibrationRequest {
	/** A small model: the one that is bundled. */
	readonly modelDir: string;
	readonly provider: ProviderChoice;
}

/** Each figure is the mean of as many runs as fit, and of three at least: what else the machine does is part of it. */
const [leastRuns, figureMs] = [3, 300];

/**
 * Measures what a machine does of each kind of work a second, with the graphs that runs are made of: products with the
 * MLP's weights of GPT-2 small, attention forward and backward, a matrix that is read for a single row, a small model
 * that is loaded and run, and numbers that are added up one by one. Some two seconds.
 */
export async function calibrate(
	{ modelDir, provider: wish }: CalibrationRequest,
	pause: () => Promise<void>,
): Promise<Rates> {
	const { provider } = await chooseProvider(wish);
	const random = seededRandom(3);
	const numbers = (...dims: readonly number[]): Numbers => ({
		data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random() - 0.5),
		dims,
	});
	const time = async (outputs: Record<string, Value>, feeds: Record<string, Numbers>) => {
		const session = await GraphSession.load(outputs, { provider });
		try {
			return await measure(async () => void (await session.run(feeds)), pause);
		} finally {
			await session.dispose();
		}
	};

	const [tokens, width, inner] = [64, 768, 3072];
	const x = input("x", [tokens, width]);
	const y = matMul(matMul(x, input("up", [width, inner])), input("down", [inner, width]));
	const weights = { up: numbers(width, inner), down: numbers(inner, width) };
	const products = (await time({ y }, { x: numbers(tokens, width), ...weights })) / (4 * tokens * width * inner);
	const row = input("x", [1, width]);
	const single = await time(
		{ y: matMul(row, input("up", [width, 4 * inner])) },
		{
			x: numbers(1, width),
			up: numbers(width, 4 * inner),
		},
	);
	const read = single / (16 * width * inner);

	const [heads, positions, headWidth] = [12, 128, 64];
	const names = ["q", "k", "v"] as const;
	const [q, k, v] = names.map((name) => input(name, [heads, positions, headWidth])) as [Value, Value, Value];
	const attended = matMul(softmax(mul(matMul(q, k, { transB: true }), 0.125)), v);
	const [gq, gk, gv] = differentiate(
		[{ value: attended, cotangent: input("g", [heads, positions, headWidth]) }],
		[q, k, v],
	);
	const attention =
		(await time(
			{ attended, gq: gq as Value, gk: gk as Value, gv: gv as Value },
			Object.fromEntries([...names, "g"].map((name) => [name, numbers(heads, positions, headWidth)])),
		)) /
		(3 * 4 * heads * headWidth * positions * positions);

	const model = loadLanguageModel(modelDir);
	const parameter = mapParameters(model);
	const { final } = buildGpt2Sites({ config: model.config, parameter, ...buildTokenInputs(parameter) });
	const operators = sortNodes([final.value]).length;
	const load = () => GraphSession.load({ final: final.value }, { provider });
	const loaded = (await measure(async () => await (await load()).dispose(), pause)) / operators;
	const steps =
		(await time({ final: final.value }, tokenFeeds(Array.from({ length: 32 }, (_, i) => 1 + i)))) / operators;

	const values = numbers(262_144).data as Float32Array;
	const sums = new Float64Array(256);
	const entries =
		(await measure(async () => {
			for (let i = 0; i < values.length; i++)
				sums[i % 256] = (sums[i % 256] as number) + (values[i] as number) * (values[values.length - 1 - i] as number);
		}, pause)) / values.length;
	return { products, attention, read, loaded, steps, entries };
}

/** Seconds of a run, after one that does not count. */
async function measure(action: () => Promise<void>, pause: () => Promise<void>): Promise<number> {
	await action();
	const began = performance.now();
	let runs = 0;
	for (; runs < leastRuns || performance.now() < began + figureMs; runs++) {
		await pause();
		await action();
	}
	return (performance.now() - began) / 1000 / runs;
}
