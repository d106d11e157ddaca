import { inflateRawSync, inflateSync } from "node:zlib";
import { AppError } from "#shared/errors";
import type { CircuitFile } from "#shared/exchange/circuit-file";
import { payloadMarks } from "#shared/exchange/payload-marks";
import type { ImportSource } from "./import-source.ts";
import { parsePayload, refuseForeign, unpack } from "./payload.ts";

const largestChunk = 256 << 20;

/** The circuit in a PNG's international text (iTXt). Only the chunks' headers are read, never a pixel. Throws `bad-file`. */
export async function readPng(source: ImportSource): Promise<CircuitFile> {
	const keyword = Buffer.from(`${payloadMarks.pngKeyword}\0`, "latin1");
	for (let offset = 8; offset + 12 <= source.bytes; ) {
		const head = await source.read(offset, 8);
		const [length, type] = [head.readUInt32BE(0), head.toString("latin1", 4, 8)];
		if (type === "IEND") break;
		if (type === "iTXt" && length > keyword.length + 4 && length < largestChunk) {
			const body = await source.read(offset + 8, length);
			if (body.length === length && body.subarray(0, keyword.length).equals(keyword))
				return readText(body, source.name);
		}
		offset += 12 + length;
	}
	throw refuseForeign(source.name, "picture");
}

/** Behind the keyword: compressed or not, method, language, translated keyword, text. PNG specification 11.3.4.5. */
function readText(body: Buffer, file: string): CircuitFile {
	let at = payloadMarks.pngKeyword.length + 1;
	const [compressed, method] = [body[at], body[at + 1]];
	at += 2;
	for (let strings = 0; strings < 2; strings++) {
		const end = body.indexOf(0, at);
		if (end < 0) throw new AppError("bad-file", `The circuit inside ${file} is damaged. Ask for the file again.`);
		at = end + 1;
	}
	if (compressed === 0) {
		const text = body.toString("utf8", at);
		return text.startsWith("{") ? parsePayload(text, file) : unpack(Buffer.from(text, "base64"), file, inflateRawSync);
	}
	if (method !== 0)
		throw new AppError("bad-file", `The circuit inside ${file} is packed in a way that PNG does not know.`);
	return unpack(body.subarray(at), file, inflateSync);
}
