import { crc32, inflateSync } from "node:zlib";
import { AppError } from "#shared/errors";
import type { CircuitFile } from "#shared/exchange/circuit-file";
import { payloadMarks } from "#shared/exchange/payload-marks";
import type { ImportSource } from "./import-source.ts";
import { noteCut, parsePayload, refuseCut, refuseDamaged, refuseForeign, unpack, unpackLetters } from "./payload.ts";

const largestChunk = 256 << 20;
/** A picture of ours has one for each 256 KB that it takes. */
const mostChunks = 100_000;
const pieceBytes = 1 << 20;

interface Chunk {
	readonly type: string;
	/** Of its content. */
	readonly offset: number;
	readonly length: number;
}

/**
 * The circuit in a PNG's international text (iTXt), and what is wrong with the picture around it. No pixel is unpacked,
 * but every chunk is compared with its checksum. Throws `bad-file`.
 */
export async function readPng(source: ImportSource): Promise<{ file: CircuitFile; notes: readonly string[] }> {
	const keyword = Buffer.from(`${payloadMarks.pngKeyword}\0`, "latin1");
	const { chunks, isWhole } = await listChunks(source);
	for (const chunk of chunks) {
		if (chunk.type !== "iTXt" || chunk.length <= keyword.length + 4 || chunk.length >= largestChunk) continue;
		const body = await source.read(chunk.offset, chunk.length);
		if (!body.subarray(0, keyword.length).equals(keyword)) continue;
		if (!(await isSound(source, chunk))) throw refuseDamaged(source.name);
		const file = readText(body, source.name);
		if (!isWhole) return { file, notes: [noteCut(source.name)] };
		for (const other of chunks)
			if (!(await isSound(source, other)))
				return { file, notes: [`The picture in ${source.name} is damaged; the circuit inside it is whole.`] };
		return { file, notes: [] };
	}
	if (!isWhole) throw refuseCut(source.name);
	throw refuseForeign(source.name, "picture");
}

async function listChunks(source: ImportSource): Promise<{ chunks: readonly Chunk[]; isWhole: boolean }> {
	const chunks: Chunk[] = [];
	for (let offset = 8; offset + 12 <= source.bytes && chunks.length < mostChunks; ) {
		const head = await source.read(offset, 8);
		const [length, type] = [head.readUInt32BE(0), head.toString("latin1", 4, 8)];
		if (offset + 12 + length > source.bytes) break;
		chunks.push({ type, offset: offset + 8, length });
		if (type === "IEND") return { chunks, isWhole: true };
		offset += 12 + length;
	}
	return { chunks, isWhole: false };
}

/** A chunk's checksum is of its type and content. PNG specification 5.5. */
async function isSound(source: ImportSource, { offset, length }: Chunk): Promise<boolean> {
	let sum = 0;
	for (let at = offset - 4; at < offset + length; at += pieceBytes)
		sum = crc32(await source.read(at, Math.min(pieceBytes, offset + length - at)), sum);
	return (await source.read(offset + length, 4)).readUInt32BE(0) === sum;
}

/** Behind the keyword: compressed or not, method, language, translated keyword, text. PNG specification 11.3.4.5. */
function readText(body: Buffer, file: string): CircuitFile {
	let at = payloadMarks.pngKeyword.length + 1;
	const [compressed, method] = [body[at], body[at + 1]];
	at += 2;
	for (let strings = 0; strings < 2; strings++) {
		const end = body.indexOf(0, at);
		if (end < 0) throw refuseDamaged(file);
		at = end + 1;
	}
	if (compressed === 0) {
		const text = body.toString("utf8", at);
		return text.startsWith("{") ? parsePayload(text, file) : unpackLetters(text, file);
	}
	if (method !== 0)
		throw new AppError("bad-file", `The circuit inside ${file} is packed in a way that PNG does not know.`);
	return unpack(body.subarray(at), file, inflateSync);
}
