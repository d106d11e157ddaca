import { once } from "node:events";
import { crc32, createDeflate } from "node:zlib";
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
/** Drawings are flat: more effort saves little and takes long. */
const level = 3;

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
	const deflate = createDeflate({ level, chunkSize: 256 * 1024 });
	const packed: Buffer[] = [];
	deflate.on("data", (part: Buffer) => packed.push(part));
	let above: Uint8Array = new Uint8Array(width * (hasOpacity ? 4 : 3));
	for await (const band of bands) {
		const lines = filterLines(band, width, hasOpacity, above);
		above = lines.last;
		// While this is packed beside this thread, the next band is drawn.
		if (!deflate.write(lines.bytes)) await once(deflate, "drain");
		for (const part of packed.splice(0)) yield writeChunk("IDAT", part);
	}
	const ended = once(deflate, "end");
	deflate.end();
	await ended;
	for (const part of packed.splice(0)) yield writeChunk("IDAT", part);
	yield writeChunk("IEND", new Uint8Array());
}

/** Each line as its difference to the line above (filter 2), which in drawings is mostly nothing. */
function filterLines(
	{ lines, pixels }: PixelBand,
	width: number,
	hasOpacity: boolean,
	above: Uint8Array,
): { readonly bytes: Uint8Array; readonly last: Uint8Array } {
	const depth = hasOpacity ? 4 : 3;
	const length = width * depth;
	const bytes = new Uint8Array(lines * (length + 1));
	let before = above;
	let line: Uint8Array = new Uint8Array(length);
	for (let y = 0; y < lines; y++) {
		let from = 4 * y * width;
		let to = y * (length + 1);
		bytes[to++] = 2;
		if (hasOpacity)
			for (let i = 0; i < length; i++) {
				const value = pixels[from++] as number;
				line[i] = value;
				bytes[to++] = value - (before[i] as number);
			}
		else
			for (let i = 0; i < length; i += 3, from += 4) {
				for (let part = 0; part < 3; part++) {
					const value = pixels[from + part] as number;
					line[i + part] = value;
					bytes[to++] = value - (before[i + part] as number);
				}
			}
		[before, line] = [line, before === above ? new Uint8Array(length) : before];
	}
	return { bytes, last: before };
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
