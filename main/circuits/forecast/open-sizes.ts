import { statSync } from "node:fs";
import type { Conventions } from "#shared/conventions";
import type { AppError } from "#shared/errors";
import { readSite } from "#shared/site";
import type { ValidationRequest } from "#shared/validation";
import { readDocuments, readSequences, startNotes } from "../../model/corpus.ts";
import { type LanguageModel, loadLanguageModel } from "../../model/language-model.ts";
import { measureSite } from "../../model/site-width.ts";
import { loadTokenizer, type Tokenizer } from "../../model/tokenizer.ts";
import type { Dictionary } from "../../sae/dictionary.ts";
import { resolvePrependBos, selectLayers } from "../../sae/discovery.ts";
import { loadCompared } from "../dictionary-quality.ts";
import { groupPins, loadMethodInputs } from "../method-inputs.ts";
import { loadModelWithDictionaries, loadTraceInputs, type MetricRequest } from "../trace-inputs.ts";
import { readValidationTexts } from "../validation-texts.ts";
import type { PlacedDictionary, Sizes } from "./sizes.ts";

/** What was opened, and what its headers say. */
export interface Opened extends Sizes {
	readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

const placed = ({ site, dIn, dSae, config }: Dictionary): PlacedDictionary => ({
	site,
	dIn,
	dSae,
	...(config.k && { k: config.k }),
});

interface Found {
	readonly model: LanguageModel;
	readonly dictionaries: readonly Dictionary[];
	readonly skipped?: Opened["skipped"];
}

const sizesOf = ({ model, dictionaries, skipped = [] }: Found, more: Partial<Sizes>): Opened => ({
	model: model.config,
	dictionaries: dictionaries.map(placed),
	skipped,
	...{ tokens: [], sequences: 0, terms: 1 },
	...more,
});

/** A prompt with a metric. Throws what the run itself would throw, as all of these. */
export function openPrompt(request: MetricRequest): Opened {
	const inputs = loadTraceInputs(request);
	return sizesOf(inputs, { tokens: [inputs.metric.runIds.length], terms: inputs.metric.terms.length });
}

/** Several; those that cannot be traced are left out, as they will be. */
export function openPrompts(request: MetricRequest, more: readonly string[]): Opened {
	const first = openPrompt(request);
	const others = [...new Set(more)].flatMap((prompt) => {
		try {
			return openPrompt({ ...request, prompt }).tokens;
		} catch (error) {
			if ((error as AppError).code === "bad-prompt" || (error as AppError).code === "no-effect") return [];
			throw error;
		}
	});
	return { ...first, tokens: [...first.tokens, ...others] };
}

/** Prompts of which all tokens are run; of the dictionaries those that hold `features`, where some are named. */
export function openTexts(
	request: Parameters<typeof loadMethodInputs>[0],
	texts: readonly string[],
	{ maxLength, features }: { readonly maxLength?: number | undefined; readonly features?: readonly string[] } = {},
): Opened {
	const inputs = loadMethodInputs(request, texts, maxLength);
	const used = features && new Set(groupPins(features, inputs.dictionaries).keys());
	return sizesOf(
		{ ...inputs, dictionaries: used ? inputs.dictionaries.filter((one) => used.has(one)) : inputs.dictionaries },
		{ tokens: inputs.prompts.map(({ length }) => length) },
	);
}

export interface CorpusRequest {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	readonly conventions?: Conventions;
	readonly layers?: string;
	readonly bos?: "on" | "off";
	readonly corpus: string;
	readonly column?: string;
	readonly maxLength: number;
}

/** Dictionaries over a corpus, which is read as far as `reading` says. */
export async function openCorpus(request: CorpusRequest, reading: CorpusExtent): Promise<Opened> {
	const { model, tokenizer, dictionaries: found, skipped } = loadModelWithDictionaries(request);
	const dictionaries = selectLayers(found, request.layers, model.config.layers);
	const bos = resolvePrependBos(dictionaries, request.bos);
	return sizesOf(
		{ model, dictionaries, skipped },
		await measureCorpus({ model, tokenizer, bos, length: request.maxLength }, request, reading),
	);
}

/** Texts of a validation: prompts are all read. */
export async function openValidation(request: ValidationRequest): Promise<Opened> {
	const { corpus, ...others } = request;
	if (corpus !== undefined)
		return await openCorpus({ ...others, corpus }, { long: "cut", sequences: request.sequences });
	const inputs = loadMethodInputs(request, []);
	const { texts } = await readValidationTexts(request, inputs);
	const tokens = texts.reduce((sum, { ids }) => sum + ids.length, 0);
	return sizesOf(inputs, { tokens: [Math.max(1, Math.round(tokens / texts.length))], sequences: texts.length });
}

/** Dictionaries over a corpus one by one. */
export async function openCompared(request: Omit<CorpusRequest, "layers">, reading: CorpusExtent): Promise<Opened> {
	const { model, tokenizer, dictionaries } = loadCompared(request);
	const bos = resolvePrependBos(dictionaries.slice(0, 1), request.bos);
	return sizesOf(
		{ model, dictionaries },
		await measureCorpus({ model, tokenizer, bos, length: request.maxLength }, request, reading),
	);
}

/** A model's site over a corpus. */
export async function openSite(
	request: Omit<CorpusRequest, "dictionaryDirs" | "layers" | "bos"> & { readonly site: string; readonly bos: string },
	reading: CorpusExtent,
): Promise<Opened> {
	const model = loadLanguageModel(request.modelDir);
	const tokenizer = loadTokenizer(model.dir);
	const site = readSite(request.site, model.config.layers);
	const corpus = await measureCorpus(
		{ model, tokenizer, bos: request.bos === "on", length: request.maxLength },
		request,
		reading,
	);
	const dIn = measureSite(site, model.config);
	return { ...sizesOf({ model, dictionaries: [] }, corpus), dictionaries: [{ site, dIn, dSae: 0 }] };
}

/** How much of a corpus is read: so many sequences, or so many tokens, longer documents being cut or parted. */
interface CorpusExtent {
	readonly long: "cut" | "parted";
	readonly sequences?: number;
	readonly tokens?: number | undefined;
}

/** Sequences that tell how long the others are. */
const sampled = 64;
const bytesPerToken = 4;

async function measureCorpus(
	reading: {
		readonly model: LanguageModel;
		readonly tokenizer: Tokenizer;
		readonly bos: boolean;
		readonly length: number;
	},
	{ corpus, column }: Pick<CorpusRequest, "corpus" | "column">,
	{ long, sequences = Number.POSITIVE_INFINITY, tokens = Number.POSITIVE_INFINITY }: CorpusExtent,
): Promise<Pick<Sizes, "tokens" | "sequences">> {
	const notes = startNotes();
	const most = Math.min(sampled, sequences);
	let [count, sum, ended] = [0, 0, true];
	for await (const ids of readSequences(readDocuments(corpus, notes, column), { ...reading, long }, notes)) {
		count++;
		sum += ids.length;
		if (count === most) {
			ended = false;
			break;
		}
	}
	const mean = Math.max(1, Math.round(sum / Math.max(1, count)));
	const rest = Math.floor((statSync(corpus, { throwIfNoEntry: false })?.size ?? 0) / bytesPerToken / mean);
	const all = ended ? count : Math.max(count, rest);
	return { tokens: [mean], sequences: Math.max(1, Math.min(sequences, all, Math.ceil(tokens / mean))) };
}
