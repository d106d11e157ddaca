import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import type { CacheRepo } from "./cache-repo.ts";
import { fetchBytes } from "./fetch-bytes.ts";
import type { FileTransfer } from "./file-transfer.ts";
import { claimPartial, discardPartials, findWriter, releasePartial } from "./partial-file.ts";
import type { RemoteFile } from "./repo-listing.ts";
import { wait } from "./with-retries.ts";

const pollMs = 250;
/** Of files whose name may be a plain hash. */
const smallBytes = 4 << 20;

/** Whether a blob is there in its full length. */
function hasBlob({ blobs }: CacheRepo, { etag, bytes }: RemoteFile): boolean {
	return statSync(join(blobs, etag), { throwIfNoEntry: false })?.size === bytes;
}

/**
 * Brings one blob into the cache, its content checked, or waits until another process has done so. Throws `network`,
 * `access`, `not-found`, `bad-file` for a content that came wrong twice, and what the file system threw.
 */
export async function downloadFile(transfer: FileTransfer): Promise<void> {
	const { repo, file, signal, progress } = transfer;
	while (!hasBlob(repo, file)) {
		signal.throwIfAborted();
		const mine = claimPartial(repo.blobs, file.etag);
		if (!mine) {
			await waitForWriter(transfer);
			continue;
		}
		let kept = true;
		try {
			await fill(transfer, mine.path);
			renameSync(mine.path, join(repo.blobs, file.etag));
			kept = false;
			discardPartials(repo.blobs, file.etag);
		} finally {
			if (kept) releasePartial(repo.blobs, file.etag, mine.path);
		}
	}
	progress(file.bytes, 0);
}

async function waitForWriter(transfer: FileTransfer): Promise<void> {
	const { repo, file, signal, progress, waiting } = transfer;
	for (let other = findWriter(repo.blobs, file.etag); other; other = findWriter(repo.blobs, file.etag)) {
		progress(other.bytes, 0);
		waiting("another program fetches the same file");
		await wait(pollMs / 1000, "", { signal });
	}
	waiting(undefined);
}

/** Fills a partial file up to its end and checks what it holds. */
async function fill(transfer: FileTransfer, path: string): Promise<void> {
	const { repo, file } = transfer;
	adoptCutBlob(join(repo.blobs, file.etag), path, file.bytes);
	for (let wrong = 1; ; wrong++) {
		const found = await fetchAndHash(transfer, path);
		if (found === null || found === file.etag || isPlainSha1(path, file)) return;
		truncateSync(path, 0);
		transfer.progress(0, 0);
		if (wrong === 2)
			throw new AppError(
				"bad-file",
				`${file.path} of ${repo.repo} came with another content than its checksum says, twice, and was thrown away. Try again later; if it stays so, a proxy changes what it passes on.`,
				{ repo: repo.repo, file: file.path, expected: file.etag, found },
			);
		transfer.waiting(`${file.path} came wrong and is fetched once more`);
	}
}

/** A blob that was cut off, by another program or a full disk, is a beginning. */
function adoptCutBlob(blob: string, path: string, bytes: number): void {
	const size = statSync(blob, { throwIfNoEntry: false })?.size;
	if (size === undefined || size === bytes) return;
	if (size < bytes && size > (statSync(path).size ?? 0)) renameSync(blob, path);
	else rmSync(blob, { force: true });
}

/** Large files are named by their SHA-256 (or SHA-512), small ones as git names them; other names say nothing of the content. */
function findAlgorithm({ etag, bytes }: RemoteFile): { readonly name: string; readonly prefix: string } | undefined {
	if (/^[0-9a-f]{64}$/.test(etag)) return { name: "sha256", prefix: "" };
	if (/^[0-9a-f]{128}$/.test(etag)) return { name: "sha512", prefix: "" };
	if (/^[0-9a-f]{40}$/.test(etag)) return { name: "sha1", prefix: `blob ${bytes}\0` };
	return undefined;
}

/** Mirrors that are no git servers name small files so. */
const isPlainSha1 = (path: string, { etag, bytes }: RemoteFile) =>
	etag.length === 40 && bytes < smallBytes && createHash("sha1").update(readFileSync(path)).digest("hex") === etag;

/** The digest of what came, in hexadecimal; null where the name says nothing of the content. */
async function fetchAndHash(transfer: FileTransfer, path: string): Promise<string | null> {
	const { file, transfers } = transfer;
	const algorithm = findAlgorithm(file);
	const open = transfers.open(path, algorithm?.name ?? null, algorithm?.prefix);
	try {
		await fetchBytes(transfer, path, open);
		return await open.end(file.bytes, transfer.signal);
	} finally {
		open.close();
	}
}
