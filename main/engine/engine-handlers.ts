import { createRequire } from "node:module";
import { AppError } from "#shared/errors";
import { readSite } from "#shared/site";
import type { TraceResult } from "#shared/trace";
import type { TraceRequest } from "#shared/trace-request";
import type { DictionaryQuality } from "#shared/training";
import { traceAblation } from "../circuits/ablation.ts";
import { traceConsensus } from "../circuits/consensus.ts";
import { checkDictionary } from "../circuits/dictionary-check.ts";
import { compareDictionaries } from "../circuits/dictionary-quality.ts";
import { explainEdge } from "../circuits/edge-explanation.ts";
import { EncoderCache } from "../circuits/encoder-cache.ts";
import { calibrate } from "../circuits/forecast/calibrate.ts";
import { type TraceContext, traceGradient } from "../circuits/gradient.ts";
import { traceJacobian } from "../circuits/jacobian.ts";
import { checkProvider, requireProvider } from "../circuits/provider-check.ts";
import { computeResponse } from "../circuits/response.ts";
import { generateSteered } from "../circuits/steering.ts";
import { loadModelWithDictionaries } from "../circuits/trace-inputs.ts";
import { validateCircuit } from "../circuits/validation.ts";
import { clusterPositions } from "../features/cluster.ts";
import { collectActivations } from "../features/collect.ts";
import { measureLogitEffects } from "../features/logit-effects.ts";
import { SampleReader } from "../features/sample-facts.ts";
import { describeNotes, startNotes } from "../model/corpus.ts";
import { loadLanguageModel } from "../model/language-model.ts";
import { loadTokenizer } from "../model/tokenizer.ts";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider, describeProviders } from "../onnx/providers.ts";
import { trainDictionary } from "../sae/dictionary-training.ts";
import { resolvePrependBos, selectLayers } from "../sae/discovery.ts";
import type { EngineHandlers } from "./engine-loop.ts";

/** Documents of the corpus on which a trained dictionary is measured. */
const measuredSequences = 32;
const encoders = new EncoderCache();
const sample = new SampleReader();

function traceBy(request: TraceRequest, context: TraceContext): Promise<TraceResult> {
	switch (request.method) {
		case "gradient":
			return traceGradient(request, context);
		case "ablation":
			return traceAblation(request, context);
		case "jacobian":
			return traceJacobian(request, context);
		case "consensus":
			return traceConsensus(request, context);
	}
}

/** What the engine can do: everything that runs ONNX Runtime. */
export const handlers: EngineHandlers = {
	async trace(request, context) {
		return await traceBy(request, { ...context, encoders });
	},
	async logitFacts(request) {
		const { model, tokenizer, dictionaries } = loadModelWithDictionaries(request);
		const found = [];
		for (const dictionary of dictionaries) {
			const wanted = request.features.filter(({ site }) => site === dictionary.siteName).map(({ feature }) => feature);
			const features = wanted.filter((feature) => feature < dictionary.dSae);
			if (features.length === 0) continue;
			const effects = await measureLogitEffects(model, tokenizer, dictionary, features, 10);
			const facts = features.map((feature) => ({
				feature,
				frequency: 0,
				maxActivation: 0,
				contexts: [],
				raises: effects.get(feature)?.raises ?? [],
				lowers: effects.get(feature)?.lowers ?? [],
			}));
			found.push({ site: dictionary.siteName, dictionary: dictionary.hash, facts });
		}
		return found;
	},
	async collect(request, context) {
		const { model, tokenizer, dictionaries: found } = loadModelWithDictionaries(request);
		const dictionaries = selectLayers(found, request.layers, model.config.layers);
		const { provider } = await chooseProvider(request.provider);
		return await collectActivations({
			...context,
			request,
			model,
			tokenizer,
			dictionaries,
			prependBos: resolvePrependBos(dictionaries, request.bos),
			session: { provider },
			pause: () => pauseBetweenRuns(context.signal, "Gathering was stopped. It goes on where it stopped."),
		});
	},
	async sampleFacts(request, context) {
		const { model, tokenizer, dictionaries } = loadModelWithDictionaries(request);
		const dictionary = dictionaries.find(({ siteName }) => siteName === request.site);
		if (!dictionary)
			throw new AppError("not-found", `No dictionary sits at ${request.site}. Choose another folder.`, {
				site: request.site,
			});
		const { provider } = await chooseProvider(request.provider);
		return await sample.describe({
			request,
			model,
			tokenizer,
			dictionary,
			prependBos: resolvePrependBos([dictionary], request.bos),
			session: { provider },
			progress: (done, total) => context.progress({ step: `Contexts of ${request.site}`, done, total }),
			pause: () => pauseBetweenRuns(context.signal, "Reading the sample made way. It goes on where it stopped."),
		});
	},
	async train(request, context) {
		const began = performance.now();
		const model = loadLanguageModel(request.modelDir);
		const tokenizer = loadTokenizer(model.dir);
		const site = readSite(request.site, model.config.layers);
		const { provider } = await chooseProvider(request.provider);
		const notes = startNotes();
		const pause = () =>
			pauseBetweenRuns(context.signal, "Training was stopped. The same again goes on from where it stopped.");
		const { points, resumedAt } = await trainDictionary({
			request,
			model,
			tokenizer,
			site,
			session: { provider },
			notes,
			pause,
			point: (report) => context.progress({ step: "Training", done: report.step, total: request.steps, report }),
		});
		const { qualities } = await compareDictionaries(
			{ ...request, dictionaryDirs: [request.output], sequences: measuredSequences },
			{ pause, progress: (progress) => context.progress(progress) },
		);
		const seconds = (performance.now() - began) / 1000;
		const { output, steps } = request;
		return {
			output,
			steps,
			points,
			quality: qualities[0] as DictionaryQuality,
			seconds,
			resumedAt,
			notes: describeNotes(notes, "parted"),
		};
	},
	async checkDictionary(request, context) {
		const pause = () => pauseBetweenRuns(context.signal, "The check was stopped.");
		return await checkDictionary(request, { progress: (progress) => context.progress(progress), pause });
	},
	async compareDictionaries(request, context) {
		const pause = () => pauseBetweenRuns(context.signal, "The comparison was stopped.");
		return await compareDictionaries(request, { ...context, pause });
	},
	async cluster(request, context) {
		const model = loadLanguageModel(request.modelDir);
		const { provider } = await chooseProvider(request.provider);
		return await clusterPositions({
			request,
			model,
			tokenizer: loadTokenizer(model.dir),
			site: readSite(request.site, model.config.layers),
			session: { provider },
			progress: (progress) => context.progress(progress),
			pause: () => pauseBetweenRuns(context.signal, "The clustering was stopped."),
		});
	},
	validate: (request, context) => validateCircuit(request, { ...context, encoders }),
	generate: (request, context) => generateSteered(request, context),
	respond: (request, { signal }) => computeResponse(request, signal),
	explainEdge: (request, { signal }) => explainEdge(request, { encoders, signal }),
	async checkProvider(request, context) {
		const pause = () => pauseBetweenRuns(context.signal, "The check was stopped.");
		return await checkProvider(request, { ...context, pause });
	},
	async requireProvider(wish) {
		return await requireProvider(wish);
	},
	calibrate: (request, { signal }) =>
		calibrate(request, () => pauseBetweenRuns(signal, "Measuring this machine's speed was stopped.")),
	async providers() {
		const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
		return { onnxruntime: version, providers: await describeProviders() };
	},
};
