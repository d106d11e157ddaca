import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { TextDecoder } from "node:util";
import * as zlib from "node:zlib";
import { AppError } from "#shared/errors";
import type { CorpusFormat } from "./corpus-format.ts";

/** A line without its end (LF or CRLF); `number` counts from 1. */
export interface TextLine {
	readonly text: string;
	readonly number: number;
}

/**
 * The lines of a text file, one after the other: UTF-8, or UTF-16 by its mark; packed files are unpacked on the way.
 * Throws `bad-file` at the first byte that is no UTF-8, naming its place: it would be read as another text.
 */
export async function* readLines(path: string, packed: CorpusFormat["packed"]): AsyncGenerator<TextLine> {
	/** The pieces of a line whose end has not come yet: a line may be as long as the file. */
	let pieces: Buffer[] = [];
	let number = 0;
	/** Of the line at hand, in the file's bytes as they are unpacked. */
	let offset = 0;
	const finish = (end: Buffer): TextLine => {
		const whole = pieces.length > 0 ? Buffer.concat([...pieces, end]) : end;
		const line = whole.at(-1) === 13 ? whole.subarray(0, -1) : whole;
		number++;
		if (!isUtf8(line)) throw refuseByte(path, line, { number, offset });
		pieces = [];
		offset += whole.length + 1;
		return { text: line.toString("utf8"), number };
	};
	for await (const { bytes: chunk, skipped } of readUtf8(path, packed)) {
		offset += skipped;
		let bytes = chunk;
		for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
			yield finish(bytes.subarray(0, end));
			bytes = bytes.subarray(end + 1);
		}
		if (bytes.length > 0) pieces.push(Buffer.from(bytes));
	}
	if (pieces.length > 0) yield finish(Buffer.alloc(0));
}

/** The file's bytes without its byte order mark (which is `skipped`); UTF-16 becomes UTF-8. */
async function* readUtf8(
	path: string,
	packed: CorpusFormat["packed"],
): AsyncGenerator<{ bytes: Buffer; skipped: number }> {
	let head: Buffer | undefined = Buffer.alloc(0);
	let decoder: TextDecoder | undefined;
	const decode = (bytes: Buffer, last: boolean): Buffer => {
		try {
			return decoder ? Buffer.from(decoder.decode(bytes, { stream: !last })) : bytes;
		} catch {
			throw new AppError(
				"bad-file",
				`The corpus ${path} is UTF-16 by its mark and holds half a character, so it is damaged or cut short. Save it again as UTF-8.`,
				{ path },
			);
		}
	};
	const begin = (bytes: Buffer) => {
		head = undefined;
		decoder = utf16Decoder(bytes);
		const skipped = bytes.subarray(0, 3).equals(utf8Mark) ? 3 : 0;
		return { bytes: decode(bytes.subarray(skipped), false), skipped };
	};
	for await (const chunk of readBytes(path, packed)) {
		if (head) head = Buffer.concat([head, chunk]);
		if (!head) yield { bytes: decode(chunk, false), skipped: 0 };
		else if (head.length >= 3) yield begin(head);
	}
	if (head) yield begin(head);
	yield { bytes: decode(Buffer.alloc(0), true), skipped: 0 };
}

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

function utf16Decoder(beginning: Buffer): TextDecoder | undefined {
	if (beginning[0] === 0xff && beginning[1] === 0xfe) return new TextDecoder("utf-16le", { fatal: true });
	if (beginning[0] === 0xfe && beginning[1] === 0xff) return new TextDecoder("utf-16be", { fatal: true });
	return undefined;
}

async function* readBytes(path: string, packed: CorpusFormat["packed"]): AsyncGenerator<Buffer> {
	const file = createReadStream(path);
	// The pipeline ends both streams however either ends; what went wrong comes out of the one that is read.
	const source =
		packed === undefined
			? file
			: pipeline(file, packed === "gzip" ? zlib.createGunzip() : createUnzstd(path), () => undefined);
	try {
		for await (const chunk of source as AsyncIterable<Buffer>) yield chunk;
	} catch (cause) {
		const code = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
		if (packed !== undefined && /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB)/.test(code))
			throw new AppError(
				"bad-file",
				`The corpus ${path} cannot be unpacked (${code}): it is cut short or damaged. Download it again.`,
				{ path },
			);
		throw new AppError("not-found", `The corpus ${path} cannot be read (${code}).`, { path });
	} finally {
		source.destroy();
		file.destroy();
	}
}

/** Node unpacks Zstandard since 22.15. */
function createUnzstd(path: string) {
	if (typeof zlib.createZstdDecompress === "function") return zlib.createZstdDecompress();
	throw new AppError("unsupported", `The corpus ${path} is compressed with zstd. Unpack it first (unzstd).`, { path });
}

function refuseByte(path: string, line: Buffer, { number, offset }: { number: number; offset: number }): AppError {
	const at = firstWrongByte(line);
	const byte = `0x${(line[at] as number).toString(16).toUpperCase()}`;
	return new AppError(
		"bad-file",
		`The corpus ${path} is not UTF-8: byte ${at + 1} of line ${number} (offset ${offset + at} of the file) is ${byte}, which begins no character there. If it is Latin-1, save it as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8).`,
		{ path, line: number, byte: at + 1, offset: offset + at },
	);
}

function firstWrongByte(line: Buffer): number {
	for (let at = 0; at < line.length; ) {
		const lead = line[at] as number;
		const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		if (at + length > line.length || !isUtf8(line.subarray(at, at + length))) return at;
		at += length;
	}
	return line.length;
}
