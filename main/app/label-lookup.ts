import type { Label } from "#shared/document";
import type { PublishedLabel, PublishedSource, ShownLabel } from "#shared/published";
import type { SiteName } from "#shared/site";
import { discoverDictionaries } from "../sae/discovery.ts";
import { findPublishedSource } from "../sae/published-source.ts";
import type { App } from "./app.ts";
import type { FeatureQuery } from "./feature-lookup.ts";

/** What Neuronpedia calls the dictionary at each site; remembered by hash, so that its folder is opened once. */
export function findSources(
	{ store }: Pick<App, "store">,
	{ dictionaryDirs, conventions, dictionaries }: Pick<FeatureQuery, "dictionaryDirs" | "conventions" | "dictionaries">,
	sites: Iterable<SiteName>,
): ReadonlyMap<SiteName, PublishedSource> {
	const wanted = [...sites].flatMap((site) => {
		const hash = dictionaries.get(site)?.hash;
		return hash === undefined ? [] : [{ site, hash }];
	});
	const unknown = wanted.filter(({ hash }) => store.published.sourceOf(hash) === undefined);
	if (unknown.length > 0) {
		for (const dictionary of openAll(dictionaryDirs, conventions))
			store.published.saveSource(dictionary.hash, findPublishedSource(dictionary) ?? null);
		for (const { hash } of unknown)
			if (store.published.sourceOf(hash) === undefined) store.published.saveSource(hash, null);
	}
	return new Map(
		wanted.flatMap(({ site, hash }) => {
			const source = store.published.sourceOf(hash);
			return source ? [[site, source] as const] : [];
		}),
	);
}

/** The folders may be gone or broken since; then nothing is known of them. */
function openAll(dirs: readonly string[], conventions: FeatureQuery["conventions"]) {
	return dirs.flatMap((dir) => {
		try {
			return discoverDictionaries([dir], conventions).dictionaries;
		} catch {
			return [];
		}
	});
}

/** What is published of the features of a query, by `mlp_3.17`: one look-up a feature, nothing is computed. */
export function lookUpPublished(app: Pick<App, "store">, query: FeatureQuery): ReadonlyMap<string, PublishedLabel> {
	const bySite = Map.groupBy(query.features, ({ site }) => site);
	const found = new Map<string, PublishedLabel>();
	// What came with the circuit from another machine, where nothing is published here.
	for (const { site, feature } of query.carried ? query.features : []) {
		const label = query.carried?.get(`${site}.${feature}`)?.published;
		if (label) found.set(`${site}.${feature}`, label);
	}
	for (const [site, source] of findSources(app, query, bySite.keys())) {
		const features = new Set(bySite.get(site)?.map(({ feature }) => feature));
		for (const [feature, label] of app.store.published.labels(source, features)) found.set(`${site}.${feature}`, label);
	}
	return found;
}

/** What features are called: as the circuit says, else as people called them elsewhere, else as is published. */
export function lookUpLabels(
	app: Pick<App, "store">,
	query: FeatureQuery,
	own: readonly Label[] = [],
): ReadonlyMap<string, ShownLabel> {
	const labels = new Map<string, ShownLabel>();
	for (const [id, label] of lookUpPublished(app, query)) labels.set(id, { ...label, by: "neuronpedia" });
	for (const [site, wanted] of Map.groupBy(query.features, (one) => one.site)) {
		const hash = query.dictionaries.get(site)?.hash;
		const people = hash === undefined ? undefined : app.store.labelsOf(hash);
		for (const { feature } of wanted) {
			const text = people?.get(feature);
			if (text !== undefined) labels.set(`${site}.${feature}`, { text, by: "person" });
		}
	}
	for (const { id, text } of own) labels.set(id, { text, by: "person" });
	return labels;
}
