import { constants, createDeflate } from "node:zlib";
import type { PixelBand } from "./pixel-bands.ts";

/** A band as a part of a PNG's one compressed stream. */
export interface PackedBand {
	readonly lines: number;
	/** Blocks of deflate that end at a whole byte, none of them the last. */
	readonly blocks: Uint8Array;
	/** Adler-32 of what they hold, and its length. */
	readonly sum: number;
	readonly length: number;
}

/** Drawings are flat: runs of the same are what there is to find, and more effort saves little and takes long. */
const packing = { level: 3, strategy: constants.Z_RLE, chunkSize: 256 * 1024 };
/** A stream's first bytes (RFC 1950), and the empty block and the sum at its end. */
const headLength = 2;
const endLength = 2 + 4;

/** Turns bands into bytes; what it used for one it uses again for the next. */
export class BandPacker {
	readonly #width: number;
	readonly #hasOpacity: boolean;
	#bytes = new Uint8Array();

	constructor(width: number, hasOpacity: boolean) {
		this.#width = width;
		this.#hasOpacity = hasOpacity;
	}

	async pack(band: PixelBand): Promise<PackedBand> {
		const bytes = this.#filter(band);
		const deflate = createDeflate(packing);
		const parts: Buffer[] = [];
		await new Promise<void>((resolve, reject) => {
			deflate
				.on("data", (part: Buffer) => parts.push(part))
				.on("end", resolve)
				.on("error", reject);
			deflate.write(bytes);
			deflate.flush(constants.Z_SYNC_FLUSH, () => deflate.end());
		});
		const whole = Buffer.concat(parts);
		return {
			lines: band.lines,
			blocks: new Uint8Array(whole.subarray(headLength, whole.length - endLength)),
			sum: whole.readUInt32BE(whole.length - 4),
			length: bytes.length,
		};
	}

	/** Each line as its difference to the line above (filter 2), which in drawings is mostly nothing; the first as it is. */
	#filter({ lines, pixels }: PixelBand): Uint8Array {
		const [width, hasOpacity] = [this.#width, this.#hasOpacity];
		const depth = hasOpacity ? 4 : 3;
		const length = width * depth + 1;
		if (this.#bytes.length === lines * length) this.#bytes.fill(0);
		else this.#bytes = new Uint8Array(lines * length);
		const bytes = this.#bytes;
		const words = new Uint32Array(pixels.buffer, pixels.byteOffset, lines * width);
		for (let y = 0; y < lines; y++) {
			const start = y * length;
			bytes[start] = y === 0 ? 0 : 2;
			const line = y * width;
			for (let x = 0; x < width; x++) {
				const word = words[line + x] as number;
				const above = y === 0 ? 0 : (words[line + x - width] as number);
				if (word === above) continue;
				const at = start + 1 + depth * x;
				bytes[at] = (word & 255) - (above & 255);
				bytes[at + 1] = ((word >>> 8) & 255) - ((above >>> 8) & 255);
				bytes[at + 2] = ((word >>> 16) & 255) - ((above >>> 16) & 255);
				if (hasOpacity) bytes[at + 3] = (word >>> 24) - (above >>> 24);
			}
		}
		return bytes;
	}
}

const base = 65_521;

/** Adler-32 of two parts one after the other, from those of each. It is two sums: of the bytes, and of the first at each. */
export function joinSums(first: number, second: number, secondLength: number): number {
	const [a1, b1] = [first & 0xffff, first >>> 16];
	const [a2, b2] = [second & 0xffff, second >>> 16];
	// Both begin with a sum of 1, which counts once.
	const a = (a1 + a2 + base - 1) % base;
	const b = (b1 + b2 + (secondLength % base) * ((a1 + base - 1) % base)) % base;
	return ((b << 16) | a) >>> 0;
}
