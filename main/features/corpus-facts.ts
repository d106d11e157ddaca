import type { FeatureContext, FeatureFacts } from "#shared/feature-facts";
import type { SiteName } from "#shared/site";
import type { Progress } from "#shared/trace";
import { loadActivationSession, tokenFeeds } from "../model/activation-session.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { floats } from "../onnx/session.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { EncoderSession, type SparseActivations } from "../sae/encoder-session.ts";
import { HistogramTally } from "./histogram.ts";
import { measureLogitEffects } from "./logit-effects.ts";

export interface CorpusFactsOptions {
	readonly model: LanguageModel;
	readonly tokenizer: Tokenizer;
	readonly dictionaries: readonly Dictionary[];
	/** One text a document. */
	readonly documents: readonly string[];
	readonly prependBos: boolean;
	/** Tokens of one run, `<|endoftext|>` included; longer documents are cut. */
	readonly sequenceLength: number;
	/** Contexts kept of each feature, and tokens shown to either side of the strongest. */
	readonly contexts: number;
	readonly view: number;
	readonly logitTokens: number;
	progress?(progress: Progress): void;
	/** Called between runs; may throw to stop. */
	pause?(): Promise<void>;
}

/** The strongest activation of one feature in one sequence, and its surroundings. */
interface Peak {
	readonly sequence: number;
	readonly position: number;
	readonly activation: number;
	/** Token ids around it. */
	readonly passage: string;
	readonly nearby: readonly number[];
}

interface Tally {
	count: number;
	readonly histogram: HistogramTally;
	readonly peaks: Peak[];
}

/** One pass over a corpus: how often each feature fires, where most, and which tokens it raises and lowers. */
export async function computeCorpusFacts(
	options: CorpusFactsOptions,
): Promise<ReadonlyMap<SiteName, readonly FeatureFacts[]>> {
	const { model, tokenizer, dictionaries, view } = options;
	const sequences = cutSequences(options);
	const session = await loadActivationSession(
		model,
		dictionaries.map((dictionary) => dictionary.siteName),
	);
	const encoders = new Map<Dictionary, EncoderSession>();
	for (const dictionary of dictionaries)
		encoders.set(dictionary, await EncoderSession.load(dictionary, { prepack: true }));
	const tallies = new Map(dictionaries.map((dictionary) => [dictionary, new Map<number, Tally>()]));
	let tokens = 0;
	for (const [sequence, ids] of sequences.entries()) {
		await options.pause?.();
		options.progress?.({ step: "Corpus", done: sequence, total: sequences.length });
		const results = await session.run(tokenFeeds(ids));
		tokens += ids.length;
		for (const [dictionary, encoder] of encoders)
			tallySequence(
				await encoder.run(floats(results, dictionary.siteName)),
				sequence,
				ids,
				options,
				tallies.get(dictionary) as Map<number, Tally>,
			);
	}
	await session.dispose();
	const facts = new Map<SiteName, readonly FeatureFacts[]>();
	for (const [dictionary, encoder] of encoders) {
		await encoder.dispose();
		const found = tallies.get(dictionary) as Map<number, Tally>;
		const features = Array.from({ length: dictionary.dSae }, (_, feature) => feature);
		const effects = await measureLogitEffects(model, tokenizer, dictionary, features, options.logitTokens);
		const showContext = (peak: Peak): FeatureContext => {
			const ids = sequences[peak.sequence] as readonly number[];
			const begin = Math.max(0, peak.position - view);
			const shown = ids.slice(begin, peak.position + view + 1);
			return {
				tokens: shown.map((id) => tokenizer.tokenText(id)),
				activations: peak.nearby,
				peak: peak.position - begin,
			};
		};
		facts.set(
			dictionary.siteName,
			features.map((feature) => {
				const histogram = found.get(feature)?.histogram.histogram;
				return {
					feature,
					frequency: (found.get(feature)?.count ?? 0) / Math.max(1, tokens),
					maxActivation: found.get(feature)?.peaks[0]?.activation ?? 0,
					contexts: (found.get(feature)?.peaks ?? []).map(showContext),
					raises: effects.get(feature)?.raises ?? [],
					lowers: effects.get(feature)?.lowers ?? [],
					...(histogram && { histogram }),
				};
			}),
		);
	}
	return facts;
}

function cutSequences({
	documents,
	tokenizer,
	prependBos,
	sequenceLength,
}: CorpusFactsOptions): readonly (readonly number[])[] {
	const start = prependBos && tokenizer.bosId !== undefined ? [tokenizer.bosId] : [];
	const room = sequenceLength - start.length;
	return documents.flatMap((text) => {
		const ids = tokenizer.encode(text);
		return Array.from({ length: Math.ceil(ids.length / room) }, (_, i) => [
			...start,
			...ids.slice(i * room, (i + 1) * room),
		]);
	});
}

function tallySequence(
	{ positions, features, activations }: SparseActivations,
	sequence: number,
	ids: readonly number[],
	{ view, contexts }: CorpusFactsOptions,
	tallies: Map<number, Tally>,
): void {
	const byFeature = new Map<number, Float32Array>();
	for (const [i, feature] of features.entries()) {
		const row = byFeature.get(feature) ?? new Float32Array(ids.length);
		row[positions[i] as number] = activations[i] as number;
		byFeature.set(feature, row);
	}
	for (const [feature, row] of byFeature) {
		const tally = tallies.get(feature) ?? { count: 0, peaks: [], histogram: new HistogramTally() };
		tallies.set(feature, tally);
		let position = 0;
		for (const [t, activation] of row.entries()) {
			if (activation > 0) {
				tally.count++;
				tally.histogram.add(activation);
			}
			if (activation > (row[position] as number)) position = t;
		}
		const activation = row[position] as number;
		if (tally.peaks.length === contexts && activation <= (tally.peaks.at(-1)?.activation ?? 0)) continue;
		// Boilerplate comes back word for word: one context says it.
		const passage = ids.slice(Math.max(0, position - view), position + view + 1).join(" ");
		const same = tally.peaks.findIndex((peak) => peak.passage === passage);
		if (same >= 0) {
			if ((tally.peaks[same]?.activation ?? 0) >= activation) continue;
			tally.peaks.splice(same, 1);
		}
		const nearby = Array.from(row.subarray(Math.max(0, position - view), position + view + 1));
		tally.peaks.push({ sequence, position, activation, passage, nearby });
		tally.peaks.sort((a, b) => b.activation - a.activation);
		if (tally.peaks.length > contexts) tally.peaks.pop();
	}
}
