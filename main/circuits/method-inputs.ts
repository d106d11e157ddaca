import { AppError } from "#shared/errors";
import { parseNodeId } from "#shared/node-id";
import { type SiteName, siteName } from "#shared/site";
import type { TraceRequest, TraceResult } from "#shared/trace";
import { loadActivationSession, tokenFeeds } from "../model/activation-session.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { floats, type SessionOptions } from "../onnx/session.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { resolvePrependBos, selectLayers } from "../sae/discovery.ts";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { measureScale } from "../sae/normalization.ts";
import type { EncoderCache } from "./encoder-cache.ts";
import { checkPrompt, encodePrompt, loadModelWithDictionaries } from "./trace-inputs.ts";

/** What the methods without a metric begin with: all of each prompt's tokens are run. */
export interface MethodInputs {
	readonly model: LanguageModel;
	readonly tokenizer: Tokenizer;
	/** In the order of computation. */
	readonly dictionaries: readonly Dictionary[];
	readonly skipped: TraceResult["skipped"];
	/** Token ids of each prompt, `<|endoftext|>` included. */
	readonly prompts: readonly (readonly number[])[];
}

export function loadMethodInputs(
	request: Pick<TraceRequest, "modelDir" | "dictionaryDirs" | "layers" | "bos">,
	texts: readonly string[],
	maxLength = Number.POSITIVE_INFINITY,
): MethodInputs {
	const { model, tokenizer, dictionaries: found, skipped } = loadModelWithDictionaries(request);
	const dictionaries = selectLayers(found, request.layers, model.config.layers);
	const prependBos = resolvePrependBos(dictionaries, request.bos);
	const prompts = texts.map((text) => {
		const ids = encodePrompt(text, prependBos, tokenizer).slice(0, maxLength);
		checkPrompt(ids, ids, model);
		return ids;
	});
	return { model, tokenizer, dictionaries, skipped, prompts };
}

/** Features by dictionary from ids such as `mlp_3.17` (a position is left aside). Throws where one does not exist. */
export function groupPins(
	pins: readonly string[],
	dictionaries: readonly Dictionary[],
): ReadonlyMap<Dictionary, readonly number[]> {
	const groups = new Map<Dictionary, Set<number>>();
	for (const pin of pins) {
		const ref = parseNodeId(pin);
		if (ref.kind !== "feature")
			throw new AppError("usage", `"${pin}" is no feature. Pin features, such as mlp_3.17.`, { pin });
		const site = siteName(ref.site);
		const dictionary = dictionaries.find((one) => one.siteName === site);
		if (!dictionary)
			throw new AppError(
				"not-found",
				`${pin} cannot be used: no dictionary sits at ${site}. There are ${dictionaries.map((one) => one.siteName).join(", ")}.`,
				{ pin },
			);
		if (ref.feature >= dictionary.dSae)
			throw new AppError(
				"not-found",
				`${pin} does not exist: the dictionary at ${site} has the features 0 to ${dictionary.dSae - 1}.`,
				{ pin },
			);
		groups.set(dictionary, (groups.get(dictionary) ?? new Set()).add(ref.feature));
	}
	return new Map([...groups].map(([dictionary, features]) => [dictionary, [...features].sort((a, b) => a - b)]));
}

/** A dictionary on one prompt as the model is. */
export interface EncodedSite {
	/** `[T, dIn]`. */
	readonly x: Float32Array;
	readonly sparse: SparseActivations;
	/** Un-normalising factor of each token. */
	readonly scale: Float32Array;
}

/** Features of some dictionaries on one prompt. */
export async function encodeSites(
	model: LanguageModel,
	ids: readonly number[],
	dictionaries: readonly Dictionary[],
	encoders: EncoderCache,
	session: SessionOptions,
): Promise<ReadonlyMap<SiteName, EncodedSite>> {
	const sites = dictionaries.map((dictionary) => dictionary.siteName);
	const activations = await loadActivationSession(model, sites, session);
	const results = await activations.run(tokenFeeds(ids)).finally(() => activations.dispose());
	const encoded = new Map<SiteName, EncodedSite>();
	for (const dictionary of dictionaries) {
		const x = floats(results, dictionary.siteName);
		const sparse = await (await encoders.load(dictionary, session)).run(x);
		encoded.set(dictionary.siteName, { x, sparse, scale: await measureScale(x, dictionary, session) });
	}
	return encoded;
}
