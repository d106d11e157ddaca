import type { CoFiring } from "#shared/collection";
import type { FeatureFacts } from "#shared/feature-facts";
import type { Posting } from "#shared/posting";
import {
	buildHistogram,
	findCoFiring,
	findPercentile,
	findTopContexts,
	largest,
} from "../features/feature-statistics.ts";
import type { Store } from "../store/store.ts";

export interface ContextOptions {
	/** Contexts of a feature, and tokens to either side of the strongest. */
	readonly contexts: number;
	readonly view: number;
}

export const usualContexts: ContextOptions = { contexts: 6, view: 5 };

/** What a collection says of one feature: all but the tokens that it raises and lowers. */
export type CollectedFacts = Omit<FeatureFacts, "raises" | "lowers">;

/** Undefined where no collection holds this dictionary. */
export function readCollectedFacts(
	{ collections }: Store,
	dictionary: string,
	feature: number,
	options: ContextOptions,
	tokenText: (id: number) => string,
): CollectedFacts | undefined {
	const found = collections.withDictionary(dictionary);
	if (!found) return undefined;
	const posting = collections.posting(found.id, found.number, feature);
	return describePosting(feature, posting, collections.text(found.id), options, tokenText);
}

export function describePosting(
	feature: number,
	posting: Posting,
	text: ReturnType<Store["collections"]["text"]>,
	options: ContextOptions,
	tokenText: (id: number) => string,
): CollectedFacts {
	const histogram = buildHistogram(posting.values);
	return {
		feature,
		frequency: posting.values.length / text.tokens,
		maxActivation: largest(posting.values),
		contexts: findTopContexts(posting, text, options, tokenText),
		...(histogram && { histogram }),
	};
}

/** Percentile threshold of one feature over a collection's tokens; undefined where there is no collection. */
export function measureThreshold(
	{ collections }: Store,
	dictionary: string,
	feature: number,
	percentile: number,
): number | undefined {
	const found = collections.withDictionary(dictionary);
	if (!found) return undefined;
	return findPercentile(collections.posting(found.id, found.number, feature).values, found.tokens, percentile);
}

/** Of all features `[dSae]`; undefined where no collection holds this dictionary. */
export function measureThresholds(store: Store, dictionary: string, percentile: number): Float32Array | undefined {
	const { collections } = store;
	const found = collections.withDictionary(dictionary);
	if (!found) return undefined;
	const described = collections.list().find(({ id }) => id === found.id)?.dictionaries[found.number];
	const thresholds = new Float32Array(described?.features ?? 0);
	for (const { feature, posting } of collections.postings(found.id, found.number))
		thresholds[feature] = findPercentile(posting.values, found.tokens, percentile);
	return thresholds;
}

/** Features that are active on the same tokens; empty where there is no collection. */
export function readCoFiring(
	{ collections }: Store,
	dictionary: string,
	feature: number,
	count: number,
): readonly CoFiring[] {
	const found = collections.withDictionary(dictionary);
	if (!found) return [];
	const own = collections.posting(found.id, found.number, feature);
	return findCoFiring(feature, own, collections.postings(found.id, found.number), found.tokens, count);
}
