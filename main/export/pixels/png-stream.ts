import { once } from "node:events";
import { constants, crc32, createDeflate } from "node:zlib";
import type { PixelBand } from "./pixel-bands.ts";

export interface PngOptions {
	readonly width: number;
	readonly height: number;
	/** Whether pixels may be seen through. */
	readonly hasOpacity: boolean;
	readonly dotsPerInch?: number;
	/** A finished chunk that travels in the file, such as a text. */
	readonly chunk?: Uint8Array;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Drawings are flat: runs of the same are what there is to find, and more effort saves little and takes long. */
const packing = { level: 3, strategy: constants.Z_RLE, chunkSize: 256 * 1024 };

/** A PNG, piece by piece, as its bands come: never held whole. */
export async function* writePng(
	bands: AsyncIterable<PixelBand>,
	options: PngOptions,
): AsyncGenerator<Uint8Array, void> {
	const { width, height, hasOpacity, dotsPerInch, chunk } = options;
	yield signature;
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, hasOpacity ? 6 : 2, 0, 0, 0], 8);
	yield writeChunk("IHDR", header);
	if (dotsPerInch !== undefined) yield writeChunk("pHYs", writeDensity(dotsPerInch));
	if (chunk) yield chunk;
	const deflate = createDeflate(packing);
	const packed: Buffer[] = [];
	deflate.on("data", (part: Buffer) => packed.push(part));
	let above: Uint8Array = new Uint8Array(4 * width);
	let bytes: Uint8Array = new Uint8Array();
	let packedBefore: Promise<void> = Promise.resolve();
	for await (const band of bands) {
		// While one band is packed beside this thread, the next is drawn; then its bytes are used again.
		await packedBefore;
		const lines = filterLines(band, width, hasOpacity, above, bytes);
		above = lines.last;
		bytes = lines.bytes;
		packedBefore = new Promise((resolve, reject) =>
			deflate.write(lines.bytes, (error) => (error ? reject(error) : resolve())),
		);
		for (const part of packed.splice(0)) yield writeChunk("IDAT", part);
	}
	await packedBefore;
	const ended = once(deflate, "end");
	deflate.end();
	await ended;
	for (const part of packed.splice(0)) yield writeChunk("IDAT", part);
	yield writeChunk("IEND", new Uint8Array());
}

/** Each line as its difference to the line above (filter 2), which in drawings is mostly nothing. `above` is RGBA. */
function filterLines(
	{ lines, pixels }: PixelBand,
	width: number,
	hasOpacity: boolean,
	above: Uint8Array,
	used: Uint8Array,
): { readonly bytes: Uint8Array; readonly last: Uint8Array } {
	const depth = hasOpacity ? 4 : 3;
	const length = width * depth + 1;
	const bytes = used.length === lines * length ? used.fill(0) : new Uint8Array(lines * length);
	const words = new Uint32Array(pixels.buffer, pixels.byteOffset, lines * width);
	const before = new Uint32Array(above.buffer, above.byteOffset, width);
	for (let y = 0; y < lines; y++) {
		const start = y * length;
		bytes[start] = 2;
		const [line, lineAbove] = [y * width, (y - 1) * width];
		for (let x = 0; x < width; x++) {
			const word = words[line + x] as number;
			const wordAbove = (y === 0 ? before[x] : words[lineAbove + x]) as number;
			if (word === wordAbove) continue;
			const at = start + 1 + depth * x;
			bytes[at] = (word & 255) - (wordAbove & 255);
			bytes[at + 1] = ((word >>> 8) & 255) - ((wordAbove >>> 8) & 255);
			bytes[at + 2] = ((word >>> 16) & 255) - ((wordAbove >>> 16) & 255);
			if (hasOpacity) bytes[at + 3] = (word >>> 24) - (wordAbove >>> 24);
		}
	}
	return { bytes, last: pixels.slice(4 * (lines - 1) * width, 4 * lines * width) };
}

function writeDensity(dotsPerInch: number): Uint8Array {
	const bytes = Buffer.alloc(9);
	const perMetre = Math.round(dotsPerInch / 0.0254);
	bytes.writeUInt32BE(perMetre, 0);
	bytes.writeUInt32BE(perMetre, 4);
	bytes[8] = 1;
	return bytes;
}

function writeChunk(type: string, content: Uint8Array): Uint8Array {
	const chunk = Buffer.alloc(content.length + 12);
	chunk.writeUInt32BE(content.length, 0);
	chunk.write(type, 4, "latin1");
	chunk.set(content, 8);
	chunk.writeUInt32BE(crc32(chunk.subarray(4, content.length + 8)), content.length + 8);
	return chunk;
}
