import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { readLength, startsAt } from "./answer-head.ts";
import type { CacheRepo } from "./cache-repo.ts";
import type { HubAnswer, HubConnection } from "./hub-connection.ts";
import { describeBrokenConnection, describeRefusal, isUnreachable, isWriteFailure } from "./hub-failure.ts";
import { claimPartial, discardPartials, findWriter, releasePartial } from "./partial-file.ts";
import type { RemoteFile } from "./repo-listing.ts";
import type { OpenTransfer, Transfers } from "./transfers.ts";
import { longestWaitSeconds, readRetryAfter, wait, waitSeconds } from "./with-retries.ts";
import { writeBody } from "./write-body.ts";

/** One file on its way into the cache. */
export interface FileTransfer {
	readonly connection: HubConnection;
	readonly transfers: Transfers;
	readonly repo: CacheRepo;
	readonly revision: string;
	readonly file: RemoteFile;
	/** Aborted: what has come is kept, and whoever asks next goes on with it. */
	readonly signal: AbortSignal;
	/** How much of the file is on disk, and how much of that has just come over the network. */
	progress(bytes: number, received: number): void;
	/** Told while it is waited for something: another process, the hub. */
	waiting(why: string | undefined): void;
}

const pollMs = 250;
const mostTries = 5;

/** Whether a blob is there in its full length. */
export function hasBlob({ blobs }: CacheRepo, { etag, bytes }: RemoteFile): boolean {
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
			rmSync(validatorPath(transfer), { force: true });
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
				`${file.path} of ${repo.repo} came with another content than the hub says, twice, and was thrown away. Try again later; if it stays so, a proxy changes what it passes on.`,
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

/** Large files are named by their SHA-256, small ones as git names them; other names say nothing of the content. */
function findAlgorithm({ etag, bytes }: RemoteFile): { readonly name: string; readonly prefix: string } | undefined {
	if (/^[0-9a-f]{64}$/.test(etag)) return { name: "sha256", prefix: "" };
	if (/^[0-9a-f]{40}$/.test(etag)) return { name: "sha1", prefix: `blob ${bytes}\0` };
	return undefined;
}

/** Mirrors that are no git servers name small files so. */
const isPlainSha1 = (path: string, { etag, bytes }: RemoteFile) =>
	etag.length === 40 && bytes < worthMarking && createHash("sha1").update(readFileSync(path)).digest("hex") === etag;

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

/** Fetches what is missing, in as many answers as it takes. */
async function fetchBytes(transfer: FileTransfer, path: string, open: OpenTransfer): Promise<void> {
	const { connection, file, signal, progress, waiting } = transfer;
	const url = resolveUrl(transfer);
	let have = Math.min(statSync(path).size, file.bytes);
	truncateSync(path, have);
	open.upTo(have);
	progress(have, 0);
	const startOver = () => {
		open.startOver();
		truncateSync(path, 0);
		have = 0;
	};
	for (let tried = 1; have < file.bytes; ) {
		const before = have;
		let answer: Outcome | undefined;
		let fault: unknown;
		try {
			answer = await fetchOnce(transfer, path, open, url, have, (bytes, received) => {
				have = bytes;
				waiting(undefined);
				progress(bytes, received);
			});
			if (answer.startOver) startOver();
		} catch (error) {
			signal.throwIfAborted();
			if (error instanceof AppError || isWriteFailure(error)) throw error;
			fault = error;
		}
		if (have >= file.bytes) break;
		tried = have > before ? 1 : tried + 1;
		const most = isUnreachable(fault) && have === 0 ? 2 : mostTries;
		const seconds = waitSeconds(tried, connection.retries, answer?.retryAfter);
		if (tried > most || seconds > longestWaitSeconds)
			throw answer?.refused ?? describeBrokenConnection(fault ?? new Error("it ends too early"), new URL(url).host);
		const why = answer?.refused ? "the hub asks to wait" : "the connection broke";
		if (!answer?.startOver)
			await wait(seconds, "", { signal, waiting: (left) => waiting(`${why}; goes on in ${Math.ceil(left)} s`) });
	}
	waiting(undefined);
}

interface Outcome {
	/** What is there cannot be gone on with. */
	readonly startOver?: boolean;
	/** What to say where waiting does not help. */
	readonly refused?: AppError;
	readonly retryAfter?: number | undefined;
}

/** Asks once for what is missing: large files by a thread that does nothing else, what that cannot read and small ones here. */
async function fetchOnce(
	transfer: FileTransfer,
	path: string,
	open: OpenTransfer,
	url: string,
	from: number,
	written: (bytes: number, received: number) => void,
): Promise<Outcome> {
	const { connection, file, signal } = transfer;
	const range = { from, end: file.bytes };
	const headers = from > 0 ? rangeHeaders(transfer, from) : {};
	if (connection.isDirect && file.bytes >= worthThread) {
		const begun = (got: HubAnswer["headers"]) => rememberValidator(transfer, got);
		const answer = await connection.follow(url, headers, (at, sent) =>
			open.fetch(at, sent, range, signal, { begun, written }),
		);
		if (answer.taken) return {};
		const outcome = readRefusal(transfer, answer, from);
		if (outcome) return outcome;
	}
	const answer = await connection.ask(url, headers, signal);
	const outcome = readRefusal(transfer, answer, from);
	if (outcome) {
		await answer.body.dump();
		return outcome;
	}
	rememberValidator(transfer, answer.headers);
	await writeBody(answer.body, path, from, file.bytes, (bytes, received) => {
		open.upTo(bytes);
		written(bytes, received);
	});
	return {};
}

function resolveUrl({ connection, repo, revision, file }: FileTransfer): string {
	const path = file.path.split("/").map(encodeURIComponent).join("/");
	return `${connection.settings.endpoint}/${repo.repo}/resolve/${revision}/${path}`;
}

/** What an answer means that brings nothing we can go on with; undefined where its body does. Throws what no second try would mend. */
function readRefusal(
	{ connection, repo, file }: FileTransfer,
	{ status, headers, hubHeaders, redirected }: Omit<HubAnswer, "body">,
	from: number,
): Outcome | undefined {
	if (status === 206) return startsAt(headers["content-range"], from, file.bytes) ? undefined : { startOver: true };
	if (status === 200) {
		const length = readLength(headers);
		if (length !== undefined && headers["content-encoding"] === undefined && length > file.bytes)
			throw new AppError(
				"bad-file",
				`${file.path} of ${repo.repo} is ${length} bytes long where the hub's listing says ${file.bytes}. Try again later; nothing of it was kept.`,
				{ repo: repo.repo, file: file.path },
			);
		return from > 0 ? { startOver: true } : undefined;
	}
	if (status === 416) return { startOver: true };
	const retryAfter = readRetryAfter(headers["retry-after"]);
	const code = hubHeaders["x-error-code"] ?? headers["x-error-code"];
	const refused = describeRefusal({ status, code, repo: repo.repo, path: file.path, retryAfter }, connection.settings);
	// A link to the storage is good for a while only; the next try gets a new one.
	const expired = redirected && (status === 401 || status === 403);
	if (status === 408 || status === 429 || status >= 500 || expired) return { refused, retryAfter };
	throw refused;
}

/** The storage's own mark of this content, kept beside a large partial file. */
const validatorPath = ({ repo, file }: FileTransfer) => join(repo.blobs, `${file.etag}.scd-validator`);
const worthMarking = 4 << 20;
/** Below, a connection that is open already is faster. */
const worthThread = 4 << 20;

function rememberValidator(transfer: FileTransfer, headers: Readonly<Record<string, string>>): void {
	const etag = headers["etag"];
	// A weak one promises no equal bytes.
	if (etag !== undefined && !etag.startsWith("W/") && transfer.file.bytes >= worthMarking)
		writeFileSync(validatorPath(transfer), etag);
}

function rangeHeaders(transfer: FileTransfer, have: number): Record<string, string> {
	const range = { range: `bytes=${have}-` };
	try {
		return { ...range, "if-range": readFileSync(validatorPath(transfer), "utf8") };
	} catch {
		// Without it the content's hash still tells.
		return range;
	}
}
