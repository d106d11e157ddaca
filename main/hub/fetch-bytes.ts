import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { AppError } from "#shared/errors";
import { readLength, startsAt } from "./answer-head.ts";
import type { FileTransfer } from "./file-transfer.ts";
import type { HubAnswer } from "./hub-connection.ts";
import {
	describeBrokenConnection,
	describeForeignRefusal,
	describeRefusal,
	isUnreachable,
	isWriteFailure,
} from "./hub-failure.ts";
import { markPath } from "./partial-file.ts";
import { repoPage } from "./repo-listing.ts";
import type { OpenTransfer } from "./transfers.ts";
import { longestWaitSeconds, readRetryAfter, wait, waitSeconds } from "./with-retries.ts";
import { writeBody } from "./write-body.ts";

const mostTries = 5;
/** Below, a connection that is open already is faster. */
const worthThread = 4 << 20;

/** Fetches what is missing, in as many answers as it takes. */
export async function fetchBytes(transfer: FileTransfer, path: string, open: OpenTransfer): Promise<void> {
	const { connection, file, signal, progress, waiting } = transfer;
	const url = resolveUrl(transfer);
	let have = Math.min(statSync(path).size, file.bytes);
	truncateSync(path, have);
	open.upTo(have);
	progress(have, 0);
	const startOver = () => {
		truncateSync(path, 0);
		open.startOver();
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
		const who = file.url === undefined ? "the hub" : new URL(url).host;
		const why = answer?.refused ? `${who} asks to wait` : "the connection broke";
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
	if (file.url !== undefined) return file.url;
	const path = file.path.split("/").map(encodeURIComponent).join("/");
	return `${connection.settings.endpoint}/${repoPage(repo)}/resolve/${revision}/${path}`;
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
				`${file.path} of ${repo.repo} is ${length} bytes long where the listing says ${file.bytes}. Try again later; nothing of it was kept.`,
				{ repo: repo.repo, file: file.path },
			);
		return from > 0 ? { startOver: true } : undefined;
	}
	if (status === 416) return { startOver: true };
	const retryAfter = readRetryAfter(headers["retry-after"]);
	const code = hubHeaders["x-error-code"] ?? headers["x-error-code"];
	const refused =
		file.url !== undefined
			? describeForeignRefusal(status, file.url)
			: describeRefusal(
					{ status, code, repo: repo.repo, page: repoPage(repo), path: file.path, retryAfter },
					connection.settings,
				);
	// A link to the storage is good for a while only; the next try gets a new one.
	const expired = redirected && (status === 401 || status === 403);
	if (status === 408 || status === 429 || status >= 500 || expired) return { refused, retryAfter };
	throw refused;
}

/** Smaller ones begin anew where they were cut off. */
const worthMarking = 4 << 20;

function rememberValidator(transfer: FileTransfer, headers: Readonly<Record<string, string>>): void {
	const etag = headers["etag"];
	// A weak one promises no equal bytes.
	if (etag !== undefined && !etag.startsWith("W/") && transfer.file.bytes >= worthMarking)
		writeFileSync(markPath(transfer.repo.blobs, transfer.file.etag), etag);
}

function rangeHeaders(transfer: FileTransfer, have: number): Record<string, string> {
	const range = { range: `bytes=${have}-` };
	try {
		return { ...range, "if-range": readFileSync(markPath(transfer.repo.blobs, transfer.file.etag), "utf8") };
	} catch {
		// Without it the content's hash still tells.
		return range;
	}
}
