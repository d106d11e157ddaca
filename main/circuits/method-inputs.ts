import { AppError } from "#shared/errors";
import { parseNodeId } from "#shared/node-id";
import { type SiteName, siteName } from "#shared/site";
import type { TraceResult } from "#shared/trace";
import type { Selection } from "#shared/trace-request";
import { loadActivationSession, tokenFeeds } from "../model/activation-session.ts";
import { describeNotes, startNotes } from "../model/corpus.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { floats, type SessionOptions } from "../onnx/session.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { resolvePrependBos, selectLayers } from "../sae/discovery.ts";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { measureScale } from "../sae/normalization.ts";
import { describeReading } from "../sae/reading-notes.ts";
import type { EncoderCache } from "./encoder-cache.ts";
import { lastFeed } from "./metric.ts";
import { checkPrompt, loadModelWithDictionaries, encodePrompt as readPrompt } from "./trace-inputs.ts";

/** What the methods without a metric begin with: all of each prompt's tokens are run. */
export interface MethodInputs {
	readonly model: LanguageModel;
	readonly tokenizer: Tokenizer;
	/** In the order of computation. */
	readonly dictionaries: readonly Dictionary[];
	readonly skipped: TraceResult["skipped"];
	/** Token ids of each prompt, `<|endoftext|>` included. */
	readonly prompts: readonly (readonly number[])[];
	/** What people are told of the prompts and of how the dictionaries are read. */
	readonly notes: readonly string[];
}

export function loadMethodInputs(
	request: Pick<Selection, "modelDir" | "dictionaryDirs" | "conventions" | "layers" | "bos">,
	texts: readonly string[],
	maxLength?: number,
): MethodInputs {
	const { model, tokenizer, dictionaries: found, skipped } = loadModelWithDictionaries(request);
	const dictionaries = selectLayers(found, request.layers, model.config.layers);
	const prependBos = resolvePrependBos(dictionaries, request.bos);
	const { contextLength } = model.config;
	const length = maxLength === undefined ? undefined : Math.min(maxLength, contextLength);
	const notes = startNotes();
	if (length === contextLength) notes.mostTokens = contextLength;
	const prompts = texts.map((text) => {
		const read = readPrompt(text, prependBos, tokenizer);
		const ids = read.slice(0, length);
		if (ids.length < read.length) notes.long++;
		checkPrompt(ids, ids, model);
		return ids;
	});
	return {
		model,
		tokenizer,
		dictionaries,
		skipped,
		prompts,
		notes: [...describeNotes(notes, "cut"), ...describeReading(dictionaries)],
	};
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

/** The model on one prompt: activations at the dictionaries' sites, and what a run that begins at their layers needs. */
export interface CleanPrompt {
	/** `[T, dIn]` each. */
	readonly activations: ReadonlyMap<SiteName, Float32Array>;
	/** Residual stream `[T, width]` that enters each layer that holds a dictionary. */
	readonly streams: ReadonlyMap<number, Float32Array>;
	/** Of every layer from the first that holds a dictionary on: `keys:L` and `values:L`, `[heads, T, head width]`. */
	readonly past: Readonly<Record<string, Float32Array>>;
	/** `[vocabulary]` at the last position; empty without `past`. */
	readonly logits: Float32Array;
}

/** One forward pass; streams, keys, values and logits only where `withPast` asks for them. */
export async function runPrompt(
	model: LanguageModel,
	ids: readonly number[],
	dictionaries: readonly Dictionary[],
	session: SessionOptions,
	withPast = false,
): Promise<CleanPrompt> {
	const sites = dictionaries.map((dictionary) => dictionary.siteName);
	const layers = [...new Set(dictionaries.map(({ site }) => Math.max(0, site.layer)))];
	const entering = withPast ? layers.map((layer) => siteName({ kind: "resid", layer: layer - 1 })) : [];
	const keysFrom = withPast ? Math.min(...layers) : undefined;
	const activations = await loadActivationSession(model, [...new Set([...sites, ...entering])], session, keysFrom);
	const feeds = { ...tokenFeeds(ids), ...(withPast && lastFeed(ids.length)) };
	const results = await activations.run(feeds).finally(() => activations.dispose());
	return {
		activations: new Map(sites.map((site) => [site, floats(results, site)])),
		streams: new Map(withPast ? layers.map((layer, i) => [layer, floats(results, entering[i] as SiteName)]) : []),
		past: Object.fromEntries(
			Object.keys(results)
				.filter((name) => /^(keys|values):/.test(name))
				.map((name) => [name, floats(results, name)]),
		),
		logits: withPast ? floats(results, "logits") : new Float32Array(),
	};
}

/** Which features of a dictionary are active on a prompt. */
export async function encodeSite(
	{ activations }: CleanPrompt,
	dictionary: Dictionary,
	encoders: EncoderCache,
	session: SessionOptions,
): Promise<EncodedSite> {
	const x = activations.get(dictionary.siteName) as Float32Array;
	const sparse = await (await encoders.load(dictionary, session)).run(x);
	return { x, sparse, scale: await measureScale(x, dictionary, session) };
}

/** Features of all these dictionaries on one prompt. */
export async function encodePrompt(
	model: LanguageModel,
	ids: readonly number[],
	dictionaries: readonly Dictionary[],
	encoders: EncoderCache,
	session: SessionOptions,
): Promise<ReadonlyMap<SiteName, EncodedSite>> {
	const clean = await runPrompt(model, ids, dictionaries, session);
	const encoded = new Map<SiteName, EncodedSite>();
	for (const dictionary of dictionaries)
		encoded.set(dictionary.siteName, await encodeSite(clean, dictionary, encoders, session));
	return encoded;
}
