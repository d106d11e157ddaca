import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fillNormal, seededRandom } from "#shared/random";
import type { SiteName } from "#shared/site";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { saveSafetensors } from "../model/save-safetensors.ts";
import { add, mul, stopGradient } from "../onnx/elementwise.ts";
import { gather } from "../onnx/linear.ts";
import { floats, type Numbers, runOnce } from "../onnx/session.ts";
import { reshape } from "../onnx/shaping.ts";
import { input } from "../onnx/sources.ts";
import { startState, TrainingSession, type TrainingState } from "../onnx/training-session.ts";
import type { Value } from "../onnx/value.ts";
import { loadCheckpoint, saveCheckpoint } from "../sae/checkpoint.ts";
import { normaliseRows } from "../sae/dictionary-training.ts";
import { buildTopKTraining } from "../sae/training-graph.ts";
import { cacheFolder, dictionariesFolder } from "./paths.ts";
import type { TrainingData } from "./prepare-data.ts";
import { buildBatch, drawStarts, referenceConfig } from "./train-model.ts";

const seed = 8086;
const batch = 16;
export const dictionaryFeatures = 512;
export const dictionaryK = 32;
const steps = 1200;
const peakRate = 1.5e-3;
/** A feature that has not fired for so many steps is given a new direction, until the rate falls. */
const deadSteps = 100;
const lastRevival = 800;

const kinds = ["attn", "mlp", "resid"] as const;
const hooks = { attn: "hook_attn_out", mlp: "hook_mlp_out", resid: "hook_resid_post" } as const;

function listSites(): readonly SiteName[] {
	return Array.from({ length: referenceConfig.layers }, (_, layer) =>
		kinds.map((kind): SiteName => `${kind}_${layer}`),
	).flat();
}

/** The bundled model's sites on a batch, `[batch·context, width]` each. */
function buildActivations(model: LanguageModel, sites: readonly SiteName[]): ReadonlyMap<SiteName, Value> {
	const { contextLength, width } = referenceConfig;
	const parameter = mapParameters(model);
	const ids = input("ids", [batch, contextLength], "int64");
	const embedding = add(gather(parameter("wte.weight"), ids), parameter("wpe.weight"));
	const mask = input("mask", [contextLength, contextLength]);
	const values = buildGpt2Sites({ config: model.config, parameter, embedding, mask });
	return new Map(sites.map((site) => [site, reshape(values.get(site) as Value, [batch * contextLength, width])]));
}

/** `1/√mean square` of each site's activations, without the first position, whose norm is another. */
async function measureScales(model: LanguageModel, sites: readonly SiteName[], feeds: Record<string, Numbers>) {
	const results = await runOnce(Object.fromEntries(buildActivations(model, sites)), feeds);
	const { contextLength, width } = referenceConfig;
	return new Map(
		sites.map((site) => {
			const x = floats(results, site);
			let [sum, count] = [0, 0];
			for (const [i, number] of x.entries())
				if (Math.floor(i / width) % contextLength > 0) {
					sum += number * number;
					count++;
				}
			return [site, 1 / Math.sqrt(sum / count)];
		}),
	);
}

function startDictionaries(sites: readonly SiteName[]): ReadonlyMap<string, Numbers> {
	const { width } = referenceConfig;
	const random = seededRandom(seed);
	const parameters = new Map<string, Numbers>();
	for (const site of sites) {
		const decoder = fillNormal(new Float32Array(dictionaryFeatures * width), 1, random);
		normaliseRows(decoder, width);
		const encoder = new Float32Array(decoder.length);
		for (let f = 0; f < dictionaryFeatures; f++)
			for (let i = 0; i < width; i++) encoder[i * dictionaryFeatures + f] = decoder[f * width + i] as number;
		parameters.set(`${site}.W_enc`, { data: encoder, dims: [width, dictionaryFeatures] });
		parameters.set(`${site}.b_enc`, { data: new Float32Array(dictionaryFeatures), dims: [dictionaryFeatures] });
		parameters.set(`${site}.W_dec`, { data: decoder, dims: [dictionaryFeatures, width] });
		parameters.set(`${site}.b_dec`, { data: new Float32Array(width), dims: [width] });
	}
	return parameters;
}

/** Trains all dictionaries at once, from a checkpoint or from nothing, and writes them as SAELens folders. */
export async function trainDictionaries(
	model: LanguageModel,
	{ train, bos }: TrainingData,
	log: (line: string) => void,
): Promise<void> {
	const sites = listSites();
	const { width, contextLength } = referenceConfig;
	const scales = await measureScales(model, sites, buildBatch(train, drawStarts(train, batch, seed, -1), bos));
	const checkpoint = join(cacheFolder, "dictionaries.checkpoint");
	let state = loadCheckpoint<TrainingState>(checkpoint) ?? startState(startDictionaries(sites));
	const session = await TrainingSession.load(
		state.parameters,
		{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0 },
		(parameter) => {
			const metrics: Record<string, Value> = {};
			let loss: Value | undefined;
			for (const [site, x] of buildActivations(model, sites)) {
				const [encoder, encoderBias, decoder, decoderBias] = ["W_enc", "b_enc", "W_dec", "b_dec"].map((name) =>
					parameter(`${site}.${name}`),
				) as [Value, Value, Value, Value];
				const scaled = stopGradient(mul(x, scales.get(site) as number));
				const training = buildTopKTraining(scaled, { encoder, encoderBias, decoder, decoderBias }, dictionaryK);
				metrics[`${site}.loss`] = training.loss;
				metrics[`${site}.firings`] = training.firings;
				metrics[`${site}.error`] = training.error;
				loss = loss ? add(loss, training.loss) : training.loss;
			}
			return { loss: loss as Value, metrics };
		},
	);
	const silent = new Map(sites.map((site) => [site, new Int32Array(dictionaryFeatures)]));
	const random = seededRandom(seed + 1);
	let began = performance.now();
	while (state.step < steps) {
		const feeds = buildBatch(train, drawStarts(train, batch, seed, state.step), bos);
		const { state: next, results } = await session.run(state, rateAt(state.step), feeds);
		state = next;
		let revived = 0;
		for (const site of sites) {
			normaliseRows(state.parameters.get(`${site}.W_dec`)?.data as Float32Array, width);
			const waiting = silent.get(site) as Int32Array;
			for (const [f, count] of floats(results, `${site}.firings`).entries())
				waiting[f] = count > 0 ? 0 : (waiting[f] as number) + 1;
			if (state.step < lastRevival)
				revived += reviveFeatures(state, site, waiting, floats(results, `${site}.error`), random);
		}
		if (state.step % 100 === 0) {
			const rate = (100 * batch * contextLength) / ((performance.now() - began) / 1000);
			const losses = sites.map((site) => `${site} ${Number(results[`${site}.loss`]?.data[0]).toFixed(3)}`);
			log(`dictionaries step ${state.step} revived ${revived} tokens/s ${Math.round(rate)} loss ${losses.join(" ")}`);
			saveCheckpoint(checkpoint, state);
			began = performance.now();
		}
	}
	await session.dispose();
	for (const site of sites) saveDictionary(site, state.parameters, scales.get(site) as number);
}

function rateAt(step: number): number {
	return step < 100
		? (peakRate * (step + 1)) / 100
		: peakRate * Math.min(1, Math.max(0.05, (steps - step) / (steps - lastRevival)));
}

/** Points features that never fire at what the others miss (resampling, Bricken et al. 2023). */
function reviveFeatures(
	state: TrainingState,
	site: SiteName,
	waiting: Int32Array,
	errors: Float32Array,
	random: () => number,
): number {
	const { width } = referenceConfig;
	const numbersOf = (map: ReadonlyMap<string, Numbers>, name: string) =>
		map.get(`${site}.${name}`)?.data as Float32Array;
	let revived = 0;
	for (let f = 0; f < waiting.length; f++) {
		if ((waiting[f] as number) < deadSteps) continue;
		waiting[f] = 0;
		revived++;
		const token = Math.floor(random() * (errors.length / width));
		const direction = errors.slice(token * width, (token + 1) * width);
		normaliseRows(direction, width);
		for (const map of [state.parameters, state.means, state.squares]) {
			const fresh = map === state.parameters;
			for (let i = 0; i < width; i++) {
				numbersOf(map, "W_dec")[f * width + i] = fresh ? (direction[i] as number) : 0;
				numbersOf(map, "W_enc")[i * waiting.length + f] = fresh ? (direction[i] as number) : 0;
			}
			numbersOf(map, "b_enc")[f] = 0;
		}
	}
	return revived;
}

/** Folds the scale into the weights: what is written reads raw activations. */
function saveDictionary(site: SiteName, parameters: ReadonlyMap<string, Numbers>, scale: number): void {
	const { width } = referenceConfig;
	const [kind, layer] = site.split("_") as [(typeof kinds)[number], string];
	const hook = `blocks.${layer}.${hooks[kind]}`;
	const folder = join(dictionariesFolder, hook);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const numbersOf = (name: string) => parameters.get(`${site}.${name}`)?.data as Float32Array;
	const unscaled = (name: string) => numbersOf(name).map((number) => number / scale);
	saveSafetensors(
		join(folder, "sae_weights.safetensors"),
		new Map([
			["W_enc", { dtype: "F16", shape: [width, dictionaryFeatures], data: numbersOf("W_enc") }],
			["b_enc", { dtype: "F32", shape: [dictionaryFeatures], data: unscaled("b_enc") }],
			["W_dec", { dtype: "F16", shape: [dictionaryFeatures, width], data: numbersOf("W_dec") }],
			["b_dec", { dtype: "F32", shape: [width], data: unscaled("b_dec") }],
		]),
	);
	const config = {
		architecture: "topk",
		activation_fn_kwargs: { k: dictionaryK },
		d_in: width,
		d_sae: dictionaryFeatures,
		hook_name: hook,
		apply_b_dec_to_input: true,
		normalize_activations: "none",
		prepend_bos: true,
		context_size: referenceConfig.contextLength,
		model_name: "scd-reference",
		dataset_path: "sotu, moby-dick, licences",
		dtype: "float16",
		sae_lens_version: "5.0.0",
	};
	writeFileSync(join(folder, "cfg.json"), `${JSON.stringify(config, null, 2)}\n`);
}
