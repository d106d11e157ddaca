import type { SiteName } from "#shared/site";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters, mapTensor } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { add, greaterOrEqual, mul, sub, toFloat } from "../onnx/elementwise.ts";
import { gather } from "../onnx/linear.ts";
import { floats, GraphSession } from "../onnx/session.ts";
import { reshape } from "../onnx/shaping.ts";
import { constant, input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { buildTopKReconstruction, type SparseParameters } from "../sae/training-graph.ts";
import { buildBatch, buildTokenLoss, referenceConfig } from "./train-model.ts";

export interface DictionaryQuality {
	readonly site: SiteName;
	/** Mean number of active features at a position. */
	readonly l0: number;
	/** `1 − Σ‖x − x̂‖² / Σ‖x − mean‖²`, without first positions. */
	readonly explainedVariance: number;
	/** Share of features that no held-out token activates. */
	readonly dead: number;
	/** `(loss with zeros − loss with x̂) / (loss with zeros − loss)` at this site. */
	readonly recovered: number;
}

const batch = 16;

/** Measures dictionaries as they were written, on text that neither they nor the model have seen. */
export async function measureDictionaries(
	model: LanguageModel,
	dictionaries: readonly Dictionary[],
	tokens: Uint16Array,
	bos: number,
): Promise<readonly DictionaryQuality[]> {
	const clean = await measureSpliced(model, undefined, tokens, bos);
	const measured: DictionaryQuality[] = [];
	for (const dictionary of dictionaries) {
		const spliced = await measureSpliced(model, { dictionary, zero: false }, tokens, bos);
		const zeroed = await measureSpliced(model, { dictionary, zero: true }, tokens, bos);
		measured.push({
			site: dictionary.siteName,
			l0: spliced.firings.reduce((a, b) => a + b, 0) / spliced.positions,
			explainedVariance: 1 - spliced.errorSquares / spliced.variance,
			dead: spliced.firings.filter((count) => count === 0).length / dictionary.dSae,
			recovered: (zeroed.loss - spliced.loss) / (zeroed.loss - clean.loss),
		});
	}
	return measured;
}

interface Splice {
	readonly dictionary: Dictionary;
	/** Puts zeros, and not the reconstruction, in the site's place. */
	readonly zero: boolean;
}

async function measureSpliced(model: LanguageModel, splice: Splice | undefined, tokens: Uint16Array, bos: number) {
	const { contextLength, width } = referenceConfig;
	const parameter = mapParameters(model);
	const ids = input("ids", [batch, contextLength], "int64");
	const outputs: Record<string, Value> = {};
	const sites = buildGpt2Sites({
		config: model.config,
		parameter,
		embedding: add(gather(parameter("wte.weight"), ids), parameter("wpe.weight")),
		mask: input("mask", [contextLength, contextLength]),
		intervene(site, x) {
			if (splice?.dictionary.siteName !== site) return x;
			const { activations, reconstruction } = buildTopKReconstruction(
				x,
				mapDictionary(splice.dictionary),
				splice.dictionary.config.k ?? 1,
			);
			Object.assign(outputs, { x, error: sub(x, reconstruction), active: toFloat(greaterOrEqual(activations, 1e-30)) });
			return splice.zero ? mul(x, 0) : reconstruction;
		},
	});
	const count = batch * contextLength;
	const last = reshape(sites.get(`resid_${model.config.layers - 1}`) as Value, [count, width]);
	outputs["loss"] = buildTokenLoss(last, { config: model.config, parameter });
	const session = await GraphSession.load(outputs);
	const windows = Math.floor(tokens.length / contextLength);
	const firings = new Float64Array(splice?.dictionary.dSae ?? 0);
	const sums = new Float64Array(width);
	let [loss, runs, positions, errorSquares, squares] = [0, 0, 0, 0, 0];
	for (let first = 0; first + batch <= windows; first += batch, runs++) {
		const starts = Array.from({ length: batch }, (_, i) => (first + i) * contextLength);
		const results = await session.run(buildBatch(tokens, starts, bos));
		loss += results["loss"]?.data[0] as number;
		if (!splice) continue;
		const [x, error, active] = ["x", "error", "active"].map((name) => floats(results, name)) as [
			Float32Array,
			Float32Array,
			Float32Array,
		];
		for (let row = 0; row < count; row++) {
			for (let f = 0; f < firings.length; f++)
				firings[f] = (firings[f] as number) + (active[row * firings.length + f] as number);
			positions++;
			if (row % contextLength === 0) continue;
			for (let i = 0; i < width; i++) {
				const number = x[row * width + i] as number;
				errorSquares += (error[row * width + i] as number) ** 2;
				squares += number * number;
				sums[i] = (sums[i] as number) + number;
			}
		}
	}
	await session.dispose();
	const counted = positions - runs * batch;
	const variance = squares - sums.reduce((total, sum) => total + (sum * sum) / Math.max(1, counted), 0);
	return { loss: loss / runs, firings, positions, errorSquares, variance };
}

/** The weights as they lie in the files. */
function mapDictionary({ encoder, encoderBias, decoder, decoderBias }: Dictionary): SparseParameters {
	return {
		encoder: mapTensor(encoder),
		encoderBias: constant(encoderBias),
		decoder: mapTensor(decoder),
		decoderBias: constant(decoderBias),
	};
}
