import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseRepoFolder, type RepoKind, type RepoName, repoFolderName } from "#shared/cache-path";

/** Places of one repository in the standard cache, as `huggingface_hub` lays it out. */
export interface CacheRepo extends RepoName {
	readonly folder: string;
	readonly blobs: string;
	readonly snapshots: string;
	readonly refs: string;
}

export function cacheRepo(cache: string, repo: string, kind: RepoKind = "models"): CacheRepo {
	const folder = join(cache, repoFolderName({ kind, repo }));
	return {
		...{ kind, repo },
		folder,
		blobs: join(folder, "blobs"),
		snapshots: join(folder, "snapshots"),
		refs: join(folder, "refs"),
	};
}

/** Repositories of models that the cache holds, dictionaries' ones among them. */
export function listCachedRepos(cache: string): readonly CacheRepo[] {
	return listNames(cache).flatMap((name) => {
		const found = parseRepoFolder(name);
		return found?.kind === "models" ? [cacheRepo(cache, found.repo)] : [];
	});
}

/** Snapshots that are there: the one that `refs/main` names first, then the newest. A snapshot may hold a part of the files only. */
export function listSnapshots({ snapshots, refs }: CacheRepo): readonly string[] {
	const main = readRef(refs);
	const age = (name: string) => statSync(join(snapshots, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
	return listNames(snapshots)
		.map((name) => [name, name === main ? Number.POSITIVE_INFINITY : age(name)] as const)
		.sort(([, a], [, b]) => b - a)
		.map(([name]) => join(snapshots, name));
}

/** The commit that `main` was at when it was last looked at. */
function readRef(refs: string): string | undefined {
	try {
		return readFileSync(join(refs, "main"), "utf8").trim();
	} catch {
		return undefined;
	}
}

function listNames(folder: string): readonly string[] {
	try {
		return readdirSync(folder);
	} catch {
		// What is not there holds nothing; what may not be read is told when something in it is asked for by name.
		return [];
	}
}
