import { relative } from "node:path";
import { findModelRow, findPublished } from "#shared/catalogue";
import type { LibraryFolder, LibraryModel, LibrarySet } from "#shared/contract/results";
import { type CacheRepo, listCachedRepos, listSnapshots } from "../hub/cache-repo.ts";
import { inspectFolder } from "./library.ts";

/** What the hub's cache holds that can be used: each thing once, from the newest snapshot that has it, by its published name. */
export function inspectHubCache(cache: string): readonly LibraryFolder[] {
	return listCachedRepos(cache).flatMap((repo) => inspectRepo(repo));
}

function inspectRepo(repo: CacheRepo): readonly LibraryFolder[] {
	const seen = new Set<string>();
	return listSnapshots(repo).flatMap((snapshot, i) => {
		const isNew = (dir: string) => {
			const inside = relative(snapshot, dir).replaceAll("\\", "/");
			const fresh = !seen.has(inside);
			seen.add(inside);
			return fresh;
		};
		const { models, sets, refused } = inspectFolder(snapshot, false);
		const fresh = sets
			.map((set) => ({ ...set, dictionaries: set.dictionaries.filter(({ dir }) => isNew(dir)) }))
			.filter(({ dictionaries }) => dictionaries.length > 0)
			.map((set) => nameSet(repo.repo, snapshot, set));
		const folder = {
			...{ path: snapshot, repo: repo.repo, bundled: false, sets: fresh },
			models: models.filter(({ dir }) => isNew(dir)).map((model) => nameModel(repo.repo, model)),
			// What an older snapshot lacks, the newest may have.
			refused: i === 0 ? refused : [],
		};
		return folder.models.length + fresh.length + folder.refused.length > 0 ? [folder] : [];
	});
}

function nameSet(repo: string, snapshot: string, set: LibrarySet): LibrarySet {
	const [first] = set.dictionaries;
	const path = first ? relative(snapshot, first.dir).replaceAll("\\", "/") : "";
	const published = findPublished(repo, path);
	if (!published) return set;
	const { title, name, dictionaries } = published.release;
	const widths = new Set(dictionaries.map(({ features }) => features));
	const alone = set.dictionaries.length === 1 && widths.size > 1 && set.dir === first?.dir;
	return { ...set, release: name, title: alone ? `${title}: ${first.features.toLocaleString("en")}` : title };
}

function nameModel(repo: string, model: LibraryModel): LibraryModel {
	const row = findModelRow(repo);
	return row ? { ...model, title: row.title } : model;
}
