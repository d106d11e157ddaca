import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Places of one repository in the standard cache, as `huggingface_hub` lays it out. */
export interface CacheRepo {
	readonly repo: string;
	readonly folder: string;
	readonly blobs: string;
	readonly snapshots: string;
	readonly refs: string;
}

export function cacheRepo(cache: string, repo: string): CacheRepo {
	const folder = join(cache, `models--${repo.replaceAll("/", "--")}`);
	return {
		repo,
		folder,
		blobs: join(folder, "blobs"),
		snapshots: join(folder, "snapshots"),
		refs: join(folder, "refs"),
	};
}

/** Repositories of models that the cache holds, dictionaries' ones among them. */
export function listCachedRepos(cache: string): readonly CacheRepo[] {
	return listNames(cache)
		.filter((name) => name.startsWith("models--"))
		.map((name) => cacheRepo(cache, name.slice("models--".length).replaceAll("--", "/")));
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

/** The commit that a branch was at when it was last looked at. */
export function readRef(refs: string, branch = "main"): string | undefined {
	try {
		return readFileSync(join(refs, branch), "utf8").trim();
	} catch {
		return undefined;
	}
}

/** Where a file lies: in the snapshot that `refs/main` names, else in another one. A link that leads nowhere is no file. */
export function findCached(repo: CacheRepo, path: string): string | undefined {
	for (const snapshot of listSnapshots(repo)) {
		const file = join(snapshot, ...path.split("/"));
		if (existsSync(file)) return file;
	}
	return undefined;
}

function listNames(folder: string): readonly string[] {
	try {
		return readdirSync(folder);
	} catch {
		// What is not there holds nothing; what may not be read is told when something in it is asked for by name.
		return [];
	}
}
