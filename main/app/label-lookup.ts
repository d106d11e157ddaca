import type { Label } from "#shared/document";
import type { PublishedLabel, PublishedSource, ShownLabel } from "#shared/published";
import type { SiteName } from "#shared/site";
import type { App } from "./app.ts";
import type { WantedFeatures } from "./wanted-features.ts";

/** What Neuronpedia calls the dictionary at each site; what was found is remembered by hash, so that its folder may go. */
export function findSources(
	{ store, folders }: Pick<App, "store" | "folders">,
	{ dictionaryDirs: dirs, conventions, dictionaries }: Omit<WantedFeatures, "modelDir" | "features">,
	sites: Iterable<SiteName>,
): ReadonlyMap<SiteName, PublishedSource> {
	const sources = new Map<SiteName, PublishedSource>();
	for (const site of sites) {
		const hash = dictionaries.get(site)?.hash;
		if (hash === undefined) continue;
		const known = store.published.sourceOf(hash);
		const source = known ?? folders.findSource({ site, hash, dirs, conventions });
		if (!source) continue;
		if (!known) store.published.saveSource(hash, source);
		sources.set(site, source);
	}
	return sources;
}

/** What is published of the features of a query, by `mlp_3.17`: one look-up a feature, nothing is computed. */
export function lookUpPublished(
	app: Pick<App, "store" | "folders">,
	query: WantedFeatures,
): ReadonlyMap<string, PublishedLabel> {
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
	app: Pick<App, "store" | "folders">,
	query: WantedFeatures,
	own: readonly Label[] = [],
): ReadonlyMap<string, ShownLabel> {
	const labels = new Map<string, ShownLabel>();
	for (const [id, label] of lookUpPublished(app, query)) labels.set(id, { ...label, by: "neuronpedia" });
	for (const [site, wanted] of Map.groupBy(query.features, (one) => one.site)) {
		const hash = query.dictionaries.get(site)?.hash;
		const people = hash === undefined ? undefined : app.store.labels.ofDictionary(hash);
		for (const { feature } of wanted) {
			const text = people?.get(feature);
			if (text !== undefined) labels.set(`${site}.${feature}`, { text, by: "person" });
		}
	}
	for (const { id, text } of own) labels.set(id, { text, by: "person" });
	return labels;
}
