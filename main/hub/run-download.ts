import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DownloadProgress } from "#shared/download";
import { checkSpace } from "./disk-space.ts";
import { downloadFile } from "./download-file.ts";
import type { HubConnection } from "./hub-connection.ts";
import { describeWriteFailure } from "./hub-failure.ts";
import { type DownloadPlan, forecastDownload, type PlannedRepo } from "./plan-download.ts";
import { ProgressBoard } from "./progress-board.ts";
import { isPublished, publishFile, publishRef } from "./publish-file.ts";
import type { RemoteFile } from "./repo-listing.ts";
import { Transfers } from "./transfers.ts";

/** Files that come at once. */
const atOnce = 4;

interface Planned {
	readonly part: PlannedRepo;
	readonly file: RemoteFile;
}

/**
 * Fetches what a plan names and is not there, small files first, several at once. A snapshot gets a file when it is whole
 * and checked, and a branch its new commit when all is there; so what is cut off anywhere is never half-used.
 */
export async function runDownload(
	connection: HubConnection,
	plan: DownloadPlan,
	signal: AbortSignal,
	tell: (progress: DownloadProgress) => void = () => {},
): Promise<void> {
	const { bytes, presentBytes } = forecastDownload(plan);
	checkSpace(plan.cache, bytes - presentBytes, plan.elsewhere);
	const queue = plan.parts
		.flatMap((part) => part.files.map((file): Planned => ({ part, file })))
		.sort((a, b) => a.file.bytes - b.file.bytes);
	// Files of one content are one blob: who would fetch it twice at once waits for himself.
	const groups = [...Map.groupBy(queue, ({ part, file }) => join(part.repo.blobs, file.etag)).values()];
	const board = new ProgressBoard(queue, tell);
	const transfers = new Transfers();
	const stop = new AbortController();
	const both = AbortSignal.any([signal, stop.signal]);
	const work = async () => {
		for (let group = groups.shift(); group; group = groups.shift())
			for (const one of group)
				await fetchOne(connection, transfers, one, board, both).catch((error: unknown) => {
					// The first fault ends the others; theirs would only say that they were ended.
					stop.abort(error);
					throw error;
				});
	};
	try {
		const workers = Array.from({ length: atOnce }, work);
		await Promise.allSettled(workers);
		await Promise.all(workers);
		for (const { repo, branch, revision } of plan.parts) if (branch !== undefined) publishRef(repo, branch, revision);
	} catch (error) {
		const first = stop.signal.aborted ? stop.signal.reason : error;
		throw describeWriteFailure(signal.aborted ? signal.reason : first, plan.cache, plan.elsewhere);
	} finally {
		transfers.dispose();
		board.dispose();
	}
}

async function fetchOne(
	connection: HubConnection,
	transfers: Transfers,
	{ part, file }: Planned,
	board: ProgressBoard,
	signal: AbortSignal,
): Promise<void> {
	signal.throwIfAborted();
	const { repo, revision } = part;
	if (!isPublished(repo, revision, file)) {
		mkdirSync(repo.blobs, { recursive: true });
		await downloadFile({
			connection,
			transfers,
			repo,
			revision,
			file,
			signal,
			progress: (bytes, received) => board.progress(file, bytes, received),
			waiting: (why) => board.waiting(file, why),
		});
		publishFile(repo, revision, file, connection.settings.symlinks);
	}
	board.finish(file);
}
