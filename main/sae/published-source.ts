import { findModelRow } from "#shared/catalogue";
import { type PublishedSource, parseSourceId } from "#shared/published";
import type { Dictionary } from "./dictionary.ts";
import { findInCatalogue } from "./published.ts";

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
