import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { CacheRepo } from "./cache-repo.ts";
import type { RemoteFile } from "./repo-listing.ts";

/** Where a snapshot has a file. */
function snapshotPath({ snapshots }: CacheRepo, revision: string, { path }: Pick<RemoteFile, "path">): string {
	return join(snapshots, revision, ...path.split("/"));
}

/** Whether a snapshot has a file in its full length. */
export function isPublished(repo: CacheRepo, revision: string, file: RemoteFile): boolean {
	return statSync(snapshotPath(repo, revision, file), { throwIfNoEntry: false })?.size === file.bytes;
}

/**
 * Shows a blob under its name: a relative link, so that the cache can be moved. Where links may not be made (Windows
 * without the right to, FAT), a second name of the same file, else the file itself.
 */
export function publishFile(repo: CacheRepo, revision: string, file: RemoteFile, symlinks: boolean): void {
	if (isPublished(repo, revision, file)) return;
	const place = snapshotPath(repo, revision, file);
	const blob = join(repo.blobs, file.etag);
	mkdirSync(dirname(place), { recursive: true });
	// Made beside it and put in its place in one step: another process may do the same.
	const fresh = `${place}.${randomBytes(4).toString("hex")}.scd`;
	const ways = [
		...(symlinks ? [() => symlinkSync(relative(dirname(place), blob), fresh, "file")] : []),
		() => linkSync(blob, fresh),
		() => renameSync(blob, fresh),
	];
	for (const [i, way] of ways.entries())
		try {
			way();
			break;
		} catch (error) {
			if (i === ways.length - 1) throw error;
		}
	try {
		renameSync(fresh, place);
	} catch (error) {
		rmSync(fresh, { force: true });
		throw error;
	}
}

/** Says which commit a branch is at: the last step, once everything that was wanted of it is there. */
export function publishRef({ refs }: CacheRepo, branch: string, revision: string): void {
	mkdirSync(refs, { recursive: true });
	const fresh = join(refs, `.${branch}.${randomBytes(4).toString("hex")}`);
	writeFileSync(fresh, revision);
	renameSync(fresh, join(refs, branch));
}
