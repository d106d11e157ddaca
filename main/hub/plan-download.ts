import { statSync } from "node:fs";
import { join } from "node:path";
import { type RepoName, repoFolderName } from "#shared/cache-path";
import { type CatalogueRelease, findModelRow, findReleases } from "#shared/catalogue";
import { findText } from "#shared/catalogue-choice";
import type { DownloadForecast, DownloadRequest } from "#shared/download";
import { AppError, assert } from "#shared/errors";
import { type CacheRepo, cacheRepo } from "./cache-repo.ts";
import { freeBytes } from "./disk-space.ts";
import type { HubConnection } from "./hub-connection.ts";
import { countPartial } from "./partial-file.ts";
import { isPublished } from "./publish-file.ts";
import { listRepo, type RemoteFile, type RepoListing } from "./repo-listing.ts";
import { checkNames, chooseDictionaryFiles, chooseModelFiles, chooseTextFiles } from "./wanted-files.ts";

/** Which files of which commit, repository by repository. */
export interface DownloadPlan {
	readonly parts: readonly PlannedRepo[];
	readonly cache: string;
	/** What puts `cache` into another place, for a sentence; absent for the hub's own. */
	readonly elsewhere?: string;
}

export interface PlannedRepo {
	readonly repo: CacheRepo;
	readonly revision: string;
	/** The branch whose commit it is; undefined for a commit that was asked for by itself. */
	readonly branch: string | undefined;
	readonly files: readonly RemoteFile[];
}

interface Wanted extends RepoName {
	/** A commit that is preferred to the newest one, as long as the hub has it. */
	readonly commit?: string;
	choose(listing: RepoListing): readonly RemoteFile[];
}

/** Asks the hub what it holds. Throws `network`, `access`, `not-found` or `bad-file`. */
export async function planDownload(connection: HubConnection, request: DownloadRequest): Promise<DownloadPlan> {
	const wanted: Wanted[] = [];
	for (const name of request.models) wanted.push({ kind: "models", repo: modelRepo(name), choose: chooseModelFiles });
	for (const { release: name, paths } of request.sets) {
		const release = findRelease(name);
		const chosen = release.dictionaries.filter(({ path }) => paths?.includes(path) ?? true);
		wanted.push({
			...{ kind: "models", repo: release.repo },
			choose: (listing) => chosen.flatMap((one) => chooseDictionaryFiles(listing, release, one)),
		});
	}
	for (const name of request.texts ?? []) {
		const text = findText(name);
		wanted.push({
			...{ kind: "datasets", repo: text.repo, commit: text.revision },
			choose: (listing) => chooseTextFiles(listing, text),
		});
	}
	const parts = await Promise.all(
		[...Map.groupBy(wanted, repoFolderName).values()].map(async (choices): Promise<PlannedRepo> => {
			const [{ kind, repo, commit }] = choices as [Wanted, ...Wanted[]];
			const { listing, branch } = await listWanted(connection, { kind, repo }, commit);
			const files = new Map(choices.flatMap(({ choose }) => choose(listing)).map((file) => [file.path, file]));
			checkNames(repo, [...files.values()]);
			const { revision } = listing;
			return { repo: cacheRepo(connection.settings.cache, repo, kind), revision, branch, files: [...files.values()] };
		}),
	);
	return { parts, cache: connection.settings.cache };
}

async function listWanted(connection: HubConnection, name: RepoName, commit: string | undefined) {
	if (commit !== undefined)
		try {
			return { listing: await listRepo(connection, name, commit), branch: undefined };
		} catch (error) {
			// Its owner wrote the history anew: what is there now will do.
			if (!(error instanceof AppError && error.code === "not-found")) throw error;
		}
	return { listing: await listRepo(connection, name), branch: "main" };
}

/** The repository of a model of the catalogue, or the one that is named itself. Throws `not-found`. */
function modelRepo(name: string): string {
	const row = findModelRow(name);
	if (row) return row.repo;
	if (/^[\w.-]+\/[\w.-]+$/.test(name)) return name;
	throw new AppError("not-found", `There is no model "${name}" in the catalogue. See scd catalogue.`, { name });
}

function findRelease(name: string): CatalogueRelease {
	const [release, ...more] = findReleases(name);
	assert(release && more.length === 0, `${name} is one release`);
	return release;
}

/** Bytes of a file that need not be fetched. */
export function countPresent({ repo, revision }: Pick<PlannedRepo, "repo" | "revision">, file: RemoteFile): number {
	if (isPublished(repo, revision, file)) return file.bytes;
	const blob = statSync(join(repo.blobs, file.etag), { throwIfNoEntry: false })?.size ?? 0;
	return Math.min(file.bytes, Math.max(blob, countPartial(repo.blobs, file.etag)));
}

export function forecastDownload({ parts, cache }: DownloadPlan): DownloadForecast {
	const files = parts.flatMap((part) => part.files.map((file) => ({ file, present: countPresent(part, file) })));
	return {
		files: files.length,
		bytes: files.reduce((sum, { file }) => sum + file.bytes, 0),
		presentBytes: files.reduce((sum, { present }) => sum + present, 0),
		freeBytes: freeBytes(cache) ?? null,
		cache,
	};
}
