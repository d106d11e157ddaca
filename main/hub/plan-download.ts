import { statSync } from "node:fs";
import { join } from "node:path";
import { type CatalogueRelease, findModelRow, findReleases } from "#shared/catalogue";
import type { DownloadForecast, DownloadRequest } from "#shared/download";
import { AppError, assert } from "#shared/errors";
import { type CacheRepo, cacheRepo } from "./cache-repo.ts";
import { freeBytes } from "./disk-space.ts";
import type { HubConnection } from "./hub-connection.ts";
import { countPartial } from "./partial-file.ts";
import { isPublished } from "./publish-file.ts";
import { listRepo, type RemoteFile, type RepoListing } from "./repo-listing.ts";
import { chooseDictionaryFiles, chooseModelFiles } from "./wanted-files.ts";

/** Which files of which commit, repository by repository. */
export interface DownloadPlan {
	readonly parts: readonly PlannedRepo[];
	readonly cache: string;
}

export interface PlannedRepo {
	readonly repo: CacheRepo;
	readonly revision: string;
	readonly files: readonly RemoteFile[];
}

/** Asks the hub what it holds. Throws `network`, `access`, `not-found` or `bad-file`. */
export async function planDownload(connection: HubConnection, request: DownloadRequest): Promise<DownloadPlan> {
	const wanted = new Map<string, ((listing: RepoListing) => readonly RemoteFile[])[]>();
	const want = (repo: string, choose: (listing: RepoListing) => readonly RemoteFile[]) =>
		wanted.set(repo, [...(wanted.get(repo) ?? []), choose]);
	for (const name of request.models) want(modelRepo(name), chooseModelFiles);
	for (const { release: name, paths } of request.sets) {
		const release = findRelease(name);
		const chosen = release.dictionaries.filter(({ path }) => paths?.includes(path) ?? true);
		want(release.repo, (listing) => chosen.flatMap((one) => chooseDictionaryFiles(listing, release, one)));
	}
	const parts = await Promise.all(
		[...wanted].map(async ([name, choices]): Promise<PlannedRepo> => {
			const listing = await listRepo(connection, name);
			const files = new Map(choices.flatMap((choose) => choose(listing)).map((file) => [file.path, file]));
			return {
				repo: cacheRepo(connection.settings.cache, name),
				revision: listing.revision,
				files: [...files.values()],
			};
		}),
	);
	return { parts, cache: connection.settings.cache };
}

/** The repository of a model of the catalogue, or the one that is named itself. Throws `not-found`. */
export function modelRepo(name: string): string {
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
export function countPresent({ repo, revision }: PlannedRepo, file: RemoteFile): number {
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
