import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { CollectionChoice } from "#shared/collection";
import { AppError, assert } from "#shared/errors";
import type { FeatureFacts } from "#shared/feature-facts";
import type { Progress } from "#shared/trace";
import { pieceKey, pieceKinds } from "../circuits/recorded-pieces.ts";
import { loadModelWithDictionaries } from "../circuits/trace-inputs.ts";
import { type ContextOptions, describePosting } from "../features/describe-posting.ts";
import { resolvePrependBos, selectLayers } from "../sae/discovery.ts";
import type { App } from "./app.ts";
import { mostLogitOperations } from "./forecast-run.ts";

export interface CollectOptions extends ContextOptions {
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
}

export interface CollectOutcome {
	readonly id: number;
	readonly sequences: number;
	readonly tokens: number;
	readonly activations: number;
	/** Of this run, gathering alone. */
	readonly tokensPerSecond: number;
	readonly seconds: number;
	/** Sequences that an earlier run had stored. */
	readonly resumed: number;
	readonly notes: readonly string[];
	/** Features that were active somewhere, by site. */
	readonly active: Readonly<Record<string, number>>;
}

const bytesPerToken = 4;

/** Gathers activations over a corpus, going on where an earlier run stopped, and then says of every feature what they show. */
export async function runCollection(
	app: App,
	asked: CollectionChoice,
	options: CollectOptions,
): Promise<CollectOutcome> {
	const began = performance.now();
	const choice = { ...asked, corpus: resolve(asked.corpus) };
	const { store, engine } = app;
	const { model, dictionaries: found, tokenizer } = loadModelWithDictionaries(choice);
	const dictionaries = selectLayers(found, choice.layers, model.config.layers);
	const file = statSync(choice.corpus, { throwIfNoEntry: false });
	if (!file)
		throw new AppError(
			"not-found",
			`The corpus ${choice.corpus} does not exist. Give a text, JSONL, Parquet or Arrow file.`,
			{
				path: choice.corpus,
			},
		);
	const { corpus, column, maxLength, maxTokens } = choice;
	const bos = resolvePrependBos(dictionaries, choice.bos);
	const hashes = dictionaries.map(({ hash }) => hash);
	const opened = store.collections.open({
		key: pieceKey(
			pieceKinds.collection,
			model.hash,
			hashes,
			corpus,
			file.size,
			file.mtimeMs,
			column,
			maxLength,
			maxTokens,
			bos,
		),
		choice,
		modelHash: model.hash,
		dictionaries: dictionaries.map(({ hash, name, siteName: site, dSae: features }) => ({
			hash,
			name,
			site,
			features,
		})),
	});
	const expectedTokens = Math.min(maxTokens ?? Number.POSITIVE_INFINITY, Math.ceil(file.size / bytesPerToken));
	let [notes, gathered, rate]: [readonly string[], number, number] = [[], 0, 0];
	if (!opened.finished) {
		const start = performance.now();
		const totals = await engine.call(
			"collect",
			{ ...choice, done: opened.done, expectedTokens },
			{
				signal: options.signal,
				progress: options.progress,
				memory: {
					recall: async () => undefined,
					keep: async (_, piece) => {
						assert(piece.kind === "block", `a ${piece.kind} belongs to no collection`);
						store.collections.addBlock(opened.id, piece);
					},
				},
			},
		);
		gathered = totals.tokens - opened.done.tokens;
		rate = gathered / ((performance.now() - start) / 1000);
		notes = totals.notes;
	}
	const operations = 2 * model.config.vocabularySize * model.config.width;
	const all = dictionaries.reduce((sum, { dSae }) => sum + dSae, 0);
	const withLogits = operations * all <= mostLogitOperations;
	if (!withLogits)
		notes = [
			...notes,
			"Tokens that features raise and lower are worked out when they are looked at: there are too many.",
		];
	const text = store.collections.text(opened.id);
	const active: Record<string, number> = {};
	for (const [number, { siteName: site, hash, dSae }] of dictionaries.entries()) {
		options.progress({ step: `Contexts of ${site}`, done: number, total: dictionaries.length });
		const words = withLogits ? await readWords(site, dSae) : new Map<number, FeatureFacts>();
		const facts = new Map<number, FeatureFacts>(words);
		active[site] = 0;
		for (const { feature, posting } of store.collections.postings(opened.id, number)) {
			active[site]++;
			const { raises = [], lowers = [] } = words.get(feature) ?? {};
			const shown = describePosting(feature, posting, text, options, tokenizer.tokenText);
			facts.set(feature, { ...shown, raises, lowers });
		}
		store.facts.save(hash, facts.values());
		if (options.signal.aborted) throw new AppError("cancelled", "Gathering was stopped. It goes on where it stopped.");
	}
	store.collections.finish(opened.id, notes);
	const summary = store.collections.list().find(({ id }) => id === opened.id);
	assert(summary, "a collection that was opened is there");
	const { sequences, tokens, activations } = summary;
	return {
		id: opened.id,
		sequences,
		tokens,
		activations,
		tokensPerSecond: rate,
		seconds: (performance.now() - began) / 1000,
		resumed: opened.done.sequences,
		notes,
		active,
	};

	async function readWords(site: (typeof dictionaries)[number]["siteName"], dSae: number) {
		const features = Array.from({ length: dSae }, (_, feature) => ({ site, feature }));
		const { modelDir, dictionaryDirs, conventions } = choice;
		const [described] = await engine.call(
			"logitFacts",
			{ modelDir, dictionaryDirs, ...(conventions && { conventions }), features },
			{ signal: options.signal },
		);
		return new Map(described?.facts.map((facts) => [facts.feature, facts]));
	}
}
