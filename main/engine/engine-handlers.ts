import { createRequire } from "node:module";
import { EncoderCache } from "../circuits/encoder-cache.ts";
import { traceGradient } from "../circuits/gradient.ts";
import { computeResponse } from "../circuits/response.ts";
import { loadModelWithDictionaries } from "../circuits/trace-inputs.ts";
import { computeCorpusFacts } from "../features/corpus-facts.ts";
import { measureLogitEffects } from "../features/logit-effects.ts";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { describeProviders } from "../onnx/providers.ts";
import { resolvePrependBos } from "../sae/discovery.ts";
import type { CallContext, EngineHandlers } from "./engine-loop.ts";

const defaultEncoderBytes = 1_073_741_824;
const encoders = new EncoderCache(defaultEncoderBytes);

/** What the engine can do: everything that runs ONNX Runtime. */
export const handlers: EngineHandlers = {
	async trace(request, context) {
		if (request.memoryLimitBytes === undefined) return await traceGradient(request, { ...context, encoders });
		const limited = new EncoderCache(request.memoryLimitBytes);
		try {
			return await traceGradient(request, { ...context, encoders: limited });
		} finally {
			await limited.dispose();
		}
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
	async corpusFacts(request, context: CallContext) {
		const { model, tokenizer, dictionaries } = loadModelWithDictionaries(request);
		const facts = await computeCorpusFacts({
			model,
			tokenizer,
			dictionaries,
			documents: request.documents,
			prependBos: resolvePrependBos(dictionaries, undefined),
			sequenceLength: Math.min(128, model.config.contextLength),
			contexts: 6,
			view: 5,
			logitTokens: 10,
			progress: context.progress,
			pause: () =>
				pauseBetweenRuns(context.signal, "The corpus was not read to its end, and nothing was stored. Run it again."),
		});
		return dictionaries.map(({ siteName: site, hash: dictionary }) => ({
			site,
			dictionary,
			facts: facts.get(site) ?? [],
		}));
	},
	respond: (request, { signal }) => computeResponse(request, signal),
	async providers() {
		const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
		return { onnxruntime: version, providers: await describeProviders() };
	},
};
