import { shortName } from "#shared/catalogue";
import type { ValueBiases } from "#shared/conventions";
import type { CheckAlternative, CheckFigures, CheckRequest, DictionaryCheck } from "#shared/dictionary-check";
import { AppError } from "#shared/errors";
import type { SiteName } from "#shared/site";
import type { Progress } from "#shared/trace";
import { loadActivationSession, tokenFeeds } from "../model/activation-session.ts";
import { readDocuments, readSequences, startNotes } from "../model/corpus.ts";
import { type LanguageModel, loadLanguageModel } from "../model/language-model.ts";
import { loadTokenizer } from "../model/tokenizer.ts";
import { mul, sign, sub } from "../onnx/elementwise.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { chooseProvider } from "../onnx/providers.ts";
import { reduceSum } from "../onnx/reductions.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import { findInCatalogue } from "../sae/catalogue-match.ts";
import { type Dictionary, loadDictionary, seatDictionary } from "../sae/dictionary.ts";
import { resolvePrependBos } from "../sae/discovery.ts";
import { buildAllFeatures } from "../sae/feature-graph.ts";
import { mayBeCentred } from "../sae/idle-conventions.ts";
import { sumValueBiases } from "../sae/value-biases.ts";
import { measureDictionary } from "./dictionary-quality.ts";

/** Of the text, and of a sequence. */
const [textTokens, sequenceTokens] = [512, 128];

export interface CheckContext {
	progress(progress: Progress): void;
	/** Called between runs; may throw to stop. */
	pause(): Promise<void>;
}

/** A dictionary read otherwise in one respect. */
interface Variant {
	readonly change: string;
	readonly dictionary: Dictionary;
}

/**
 * Reads a short text and measures what a dictionary makes of it as it is read, and as it would be read otherwise where a
 * convention can be in doubt: centring, value biases, scale, `b_dec` on the input, `<|endoftext|>`. Decides nothing.
 */
export async function checkDictionary(request: CheckRequest, context: CheckContext): Promise<DictionaryCheck> {
	const model = loadLanguageModel(request.modelDir);
	const tokenizer = loadTokenizer(model.dir);
	const dictionary = seatDictionary(loadDictionary(request.dictionaryDir, request.conventions), model);
	const { provider } = await chooseProvider(request.provider);
	const session = { provider };
	const bos = resolvePrependBos([dictionary], request.bos) && tokenizer.bosId !== undefined;
	const read = async (withBos: boolean) => {
		const sequences: (readonly number[])[] = [];
		const notes = startNotes();
		const reading = { model, tokenizer, bos: withBos, length: sequenceTokens, long: "parted" as const };
		let tokens = 0;
		for await (const ids of readSequences(readDocuments(request.corpus, notes), reading, notes)) {
			if (ids.length < 2) continue;
			sequences.push(ids);
			tokens += ids.length;
			if (tokens >= textTokens) break;
		}
		return sequences;
	};
	const step = async (name: string, done: number) => {
		await context.pause();
		context.progress({ step: `${name} of ${dictionary.name}`, done, total: 4 });
	};
	await step("Activations", 0);
	const sequences = await read(bos);
	if (sequences.length === 0)
		throw new AppError("bad-file", "The text holds nothing to predict. Give documents of two tokens or more.");
	const x = await runSite(model, dictionary.siteName, sequences, session, context);
	await step("Features", 1);
	const measured = await measureFigures(dictionary, x, session, context);
	await step("Other readings", 2);
	const alternatives: CheckAlternative[] = [];
	for (const { change, dictionary: variant } of listVariants(dictionary, model, x))
		alternatives.push({ change, ...(await measureFigures(variant, x, session, context)) });
	if (tokenizer.bosId !== undefined) {
		const other = await runSite(model, dictionary.siteName, await read(!bos), session, context);
		alternatives.push({
			change: `--bos ${bos ? "off" : "on"}`,
			...(await measureFigures(dictionary, other, session, context)),
		});
	}
	await step("Losses", 3);
	const { recovered } = await measureDictionary(model, dictionary, sequences, { ...session, prepack: false }, () =>
		context.pause(),
	);
	const published = findInCatalogue(dictionary.dir, dictionary.config, dictionary.dSae);
	return {
		dir: dictionary.dir,
		name: dictionary.name,
		hash: dictionary.hash,
		site: dictionary.siteName,
		features: dictionary.dSae,
		rule: dictionary.rule,
		bos,
		measured: { ...measured, recovered },
		stated: published
			? {
					release: shortName(published.release),
					...(published.dictionary.l0 !== undefined && { l0: published.dictionary.l0 }),
					...(published.dictionary.explainedVariance !== undefined && {
						explained: published.dictionary.explainedVariance,
					}),
				}
			: null,
		alternatives,
		tokens: sequences.reduce((sum, { length }) => sum + length, 0),
	};
}

/** The site's activations `[tokens, dIn]`, each sequence's first position left out. */
async function runSite(
	model: LanguageModel,
	site: SiteName,
	sequences: readonly (readonly number[])[],
	options: SessionOptions,
	{ pause }: CheckContext,
): Promise<Float32Array> {
	const session = await loadActivationSession(model, [site], options);
	const parts: Float32Array[] = [];
	try {
		for (const ids of sequences) {
			await pause();
			const x = floats(await session.run(tokenFeeds(ids)), site);
			parts.push(x.slice(x.length / ids.length));
		}
	} finally {
		await session.dispose();
	}
	const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

async function measureFigures(
	dictionary: Dictionary,
	x: Float32Array,
	options: SessionOptions,
	{ pause }: CheckContext,
): Promise<CheckFigures> {
	const { dIn, dSae } = dictionary;
	const site = input("x", ["T", dIn]);
	const { activations, reconstruct } = buildAllFeatures(site, dictionary);
	const error = sub(site, reconstruct(activations));
	// Some kinds keep the sign of their activations.
	const active = mul(sign(activations), sign(activations));
	const session = await GraphSession.load(
		{ missed: reduceSum(mul(error, error), [-1, -2], false), firings: reduceSum(active, [-2], false) },
		options,
	);
	const tokens = x.length / dIn;
	const step = rowsAtOnce(4 * dSae);
	const fired = new Uint8Array(dSae);
	let [missed, count] = [0, 0];
	try {
		for (let first = 0; first < tokens; first += step) {
			await pause();
			const some = x.subarray(first * dIn, Math.min(tokens, first + step) * dIn);
			const results = await session.run({ x: { data: some, dims: [some.length / dIn, dIn] } });
			missed += floats(results, "missed")[0] as number;
			for (const [f, firings] of floats(results, "firings").entries()) {
				if (firings > 0) fired[f] = 1;
				count += firings;
			}
		}
	} finally {
		await session.dispose();
	}
	return {
		l0: count / tokens,
		explained: 1 - missed / sumVariance(x, dIn),
		dead: fired.filter((one) => one === 0).length / dSae,
	};
}

function sumVariance(x: Float32Array, width: number): number {
	const sums = new Float64Array(width);
	let squares = 0;
	for (const [at, number] of x.entries()) {
		squares += number * number;
		sums[at % width] = (sums[at % width] as number) + number;
	}
	return squares - sums.reduce((total, sum) => total + (sum * sum) / (x.length / width), 0);
}

/** What can be in doubt of this dictionary, each turned round by itself. */
function listVariants(dictionary: Dictionary, model: LanguageModel, x: Float32Array): readonly Variant[] {
	const { config, rule, site, decoderBias } = dictionary;
	const variants: Variant[] = [];
	if (mayBeCentred(config))
		variants.push({
			change: `--center ${rule.centred.value ? "off" : "on"}`,
			dictionary: { ...dictionary, rule: { ...rule, centred: { value: !rule.centred.value, why: "option" } } },
		});
	if (site.kind === "z") {
		const value: ValueBiases = rule.valueBiases.value === "kept" ? "folded" : "kept";
		const { offset: _, ...bare } = dictionary;
		variants.push({
			change: `--value-biases ${value}`,
			dictionary: {
				...bare,
				rule: { ...rule, valueBiases: { value, why: "option" } },
				...(value !== "kept" && { offset: sumValueBiases(model, site, value) }),
			},
		});
	}
	if (config.needsNormFactor) {
		variants.push(withEstimate(dictionary, x));
		// Both may be missing, and the factor depends on the mean.
		const other = variants.find(({ change }) => change.startsWith("--center"));
		if (other) {
			const { change, dictionary: both } = withEstimate(other.dictionary, x);
			variants.push({ change: `${other.change} ${change}`, dictionary: both });
		}
	}
	if (decoderBias.some((value) => value !== 0)) {
		const value = !config.applyDecoderBiasToInput;
		variants.push({
			change: `apply_b_dec_to_input: ${value} in its configuration`,
			dictionary: { ...dictionary, config: { ...config, applyDecoderBiasToInput: value } },
		});
	}
	return variants;
}

/** The same with the factor that the text itself suggests. */
function withEstimate(dictionary: Dictionary, x: Float32Array): Variant {
	const { rule, decoderNorms } = dictionary;
	const now = rule.normFactor.value ?? 1;
	const factor = Number(estimateFactor(dictionary, x).toPrecision(4));
	return {
		change: `--norm-factor ${factor}`,
		dictionary: {
			...dictionary,
			rule: { ...rule, normFactor: { value: factor, why: "option" } },
			...(decoderNorms && { decoderNorms: () => decoderNorms().map((norm) => (norm * now) / factor) }),
		},
	};
}

/** `√d / mean ‖x‖`, as SAELens estimates it, of what the dictionary is fed. */
function estimateFactor({ dIn, rule }: Dictionary, x: Float32Array): number {
	let sum = 0;
	for (let first = 0; first < x.length; first += dIn) {
		let [squares, total] = [0, 0];
		for (let i = first; i < first + dIn; i++) {
			squares += (x[i] as number) ** 2;
			total += x[i] as number;
		}
		sum += Math.sqrt(rule.centred.value ? squares - (total * total) / dIn : squares);
	}
	return Math.sqrt(dIn) / (sum / (x.length / dIn));
}
