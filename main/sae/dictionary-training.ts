import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { fillNormal, seededRandom } from "#shared/random";
import type { TrainingPoint, TrainingRequest } from "#shared/training";
import { saveSafetensors } from "../model/save-safetensors.ts";
import { measureSite } from "../model/site-width.ts";
import { floats, type Numbers } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import { startState, TrainingSession, type TrainingState } from "../onnx/training-session.ts";
import type { Value } from "../onnx/value.ts";
import { ActivationSource, type ActivationSourceOptions } from "./activation-source.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { formatHook } from "./hook-site.ts";
import { buildSparseTraining, type SparseParameters } from "./training-graph.ts";

/** Steps between two points of the curves. */
const pointSteps = 10;
const checkpointSteps = 200;
/** A feature that has not fired for so many activations counts as dead. */
const deadAfter = 100_000;
const warmSteps = 100;

export interface TrainingOptions extends ActivationSourceOptions {
	readonly request: TrainingRequest;
	/** Told every few steps. */
	point(point: TrainingPoint): void;
	/** Called between steps; may throw to stop. What has been learnt is kept. */
	pause(): Promise<void>;
}

/** What is kept of a run that was stopped. */
interface Checkpoint {
	/** Of everything but the number of steps: another request does not go on from it. */
	readonly key: string;
	readonly state: TrainingState;
	readonly scale: number;
	/** Sequences of the corpus that have been read. */
	readonly sequences: number;
	/** Activations seen since each feature fired. */
	readonly silent: Float64Array;
	readonly points: readonly TrainingPoint[];
}

/**
 * Trains a dictionary on a model's activations with Adam: topk with the auxiliary loss (Gao et al. 2024) or ReLU with an
 * L1 penalty (Bricken et al. 2023), decoder rows of unit norm. Writes the folder that every other part reads; stopped, it
 * keeps what it has and goes on from there.
 */
export async function trainDictionary(options: TrainingOptions): Promise<{
	readonly points: readonly TrainingPoint[];
	readonly resumedAt: number;
}> {
	const { request } = options;
	const { batch, features, steps, output } = request;
	const width = measureSite(options.site, options.model.config);
	checkSizes(request);
	mkdirSync(output, { recursive: true });
	const path = join(output, "training.checkpoint");
	const key = JSON.stringify({ ...request, steps: 0, output: "", provider: "" });
	const known = readCheckpoint(path, key);
	if (!known && existsSync(join(output, "cfg.json")))
		throw new AppError(
			"usage",
			`${output} holds a dictionary already, trained with other settings or to its end. Choose another --output, or delete that folder.`,
			{ path: output },
		);
	const source = new ActivationSource(options, known?.sequences ?? 0);
	const trainer = await source.open().then(async () => {
		const scale = known?.scale ?? (await source.measureScale());
		const state = known?.state ?? startState(startParameters(request, width));
		return { scale, state };
	});
	const { scale } = trainer;
	let { state } = trainer;
	const points = [...(known?.points ?? [])];
	const silent = known?.silent ?? new Float64Array(features);
	const session = await TrainingSession.load(
		state.parameters,
		{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0 },
		(parameter) => {
			const names = ["W_enc", "b_enc", "W_dec", "b_dec"].map(parameter) as [Value, Value, Value, Value];
			const [encoder, encoderBias, decoder, decoderBias] = names;
			const parameters: SparseParameters = { encoder, encoderBias, decoder, decoderBias };
			const x = input("x", ["B", width]);
			return buildSparseTraining(x, parameters, { ...request, dead: input("dead", [features]) });
		},
	);
	const window = new Window();
	try {
		while (state.step < steps) {
			await options.pause();
			const x = await source.draw(scale);
			const dead = Float32Array.from(silent, (since) => (since > deadAfter ? 1 : 0));
			const { state: next, results } = await session.run(state, rateAt(state.step, request), {
				x: { data: x, dims: [batch, width] },
				dead: { data: dead, dims: [features] },
			});
			state = next;
			normaliseRows(state.parameters.get("W_dec")?.data as Float32Array, width);
			const firings = floats(results, "firings");
			for (let f = 0; f < features; f++) silent[f] = (firings[f] as number) > 0 ? 0 : (silent[f] as number) + batch;
			const loss = floats(results, "loss")[0] as number;
			if (!Number.isFinite(loss))
				throw new AppError(
					"no-effect",
					`Training ran away at step ${state.step}: the loss is no number any more. Lower the learning rate.`,
					{ step: state.step },
				);
			window.add(loss, firings.reduce((a, b) => a + b, 0) / batch, floats(results, "missed")[0] as number, x, width);
			if (state.step % pointSteps === 0 || state.step === steps) {
				const point = { step: state.step, ...window.take(), dead: dead.reduce((a, b) => a + b, 0) / features };
				points.push(point);
				options.point(point);
			}
			if (state.step % checkpointSteps === 0) keep();
		}
	} catch (error) {
		if (state.step > 0) keep();
		throw error;
	} finally {
		await session.dispose();
		await source.dispose();
	}
	saveWeights(options, state, scale);
	rmSync(path, { force: true });
	return { points, resumedAt: known?.state.step ?? 0 };

	/** The weights too, so that what was stopped can be used. */
	function keep(): void {
		saveCheckpoint(path, { key, state, scale, sequences: source.sequences, silent, points } satisfies Checkpoint);
		saveWeights(options, state, scale);
	}
}

function checkSizes({ kind, k, features, batch }: TrainingRequest): void {
	if (kind === "topk" && k > features)
		throw new AppError("usage", `k is ${k} and the dictionary has ${features} features. Choose a smaller k.`);
	if (batch * features > 2 ** 28)
		throw new AppError(
			"usage",
			`${batch} activations a step times ${features} features is more than memory should hold. Choose a smaller batch.`,
		);
}

function readCheckpoint(path: string, key: string): Checkpoint | undefined {
	const found = loadCheckpoint<Checkpoint>(path);
	return found?.key === key ? found : undefined;
}

/** The rate rises over the first steps and falls over the last fifth. */
function rateAt(step: number, { rate, steps }: TrainingRequest): number {
	return (
		rate * Math.min(1, (step + 1) / Math.min(warmSteps, steps / 10), Math.max(0.02, (steps - step) / (0.2 * steps)))
	);
}

/** Decoder rows are random directions, the encoder begins as their transpose. */
function startParameters({ features, seed }: TrainingRequest, width: number): ReadonlyMap<string, Numbers> {
	const decoder = fillNormal(new Float32Array(features * width), 1, seededRandom(seed));
	normaliseRows(decoder, width);
	const encoder = new Float32Array(decoder.length);
	for (let f = 0; f < features; f++)
		for (let i = 0; i < width; i++) encoder[i * features + f] = decoder[f * width + i] as number;
	return new Map([
		["W_enc", { data: encoder, dims: [width, features] }],
		["b_enc", { data: new Float32Array(features), dims: [features] }],
		["W_dec", { data: decoder, dims: [features, width] }],
		["b_dec", { data: new Float32Array(width), dims: [width] }],
	]);
}

export function normaliseRows(rows: Float32Array, width: number): void {
	for (let start = 0; start < rows.length; start += width) {
		let sum = 0;
		for (let i = start; i < start + width; i++) sum += (rows[i] as number) ** 2;
		const scale = 1 / Math.sqrt(sum || 1);
		for (let i = start; i < start + width; i++) rows[i] = (rows[i] as number) * scale;
	}
}

/** Figures of the steps since the last point. */
class Window {
	#steps = 0;
	#loss = 0;
	#l0 = 0;
	#missed = 0;
	#variance = 0;

	add(loss: number, l0: number, missed: number, x: Float32Array, width: number): void {
		const sums = new Float64Array(width);
		let squares = 0;
		for (let at = 0; at < x.length; at++) {
			const number = x[at] as number;
			squares += number * number;
			sums[at % width] = (sums[at % width] as number) + number;
		}
		const tokens = x.length / width;
		this.#variance += squares - sums.reduce((total, sum) => total + (sum * sum) / tokens, 0);
		this.#missed += missed;
		this.#loss += loss;
		this.#l0 += l0;
		this.#steps++;
	}

	take(): Pick<TrainingPoint, "loss" | "l0" | "explained"> {
		const steps = Math.max(1, this.#steps);
		const figures = {
			loss: this.#loss / steps,
			l0: this.#l0 / steps,
			explained: 1 - this.#missed / Math.max(Number.MIN_VALUE, this.#variance),
		};
		[this.#steps, this.#loss, this.#l0, this.#missed, this.#variance] = [0, 0, 0, 0, 0];
		return figures;
	}
}

/** Folds the scale into the weights: what is written reads raw activations. */
function saveWeights(
	{ request, model, site, tokenizer }: TrainingOptions,
	{ parameters }: TrainingState,
	scale: number,
) {
	const { output, features, kind, k } = request;
	const width = measureSite(site, model.config);
	const numbers = (name: string) => parameters.get(name)?.data as Float32Array;
	const unscaled = (name: string) => numbers(name).map((number) => number / scale);
	saveSafetensors(
		join(output, "sae_weights.safetensors"),
		new Map([
			["W_enc", { dtype: "F32", shape: [width, features], data: numbers("W_enc") }],
			["b_enc", { dtype: "F32", shape: [features], data: unscaled("b_enc") }],
			["W_dec", { dtype: "F32", shape: [features, width], data: numbers("W_dec") }],
			["b_dec", { dtype: "F32", shape: [width], data: unscaled("b_dec") }],
		]),
	);
	const config = {
		architecture: kind,
		...(kind === "topk" && { activation_fn: "topk", activation_fn_kwargs: { k } }),
		d_in: width,
		d_sae: features,
		hook_name: formatHook(site),
		apply_b_dec_to_input: true,
		normalize_activations: "none",
		prepend_bos: request.bos === "on" && tokenizer.bosId !== undefined,
		context_size: Math.min(request.maxLength, model.config.contextLength),
		model_name: model.name,
		dataset_path: request.corpus,
		dtype: "float32",
		sae_lens_version: "5.0.0",
	};
	writeFileSync(join(output, "cfg.json"), `${JSON.stringify(config, null, 2)}\n`);
}
