import { existsSync } from "node:fs";
import { basename } from "node:path";
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
				? `No dictionary in ${name} has a page on Neuronpedia. ${explainFolders([name])}`
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

/** Why dictionaries have no source: of the first, and of how many else. */
export function explainFolders(folders: readonly string[]): string {
	const [first, ...others] = folders.flatMap((folder) => {
		try {
			return listPlacedDictionaries(folder).filter(({ source }) => !source);
		} catch {
			return [];
		}
	});
	if (!first) return "Their folders are gone, so nobody can say which they are.";
	const same = others.every(({ sourceless }) => sourceless === first.sourceless);
	return `Of ${basename(first.path)}${same && others.length > 0 ? ` and ${others.length} more` : ""}: ${first.sourceless}.`;
}

/** Every source of the catalogue. */
export function listPublishedSources(): readonly SourceAtSite[] {
	return sourcesOfSets(releases.map((release) => ({ release, dictionaries: release.dictionaries })));
}
