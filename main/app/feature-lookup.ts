import { existsSync } from "node:fs";
import type { FeatureFacts } from "#shared/feature-facts";
import { phraseOf } from "#shared/phrase";
import type { SiteName } from "#shared/site";
import type { FactPart } from "../store/fact-bytes.ts";
import type { App } from "./app.ts";
import { isSeen, joinFacts, type KnownFacts, pickFacts, readKnownFacts } from "./known-facts.ts";
import { findSources } from "./label-lookup.ts";
import type { WantedFeatures } from "./wanted-features.ts";

/**
 * Facts by `mlp_3.17`: those of a corpus of one's own, else those shipped with the bundled model; what they lack comes
 * from Neuronpedia's packs and answers, then from a sample that was read in the background, and words from the weights
 * alone, which are then not stored, so that a corpus can fill them in later.
 */
export async function lookUpFeatures(
	app: Pick<App, "store" | "engine" | "weightFacts" | "folders">,
	wanted: WantedFeatures,
): Promise<ReadonlyMap<string, FeatureFacts>> {
	const { engine, weightFacts } = app;
	const found = new Map<string, FeatureFacts>();
	const missing: { site: SiteName; feature: number }[] = [];
	for (const { site, hash, numbers, known } of readBySite(app, wanted))
		for (const feature of numbers) {
			const facts = pickFacts(known, feature, weightFacts.get(`${hash} ${feature}`));
			if (facts) found.set(`${site}.${feature}`, facts);
			if (!known.whole.has(feature) && !(facts && facts.raises.length > 0)) missing.push({ site, feature });
		}
	const { modelDir, dictionaryDirs, conventions } = wanted;
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

/** A short phrase for each feature of which something is stored, by `mlp_3.17`: nothing is computed or fetched. */
export function lookUpPhrases(
	app: Pick<App, "store" | "weightFacts" | "folders">,
	wanted: WantedFeatures,
): ReadonlyMap<string, string> {
	const found = new Map<string, string>();
	for (const { site, hash, numbers, known } of readBySite(app, wanted, "phrase"))
		for (const feature of numbers) {
			const facts = pickFacts(known, feature, app.weightFacts.get(`${hash} ${feature}`));
			const phrase = facts && phraseOf(facts);
			if (phrase !== undefined) found.set(`${site}.${feature}`, phrase);
		}
	return found;
}

/** Those of which no text has told anything: neither a corpus, nor the circuit's file, nor Neuronpedia, nor the sample. */
export function listUnseen(app: Pick<App, "store" | "folders">, wanted: WantedFeatures): WantedFeatures["features"] {
	return readBySite(app, wanted).flatMap(({ site, hash, numbers, known }) =>
		hash === undefined
			? []
			: numbers.filter((feature) => !isSeen(known, feature)).map((feature) => ({ site, feature })),
	);
}

interface KnownAtSite {
	readonly site: SiteName;
	readonly hash: string | undefined;
	readonly numbers: readonly number[];
	readonly known: KnownFacts;
}

function readBySite(
	app: Pick<App, "store" | "folders">,
	wanted: WantedFeatures,
	part?: FactPart,
): readonly KnownAtSite[] {
	const bySite = Map.groupBy(wanted.features, ({ site }) => site);
	const sources = findSources(app, wanted, bySite.keys());
	const { carried } = wanted;
	return [...bySite].map(([site, features]) => {
		const hash = wanted.dictionaries.get(site)?.hash;
		const numbers = [...new Set(features.map(({ feature }) => feature))];
		const query = {
			...{ hash, source: sources.get(site) },
			...(part && { part }),
			...(carried && { carried: (feature: number) => carried.get(`${site}.${feature}`) }),
		};
		return { site, hash, numbers, known: readKnownFacts(app.store, query, numbers) };
	});
}
