import { createHash } from "node:crypto";
import { constants, inflateSync } from "node:zlib";
import { AppError } from "#shared/errors";
import type { CircuitFile } from "#shared/exchange/circuit-file";
import { payloadMarks } from "#shared/exchange/payload-marks";
import type { ImportSource } from "./import-source.ts";
import { readWhole } from "./import-source.ts";
import { largestPayload, noteCut, parsePayload, refuseCut, refuseDamaged, refuseForeign, unpack } from "./payload.ts";

const largestPdf = 1 << 30;
/** Attached files are told apart by their content; more than so many are not tried. */
const mostAttachments = 32;
/** Of an attached file, enough to know ours by. */
const headBytes = 512;
/** Something may follow a document's last word. */
const tailBytes = 4096;

/**
 * The circuit attached to a PDF, and what is wrong with the document around it. Streams stand in the file as they are,
 * also where a program packed the objects around them anew, so that their dictionaries can be found without reading the
 * document. Throws `bad-file`.
 */
export async function readPdf(source: ImportSource): Promise<{ file: CircuitFile; notes: readonly string[] }> {
	const bytes = await readWhole(source, largestPdf);
	const isWhole = bytes.subarray(-tailBytes).includes("%%EOF");
	let tried = 0;
	for (let at = bytes.indexOf("EmbeddedFile"); at >= 0; at = bytes.indexOf("EmbeddedFile", at + 1)) {
		if (bytes.toString("latin1", at + 12, at + 13) === "s" || ++tried > mostAttachments) continue;
		const stream = findStream(bytes, at);
		if (stream && /^\s*\{\s*"format"\s*:\s*"sparse-circuit"/.test(readHead(stream)))
			return { file: readStream(stream, source.name), notes: isWhole ? [] : [noteCut(source.name)] };
	}
	if (bytes.includes("/Encrypt"))
		throw new AppError("bad-file", `${source.name} is encrypted, and what is attached to it cannot be read.`);
	if (!isWhole) throw refuseCut(source.name);
	if (bytes.includes(payloadMarks.pdfAttachment)) throw refuseDamaged(source.name);
	throw refuseForeign(source.name, "document");
}

interface Stream {
	/** From the stream's first byte on; where it ends is not known where it is packed. */
	readonly content: Buffer;
	readonly isPacked: boolean;
	/** MD5 in hexadecimal, where the dictionary says it. */
	readonly checksum: string | undefined;
}

/** The stream whose dictionary `at` lies in; undefined where there is none. */
function findStream(bytes: Buffer, at: number): Stream | undefined {
	const word = bytes.indexOf("stream", at);
	if (word < 0 || word - at > 4000) return undefined;
	const open = bytes.lastIndexOf("obj", at);
	const dictionary = bytes.toString("latin1", Math.max(open, at - 4000, 0), word);
	if (dictionary.includes("endobj") || word + 8 > bytes.length) return undefined;
	const begin = word + 6 + (bytes[word + 6] === 0x0d ? 2 : 1);
	const isPacked = dictionary.includes("/Filter");
	const end = isPacked ? bytes.length : bytes.indexOf("endstream", begin);
	if (end < 0) return undefined;
	const [, checksum] = /\/CheckSum\s*[(<]\s*([0-9a-f]{32})\s*[)>]/i.exec(dictionary) ?? [];
	return { content: bytes.subarray(begin, end), isPacked, checksum };
}

/** Empty where it is packed otherwise than by deflate. */
function readHead({ content, isPacked }: Stream): string {
	const head = content.subarray(0, headBytes);
	try {
		return (isPacked ? inflateSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head).toString("latin1", 0, 200);
	} catch {
		return "";
	}
}

/** What is deflated ends in a checksum of its own, and what follows it is not read. */
function readStream({ content, isPacked, checksum }: Stream, file: string): CircuitFile {
	if (isPacked) return unpack(content, file, inflateSync);
	// A line end may stand between the data and its end.
	const ends = [content.length, content.length - 1, content.length - 2];
	const isSound = (end: number) => createHash("md5").update(content.subarray(0, end)).digest("hex") === checksum;
	if (content.length > largestPayload || (checksum !== undefined && !ends.some(isSound))) throw refuseDamaged(file);
	return parsePayload(content.toString("utf8"), file);
}
