import { AppError } from "#shared/errors";
import type { Progress } from "#shared/trace";
import type { DictionaryQuality, QualityComparison, QualityRequest } from "#shared/training";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { describeNotes, readDocuments, readSequences, startNotes } from "../model/corpus.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import { type LanguageModel, loadLanguageModel } from "../model/language-model.ts";
import { loadTokenizer } from "../model/tokenizer.ts";
import { add, mul, sign, sub } from "../onnx/elementwise.ts";
import { chooseProvider } from "../onnx/providers.ts";
import { reduceSum } from "../onnx/reductions.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { type Dictionary, loadDictionary, seatDictionary } from "../sae/dictionary.ts";
import { resolvePrependBos } from "../sae/discovery.ts";
import { buildAllFeatures } from "../sae/feature-graph.ts";
import { refuseIdleConventions } from "../sae/idle-conventions.ts";
import { describeReading } from "../sae/reading-notes.ts";
import { buildSummedLoss, targetFeeds } from "./measure.ts";

export interface QualityContext {
	progress(progress: Progress): void;
	pause(): Promise<void>;
}

/** The dictionaries that are to be compared; several may sit at one site, for they are measured one by one. */
export function loadCompared({
	modelDir,
	dictionaryDirs,
	conventions,
}: Pick<QualityRequest, "modelDir" | "dictionaryDirs" | "conventions">) {
	const model = loadLanguageModel(modelDir);
	const dictionaries = dictionaryDirs.map((dir) => seatDictionary(loadDictionary(dir, conventions), model));
	refuseIdleConventions(
		dictionaries.map(({ config }) => config),
		conventions,
	);
	return { model, tokenizer: loadTokenizer(model.dir), dictionaries };
}

/** Measures dictionaries on the same text, so that they can be compared. */
export async function compareDictionaries(
	request: QualityRequest,
	context: QualityContext,
): Promise<QualityComparison> {
	const { model, tokenizer, dictionaries } = loadCompared(request);
	const { provider } = await chooseProvider(request.provider);
	const qualities: DictionaryQuality[] = [];
	let notes: readonly string[] = [];
	for (const [i, dictionary] of dictionaries.entries()) {
		const found = startNotes();
		const documents = readDocuments(request.corpus, found, request.column);
		const bos = resolvePrependBos([dictionary], request.bos);
		const reading = { model, tokenizer, bos, length: request.maxLength, long: "cut" as const };
		const sequences: (readonly number[])[] = [];
		for await (const ids of readSequences(documents, reading, found)) {
			sequences.push(ids);
			if (sequences.length === request.sequences) break;
		}
		// The text is the same each time: what is amiss in it is told once.
		notes = describeNotes(found, "cut");
		qualities.push(
			await measureDictionary(model, dictionary, sequences, { provider }, async (done) => {
				await context.pause();
				context.progress({
					step: `Measuring ${dictionary.name}`,
					done: i + done / sequences.length,
					total: dictionaries.length,
				});
			}),
		);
	}
	return { qualities, notes: [...describeReading(dictionaries), ...notes] };
}

/** Losses with the reconstruction and with zeros in the site's place, and how much of the activations it explains. */
export async function measureDictionary(
	model: LanguageModel,
	dictionary: Dictionary,
	sequences: readonly (readonly number[])[],
	options: SessionOptions,
	step: (done: number) => Promise<void>,
): Promise<DictionaryQuality> {
	const predictions = sequences.reduce((sum, { length }) => sum + length - 1, 0);
	if (predictions === 0)
		throw new AppError("bad-file", "The text holds nothing to predict. Give documents of two tokens or more.");
	const session = await GraphSession.load(buildQuality(model, dictionary), { prepack: true, ...options });
	const { dIn, dSae } = dictionary;
	const losses = [0, 0, 0];
	const fired = new Uint8Array(dSae);
	const sums = new Float64Array(dIn);
	let [active, missed, squares, tokens] = [0, 0, 0, 0];
	try {
		for (const [i, ids] of sequences.entries()) {
			await step(i);
			const results = await session.run({
				...tokenFeeds(ids),
				...targetFeeds(ids),
				// As it is, reconstructed, zeros.
				original: { data: Float32Array.of(1, 0, 0), dims: [3, 1, 1] },
				decoded: { data: Float32Array.of(0, 1, 0), dims: [3, 1, 1] },
			});
			for (const [row, loss] of floats(results, "losses").entries()) losses[row] = (losses[row] as number) + loss;
			for (const [f, count] of floats(results, "firings").entries()) {
				if (count > 0) fired[f] = 1;
				active += count;
			}
			missed += floats(results, "missed")[0] as number;
			const x = floats(results, "x");
			for (const [at, number] of x.entries()) {
				squares += number * number;
				sums[at % dIn] = (sums[at % dIn] as number) + number;
			}
			tokens += ids.length;
		}
	} finally {
		await session.dispose();
	}
	const variance = squares - sums.reduce((total, sum) => total + (sum * sum) / tokens, 0);
	const [loss, splicedLoss, zeroLoss] = losses.map((sum) => sum / predictions) as [number, number, number];
	return {
		dir: dictionary.dir,
		name: dictionary.name,
		site: dictionary.siteName,
		kind: dictionary.config.architecture,
		features: dSae,
		l0: active / tokens,
		explained: 1 - missed / variance,
		dead: fired.filter((one) => one === 0).length / dSae,
		loss,
		splicedLoss,
		zeroLoss,
		recovered: (zeroLoss - splicedLoss) / (zeroLoss - loss),
		tokens,
	};
}

function buildQuality(model: LanguageModel, dictionary: Dictionary): Record<string, Value> {
	const graph = { config: model.config, parameter: mapParameters(model) };
	const outputs: Record<string, Value> = {};
	const sites = buildGpt2Sites({
		...graph,
		...buildTokenInputs(graph.parameter),
		intervene(site, x) {
			if (site !== dictionary.siteName) return x;
			const { activations, reconstruct } = buildAllFeatures(x, dictionary);
			const reconstruction = reconstruct(activations);
			const error = sub(x, reconstruction);
			outputs["x"] = x;
			outputs["missed"] = reduceSum(mul(error, error), [-1, -2], false);
			outputs["firings"] = reduceSum(mul(sign(activations), sign(activations)), [-2], false);
			const rows = (name: string) => input(name, ["N", 1, 1]);
			return add(mul(x, rows("original")), mul(reconstruction, rows("decoded")));
		},
	});
	outputs["losses"] = buildSummedLoss(sites.final, graph);
	return outputs;
}
