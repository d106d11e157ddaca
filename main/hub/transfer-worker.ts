import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { parentPort } from "node:worker_threads";
import { AnswerHeadReader, isPlainBody, readLength } from "./answer-head.ts";
import type { AnswerHead, TransferAsked, TransferTold } from "./transfer-messages.ts";

/**
 * A thread that moves bytes from the network to the disk: they come into one buffer, are written and hashed from there,
 * and the buffer takes the next ones. Nothing is allocated, copied or queued, so that the disk is the limit.
 */
const tellMs = 100;
const block = Buffer.allocUnsafeSlow(1 << 20);

interface OpenFile {
	readonly id: number;
	readonly file: number;
	readonly algorithm: string | null;
	readonly prefix: string;
	hash: Hash | undefined;
	/** Bytes that are hashed, and that are known to be on disk. */
	hashed: number;
	known: number;
	/** Where its hash was asked for. */
	end: number | undefined;
	stop: (() => void) | undefined;
}

const files = new Map<number, OpenFile>();
/** What could not be opened, and why. */
const broken = new Map<number, unknown>();
let scheduled = false;

const tell = (message: TransferTold) => parentPort?.postMessage(message);

function fail(id: number, of: "fetch" | "end", error: unknown): void {
	const { message, code, syscall } = error as NodeJS.ErrnoException;
	tell({ id, type: "failed", of, message, code, syscall });
}

/** Hashes what is on disk and not hashed yet, one block of each file in turn; messages are read between rounds. */
function catchUp(): void {
	scheduled = false;
	for (const one of files.values())
		try {
			const most = Math.min(block.length, one.known - one.hashed);
			if (most > 0) {
				const read = readSync(one.file, block, 0, most, one.hashed);
				if (read === 0) throw new Error("the file is shorter than what was written");
				one.hash?.update(block.subarray(0, read));
				one.hashed += read;
			}
			if (isHashed(one)) {
				one.end = undefined;
				tell({ id: one.id, type: "digest", digest: one.hash?.digest("hex") ?? null });
			}
		} catch (error) {
			one.end = undefined;
			one.known = one.hashed;
			fail(one.id, "end", error);
		}
	schedule();
}

const isHashed = ({ hashed, end }: Pick<OpenFile, "hashed" | "end">) => end !== undefined && hashed >= end;

function schedule(): void {
	if (scheduled) return;
	if (![...files.values()].some(({ hashed, known, end }) => hashed < known || isHashed({ hashed, end }))) return;
	scheduled = true;
	setImmediate(catchUp);
}

function beginHash(one: OpenFile): void {
	one.hash = one.algorithm === null ? undefined : createHash(one.algorithm).update(one.prefix);
	one.hashed = 0;
}

function writeAll(file: number, bytes: Buffer, position: number): void {
	for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, position + done);
}

function fetchInto(one: OpenFile, asked: Extract<TransferAsked, { type: "fetch" }>): void {
	const { url, headers, from, end, silenceMs } = asked;
	const { protocol, hostname, port, pathname, search, host } = new URL(url);
	const reader = new AnswerHeadReader();
	let head: Omit<AnswerHead, "taken"> | undefined;
	let left = Number.POSITIVE_INFINITY;
	let at = from;
	let told = 0;
	let ended = false;
	let untold = 0;
	const report = () => {
		tell({ id: one.id, type: "written", bytes: at, received: untold });
		untold = 0;
		told = performance.now();
	};
	const finish = (outcome: () => void) => {
		if (ended) return;
		ended = true;
		socket.destroy();
		one.stop = undefined;
		if (untold > 0) report();
		outcome();
		schedule();
	};
	const take = (bytes: Buffer) => {
		// A server that sends more than it announced is not believed.
		const piece = bytes.length > left ? bytes.subarray(0, left) : bytes;
		writeAll(one.file, piece, at);
		if (one.hashed === at) {
			one.hash?.update(piece);
			one.hashed += piece.length;
		}
		at += piece.length;
		one.known = Math.max(one.known, at);
		left -= piece.length;
		untold += piece.length;
		if (performance.now() - told > tellMs) report();
	};
	const receive = (length: number, buffer: Uint8Array): boolean => {
		if (ended) return false;
		try {
			let bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length);
			if (!head) {
				const read = reader.take(bytes);
				if (!read) return true;
				const { rest, ...found } = read;
				head = found;
				if (!isPlainBody(found.status, found.headers, from, end)) {
					finish(() => tell({ id: one.id, type: "fetched", head: { ...found, taken: false } }));
					return false;
				}
				tell({ id: one.id, type: "begun", headers: found.headers });
				left = Math.min(readLength(found.headers) ?? 0, end - from);
				bytes = rest;
			}
			take(bytes);
			if (left === 0) {
				const whole = head;
				finish(() => tell({ id: one.id, type: "fetched", head: { ...whole, taken: true } }));
			}
			return true;
		} catch (error) {
			finish(() => fail(one.id, "fetch", error));
			return false;
		}
	};
	const options = {
		host: hostname.replace(/^\[|\]$/g, ""),
		port: Number(port || (protocol === "https:" ? 443 : 80)),
		onread: { buffer: Buffer.allocUnsafeSlow(1 << 20), callback: receive },
	};
	const socket =
		protocol === "https:"
			? connectTls({
					...options,
					servername: /^[\d.:]+$/.test(options.host) ? "" : options.host,
					ALPNProtocols: ["http/1.1"],
				})
			: connect(options);
	one.stop = () => finish(() => fail(one.id, "fetch", new Error("stopped")));
	socket.setTimeout(silenceMs, () =>
		socket.destroy(Object.assign(new Error("nothing came for a while"), { code: "ETIMEDOUT" })),
	);
	socket.on("error", (error) => finish(() => fail(one.id, "fetch", error)));
	socket.on("close", () =>
		finish(() => fail(one.id, "fetch", Object.assign(new Error("the connection was cut"), { code: "ECONNRESET" }))),
	);
	const lines = Object.entries({ host, connection: "close", ...headers }).map(
		([name, value]) => `${name}: ${value}\r\n`,
	);
	socket.write(`GET ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

parentPort?.on("message", (asked: TransferAsked) => {
	const { id } = asked;
	if (asked.type === "open") {
		try {
			const { path, algorithm, prefix } = asked;
			const one: OpenFile = {
				...{ id, file: openSync(path, "r+"), algorithm, prefix },
				...{ hash: undefined, hashed: 0, known: 0, end: undefined, stop: undefined },
			};
			beginHash(one);
			files.set(id, one);
		} catch (error) {
			broken.set(id, error);
		}
		return;
	}
	const one = files.get(id);
	if (!one) {
		if (asked.type === "fetch" || asked.type === "end") fail(id, asked.type, broken.get(id));
		else if (asked.type === "close") broken.delete(id);
		return;
	}
	if (asked.type === "upTo") one.known = Math.max(one.known, asked.bytes);
	else if (asked.type === "fetch") fetchInto(one, asked);
	else if (asked.type === "stop") one.stop?.();
	else if (asked.type === "startOver") {
		one.known = 0;
		one.end = undefined;
		beginHash(one);
	} else if (asked.type === "end") {
		one.known = Math.max(one.known, asked.bytes);
		one.end = asked.bytes;
	} else {
		one.stop?.();
		closeSync(one.file);
		files.delete(id);
	}
	schedule();
});
