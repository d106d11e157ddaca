import { parseCachePath } from "#shared/cache-path";
import { findModelRow, findPublished, shortName } from "#shared/catalogue";
import { type PublishedSource, parseSourceId } from "#shared/published";
import { siteName } from "#shared/site";
import { findInCatalogue } from "./catalogue-match.ts";
import type { Dictionary } from "./dictionary.ts";

/**
 * What Neuronpedia calls a dictionary: by the release at whose place in the Hugging Face cache it lies, else by its own
 * `neuronpedia_id`. Undefined where neither names one: a dictionary that only looks alike is another dictionary.
 */
export function findPublishedSource({
	dir,
	config,
	dSae,
}: Pick<Dictionary, "dir" | "config" | "dSae">): PublishedSource | undefined {
	const published = findInCatalogue(dir, config, dSae);
	if (published?.certain) {
		const { neuronpedia: name } = published.dictionary;
		const model = findModelRow(published.release.model)?.neuronpedia;
		if (name !== undefined && model !== undefined) return { model, name };
	}
	return config.neuronpediaId === undefined ? undefined : parseSourceId(config.neuronpediaId);
}

/** Why there is none, as the rest of a sentence about the dictionary. */
export function explainMissingSource({ dir, config, dSae }: Pick<Dictionary, "dir" | "config" | "dSae">): string {
	if (config.neuronpediaId !== undefined)
		return `its neuronpedia_id "${config.neuronpediaId}" is no name of a source, such as gpt2-small/3-res-jb`;
	const cached = parseCachePath(dir);
	const known = cached?.kind === "models" ? findPublished(cached.repo, cached.inside) : undefined;
	if (!known) return "it lies in no known place of the Hugging Face cache and its cfg.json has no neuronpedia_id";
	const { release, dictionary } = known;
	const place = `it lies where ${shortName(release)} has ${dictionary.path}`;
	if (dictionary.features !== dSae)
		return `${place}, and is another one: it has ${dSae} features, and that one ${dictionary.features}`;
	const site = siteName(config.site);
	return site === siteName(dictionary.site)
		? `${shortName(release)} is not on Neuronpedia`
		: `${place}, and is another one: it sits at ${site}, and that one at ${siteName(dictionary.site)}`;
}
