import { createRequire } from "node:module";
import { traceAblation } from "../circuits/ablation.ts";
import { EncoderCache } from "../circuits/encoder-cache.ts";
import { traceGradient } from "../circuits/gradient.ts";
import { traceJacobian } from "../circuits/jacobian.ts";
import { computeResponse } from "../circuits/response.ts";
import { generateSteered } from "../circuits/steering.ts";
import { loadModelWithDictionaries } from "../circuits/trace-inputs.ts";
import { validateCircuit } from "../circuits/validation.ts";
import { collectActivations } from "../features/collect.ts";
import { measureLogitEffects } from "../features/logit-effects.ts";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider, describeProviders } from "../onnx/providers.ts";
import { resolvePrependBos, selectLayers } from "../sae/discovery.ts";
import type { EngineHandlers } from "./engine-loop.ts";

const defaultEncoderBytes = 1_073_741_824;
const encoders = new EncoderCache(defaultEncoderBytes);

const methods = { gradient: traceGradient, ablation: traceAblation, jacobian: traceJacobian };

/** What the engine can do: everything that runs ONNX Runtime. */
export const handlers: EngineHandlers = {
	async trace(request, context) {
		const trace = methods[request.method ?? "gradient"];
		if (request.memoryLimitBytes === undefined) return await trace(request, { ...context, encoders });
		const limited = new EncoderCache(request.memoryLimitBytes);
		try {
			return await trace(request, { ...context, encoders: limited });
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
	validate: (request, context) => validateCircuit(request, { ...context, encoders }),
	generate: (request, context) => generateSteered(request, context),
	respond: (request, { signal }) => computeResponse(request, signal),
	async providers() {
		const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
		return { onnxruntime: version, providers: await describeProviders() };
	},
};
