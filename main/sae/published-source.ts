import { findPublished, models } from "#shared/catalogue";
import { type PublishedSource, parseSourceId } from "#shared/published";
import type { Dictionary } from "./dictionary.ts";

const inCache = /[/\\]models--([^/\\]+?)--([^/\\]+)[/\\]snapshots[/\\][^/\\]+[/\\](.+)$/;

/**
 * What Neuronpedia calls a dictionary: by the release that its place in the Hugging Face cache says it is of, else by its
 * own `neuronpedia_id`. Undefined where neither names one: a dictionary that only looks alike is another dictionary.
 */
export function findPublishedSource({ dir, config }: Pick<Dictionary, "dir" | "config">): PublishedSource | undefined {
	const [, owner, repo, path] = inCache.exec(dir) ?? [];
	const published = path === undefined ? undefined : findPublished(`${owner}/${repo}`, path.replaceAll("\\", "/"));
	const name = published?.dictionary.neuronpedia;
	const model = models.find((one) => one.name === published?.release.model)?.neuronpedia;
	if (name !== undefined && model !== undefined) return { model, name };
	return config.neuronpediaId === undefined ? undefined : parseSourceId(config.neuronpediaId);
}
