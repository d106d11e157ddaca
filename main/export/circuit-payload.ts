import { Readable } from "node:stream";
import { crc32, createGzip } from "node:zlib";
import { assert } from "#shared/errors";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { payloadMarks } from "#shared/exchange/payload-marks";
import { joinParts, writeJson } from "./text-parts.ts";

/** A whole circuit as letters that every text format may hold: JSON, gzip with its checksum, base64. */
export async function packPayload(file: CircuitPayload): Promise<string> {
	const parts: string[] = [];
	for await (const part of packPayloadParts(file)) parts.push(part);
	return parts.join("");
}

/** Letters of a line, where they are cut into lines. */
export const payloadLine = 120;

/** The same piece by piece, each of whole lines: for circuits that are too large to be held as text. */
export async function* packPayloadParts(file: CircuitPayload): AsyncGenerator<string, void> {
	const packed = Readable.from(joinParts(writeJson(file))).pipe(createGzip({ level: 9 }));
	// Three bytes are four letters.
	const whole = (3 * payloadLine) / 4;
	let rest = Buffer.alloc(0);
	for await (const part of packed as AsyncIterable<Buffer>) {
		const bytes = Buffer.concat([rest, part]);
		const end = bytes.length - (bytes.length % whole);
		yield bytes.toString("base64", 0, end);
		rest = Buffer.from(bytes.subarray(end));
	}
	yield rest.toString("base64");
}

/** Puts the circuit into the metadata of a finished SVG: the drawing stays as it is. */
export async function embedInSvg(svg: string, file: CircuitPayload): Promise<string> {
	const start = svg.indexOf("<svg");
	const end = svg.indexOf(">", start) + 1;
	assert(start >= 0 && end > 0, "a drawing begins with its svg element");
	const element = `<metadata><scd:circuit xmlns:scd="${payloadMarks.svgNamespace}" version="${file.version}" encoding="${payloadMarks.encoding}">${await packPayload(file)}</scd:circuit></metadata>`;
	return svg.slice(0, end) + element + svg.slice(end);
}

/** PNG's signature and its header chunk. */
const headLength = 8 + 25;

/** Puts the circuit into a PNG as international text, right behind its header. */
export async function embedInPng(png: Uint8Array, file: CircuitPayload): Promise<Uint8Array> {
	return Buffer.concat([png.subarray(0, headLength), await buildPngText(file), png.subarray(headLength)]);
}

/** The chunk alone, for whoever writes a PNG piece by piece. PNG specification 11.3.4.5, iTXt. */
export async function buildPngText(file: CircuitPayload): Promise<Uint8Array> {
	const body = Buffer.concat([
		Buffer.from("iTXt"),
		// Keyword, end, not compressed by PNG's own means, no language, no translated keyword. Packed letters instead:
		// readers such as Pillow refuse a picture whose compressed texts grow beyond a megabyte.
		Buffer.from(`${payloadMarks.pngKeyword}\0\0\0\0\0`, "latin1"),
		Buffer.from(await packPayload(file), "latin1"),
	]);
	const length = Buffer.alloc(4);
	length.writeUInt32BE(body.length - 4);
	const check = Buffer.alloc(4);
	check.writeUInt32BE(crc32(body));
	return Buffer.concat([length, body, check]);
}

/** What is attached to a PDF under `payloadMarks.pdfAttachment`. */
export async function buildPdfAttachment(file: CircuitPayload): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	for await (const part of joinParts(writeJson(file))) parts.push(part);
	return Buffer.concat(parts);
}
