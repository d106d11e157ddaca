import { crc32 } from "node:zlib";
import type { PixelBand } from "./pixel-bands.ts";
import { BandPacker, joinSums, type PackedBand } from "./png-band.ts";

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
/** Deflate with a window of 32 KiB. */
const streamHead = Uint8Array.of(0x78, 0x01);
/** The last block of deflate, an empty one. */
const lastBlock = Uint8Array.of(0x03, 0x00);

/** A PNG, piece by piece, as its bands come from top to bottom: never held whole. They are parts of one zlib stream. */
export async function* writePng(
	bands: AsyncIterable<PackedBand>,
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
	yield writeChunk("IDAT", streamHead);
	let whole = 1;
	for await (const { blocks, sum, length } of bands) {
		whole = joinSums(whole, sum, length);
		yield writeChunk("IDAT", blocks);
	}
	const end = Buffer.alloc(lastBlock.length + 4);
	end.set(lastBlock);
	end.writeUInt32BE(whole, lastBlock.length);
	yield writeChunk("IDAT", end);
	yield writeChunk("IEND", new Uint8Array());
}

/** Packs bands in this thread, one after another. */
export async function* packBands(
	bands: AsyncIterable<PixelBand>,
	{ width, hasOpacity }: PngOptions,
): AsyncGenerator<PackedBand, void> {
	const packer = new BandPacker(width, hasOpacity);
	for await (const band of bands) yield await packer.pack(band);
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
