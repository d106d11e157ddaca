import { parseCachePath } from "#shared/cache-path";
import { type CatalogueDictionary, type CatalogueRelease, findPublished } from "#shared/catalogue";
import { releases } from "#shared/catalogue-rows";
import { compareSites } from "#shared/site";
import type { DictionaryConfig } from "./dictionary-config.ts";

/** A dictionary's row in the catalogue, and whether its place says so or only its name. */
export interface Published {
	readonly release: CatalogueRelease;
	readonly dictionary: CatalogueDictionary;
	/** It lies where the Hugging Face cache puts that repository's files. */
	readonly certain: boolean;
}

/** Which published dictionary lies at a path. What has another site or size is another one, whatever its name. */
export function findInCatalogue(path: string, config: DictionaryConfig, dSae: number): Published | undefined {
	const fits = ({ site, features }: CatalogueDictionary) => compareSites(site, config.site) === 0 && features === dSae;
	const cached = parseCachePath(path);
	const known = cached?.kind === "models" ? findPublished(cached.repo, cached.inside) : undefined;
	if (known) return fits(known.dictionary) ? { ...known, certain: true } : undefined;
	for (const release of releases)
		for (const dictionary of release.dictionaries)
			if (fits(dictionary) && (isNamedLike(path, release, dictionary) || hasSource(config, dictionary)))
				return { release, dictionary, certain: false };
	return undefined;
}

/** A copy that somebody made: the repository's path in a folder of the repository's or release's name. */
function isNamedLike(path: string, release: CatalogueRelease, dictionary: CatalogueDictionary): boolean {
	const lower = path.replaceAll("\\", "/").toLowerCase();
	const names = [release.repo.split("/")[1] ?? release.repo, release.name, ...(release.aliases ?? [])];
	return names.some((name) => lower.endsWith(`/${name}/${dictionary.path}`.toLowerCase()));
}

/** Its configuration names the page that Neuronpedia has of it, `gpt2-small/3-res-jb`. */
function hasSource({ neuronpediaId }: DictionaryConfig, { neuronpedia }: CatalogueDictionary): boolean {
	return neuronpedia !== undefined && neuronpediaId?.split("/").at(-1) === neuronpedia;
}
