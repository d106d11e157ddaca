import { existsSync } from "node:fs";
import type { Conventions } from "#shared/conventions";
import type { CarriedKnowledge } from "#shared/exchange/carried";
import type { FeatureFacts } from "#shared/feature-facts";
import type { SiteName } from "#shared/site";
import { loadShippedFacts } from "../store/shipped-facts.ts";
import type { Store } from "../store/store.ts";
import type { App } from "./app.ts";
import { findSources } from "./label-lookup.ts";
import { reference } from "./locations.ts";

export interface FeatureQuery {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	readonly conventions?: Conventions | undefined;
	/** Hash of the dictionary at each site. */
	readonly dictionaries: ReadonlyMap<string, { readonly hash: string }>;
	readonly features: readonly { readonly site: SiteName; readonly feature: number }[];
	/** What came with the circuit from another machine, by id without position. */
	readonly carried?: ReadonlyMap<string, CarriedKnowledge>;
}

/**
 * Facts by `mlp_3.17`: those of a corpus of one's own, else those shipped with the bundled model; what they lack comes
 * from Neuronpedia's packs and answers, then from a sample that was read in the background, and words from the weights
 * alone, which are then not stored, so that a corpus can fill them in later.
 */
export async function lookUpFeatures(
	app: Pick<App, "store" | "engine" | "weightFacts">,
	query: FeatureQuery,
): Promise<ReadonlyMap<string, FeatureFacts>> {
	const { store, engine, weightFacts } = app;
	const found = new Map<string, FeatureFacts>();
	const missing: { site: SiteName; feature: number }[] = [];
	const bySite = Map.groupBy(query.features, ({ site }) => site);
	const sources = findSources(app, query, bySite.keys());
	for (const [site, wanted] of bySite) {
		const hash = query.dictionaries.get(site)?.hash;
		const numbers = [...new Set(wanted.map(({ feature }) => feature))];
		const own = hash === undefined ? new Map<number, FeatureFacts>() : loadOwnFacts(store, hash, numbers);
		const rest = numbers.filter((feature) => !own.has(feature));
		const source = sources.get(site);
		const published = source ? store.published.facts(source, rest) : new Map<number, FeatureFacts>();
		const sampled = hash === undefined ? new Map<number, FeatureFacts>() : store.sampleFacts.load(hash, rest);
		for (const feature of numbers) {
			const carried = query.carried?.get(`${site}.${feature}`)?.facts;
			const facts =
				own.get(feature) ??
				carried ??
				joinFacts(published.get(feature), sampled.get(feature), weightFacts.get(`${hash} ${feature}`));
			if (facts) found.set(`${site}.${feature}`, facts);
			const isWhole = facts !== undefined && (facts.raises.length > 0 || own.has(feature) || facts === carried);
			if (!isWhole) missing.push({ site, feature });
		}
	}
	const { modelDir, dictionaryDirs, conventions } = query;
	// Of a circuit from another machine there may be no model here; then nothing more can be known.
	if (missing.length === 0 || !existsSync(modelDir) || !dictionaryDirs.some((dir) => existsSync(dir))) return found;
	for (const { site, dictionary, facts } of await engine.call("logitFacts", {
		modelDir,
		dictionaryDirs,
		...(conventions && { conventions }),
		features: missing,
	}))
		for (const fact of facts) {
			const id = `${site}.${fact.feature}`;
			found.set(id, joinFacts(found.get(id), undefined, fact) ?? fact);
			weightFacts.set(`${dictionary} ${fact.feature}`, fact);
		}
	return found;
}

/** Features of a query of which no text has told anything: neither a corpus, nor Neuronpedia, nor the sample. */
export function listUnseen(app: Pick<App, "store">, query: FeatureQuery): FeatureQuery["features"] {
	const bySite = Map.groupBy(query.features, ({ site }) => site);
	const sources = findSources(app, query, bySite.keys());
	return [...bySite].flatMap(([site, wanted]) => {
		const hash = query.dictionaries.get(site)?.hash;
		if (hash === undefined) return [];
		const numbers = [...new Set(wanted.map(({ feature }) => feature))];
		const source = sources.get(site);
		const own = loadOwnFacts(app.store, hash, numbers);
		const published = source ? app.store.published.facts(source, numbers) : new Map<number, FeatureFacts>();
		const sampled = app.store.sampleFacts.load(hash, numbers);
		return numbers
			.filter(
				(feature) => !own.has(feature) && !sampled.has(feature) && (published.get(feature)?.contexts.length ?? 0) === 0,
			)
			.map((feature) => ({ site, feature }));
	});
}

/** Of a corpus of one's own, or as they come with the bundled model. */
export function loadOwnFacts(
	store: Store,
	dictionary: string,
	features: readonly number[],
): ReadonlyMap<number, FeatureFacts> {
	const stored =
		store.countFacts(dictionary) === 0 ? new Map<number, FeatureFacts>() : store.loadFacts(dictionary, features);
	const rest = stored.size === features.length ? [] : features.filter((feature) => !stored.has(feature));
	return rest.length === 0 ? stored : new Map([...stored, ...loadShippedFacts(reference.facts, dictionary, rest)]);
}

const isSeen = ({ contexts, frequency }: FeatureFacts) => contexts.length > 0 || frequency > 0;

/** Contexts and numbers of the first that has some, words of the first that has some. */
export function joinFacts(
	published: FeatureFacts | undefined,
	sampled: FeatureFacts | undefined,
	weights: FeatureFacts | undefined,
): FeatureFacts | undefined {
	const all = [published, sampled, weights].filter((one) => one !== undefined);
	const seen = all.find(({ contexts }) => contexts.length > 0) ?? all.find(isSeen) ?? sampled ?? all[0];
	const words = all.find(({ raises }) => raises.length > 0);
	return seen && { ...seen, ...(words && { raises: words.raises, lowers: words.lowers }) };
}
