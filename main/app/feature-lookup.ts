import type { FeatureFacts } from "#shared/feature-facts";
import type { SiteName } from "#shared/site";
import { loadShippedFacts } from "../store/shipped-facts.ts";
import type { App } from "./app.ts";
import { reference } from "./locations.ts";

export interface FeatureQuery {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	/** Hash of the dictionary at each site. */
	readonly dictionaries: ReadonlyMap<string, { readonly hash: string }>;
	readonly features: readonly { readonly site: SiteName; readonly feature: number }[];
}

/**
 * Facts by `mlp_3.17`: stored ones, else those shipped with the bundled model, else what the weights alone tell, which
 * is then not stored, so that a corpus can fill it in later.
 */
export async function lookUpFeatures(
	{ store, engine, weightFacts }: App,
	query: FeatureQuery,
): Promise<ReadonlyMap<string, FeatureFacts>> {
	const found = new Map<string, FeatureFacts>();
	const missing: { site: SiteName; feature: number }[] = [];
	const bySite = Map.groupBy(query.features, ({ site }) => site);
	for (const [site, wanted] of bySite) {
		const hash = query.dictionaries.get(site)?.hash;
		const numbers = [...new Set(wanted.map(({ feature }) => feature))];
		const stored = hash === undefined ? new Map<number, FeatureFacts>() : store.loadFacts(hash, numbers);
		const rest = numbers.filter((feature) => !stored.has(feature));
		const shipped =
			hash === undefined || rest.length === 0
				? new Map<number, FeatureFacts>()
				: loadShippedFacts(reference.facts, hash, rest);
		for (const feature of numbers) {
			const facts = stored.get(feature) ?? shipped.get(feature) ?? weightFacts.get(`${hash} ${feature}`);
			if (facts) found.set(`${site}.${feature}`, facts);
			else missing.push({ site, feature });
		}
	}
	if (missing.length === 0) return found;
	const { modelDir, dictionaryDirs } = query;
	for (const { site, dictionary, facts } of await engine.call("logitFacts", {
		modelDir,
		dictionaryDirs,
		features: missing,
	}))
		for (const fact of facts) {
			found.set(`${site}.${fact.feature}`, fact);
			weightFacts.set(`${dictionary} ${fact.feature}`, fact);
		}
	return found;
}
