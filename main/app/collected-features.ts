import type { CoFiring } from "#shared/collection";
import { type CollectedFacts, type ContextOptions, describePosting } from "../features/describe-posting.ts";
import { findCoFiring, findPercentile } from "../features/feature-statistics.ts";
import type { Store } from "../store/store.ts";

export const usualContexts: ContextOptions = { contexts: 6, view: 5 };

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
