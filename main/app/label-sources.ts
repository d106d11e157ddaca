import { existsSync } from "node:fs";
import { findModelRow } from "#shared/catalogue";
import { type ChosenSet, chooseSets } from "#shared/catalogue-choice";
import { releases } from "#shared/catalogue-rows";
import { AppError } from "#shared/errors";
import { type PublishedSource, sourceId } from "#shared/published";
import { type SiteName, siteName } from "#shared/site";
import { listPlacedDictionaries } from "../sae/placed-dictionaries.ts";

/** A published source and the place of the model that its dictionary sits at. */
export interface SourceAtSite {
	readonly source: PublishedSource;
	readonly site: SiteName;
}

/**
 * The sources that names of releases and folders of dictionaries mean; without any, all that are published for a model.
 * A release need not be on this machine. Throws `not-found` for what is neither and for dictionaries that Neuronpedia does not have.
 */
export function chooseSources(model: string, names: readonly string[] | undefined): readonly SourceAtSite[] {
	if (names === undefined) {
		const row = findModelRow(model)?.name;
		const mine = releases.filter((release) => release.model === row);
		const found = sourcesOfSets(mine.map((release) => ({ release, dictionaries: release.dictionaries })));
		if (found.length > 0) return found;
		throw new AppError(
			"not-found",
			`Nothing is published on Neuronpedia for a model called "${model}". Write gpt2, or name dictionaries with --saes.`,
			{ model },
		);
	}
	const found = names.flatMap((name) => {
		const isFolder = existsSync(name);
		const published = isFolder ? sourcesOfFolder(name) : sourcesOfSets(chooseSets(name));
		if (published.length > 0) return published;
		throw new AppError(
			"not-found",
			isFolder
				? `The dictionaries in ${name} have no page on Neuronpedia: they lie in no known place of the Hugging Face cache and their cfg.json has no neuronpedia_id.`
				: `Nothing of ${name} is on Neuronpedia. Name another release, or gather contexts with scd collect.`,
			{ name },
		);
	});
	return [...new Map(found.map((one) => [sourceId(one.source), one])).values()];
}

function sourcesOfSets(sets: readonly ChosenSet[]): readonly SourceAtSite[] {
	return sets.flatMap(({ release, dictionaries }) => {
		const model = findModelRow(release.model)?.neuronpedia;
		return dictionaries.flatMap(({ neuronpedia, site }) =>
			model === undefined || neuronpedia === undefined
				? []
				: [{ source: { model, name: neuronpedia }, site: siteName(site) }],
		);
	});
}

export function sourcesOfFolder(folder: string): readonly SourceAtSite[] {
	return listPlacedDictionaries(folder).flatMap(({ source, siteName: site }) => (source ? [{ source, site }] : []));
}

/** Every source of the catalogue. */
export function listPublishedSources(): readonly SourceAtSite[] {
	return sourcesOfSets(releases.map((release) => ({ release, dictionaries: release.dictionaries })));
}
