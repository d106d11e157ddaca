import { closeSync, openSync, readSync } from "node:fs";

/** Which characters one face of a font file has glyphs for, as sorted ranges. */
export interface FaceCoverage {
	readonly path: string;
	/** Within a collection. */
	readonly index: number;
	has(codePoint: number): boolean;
}

const mostCmapBytes = 4 * 1024 * 1024;
/** Each table is read to its end before the next; hundreds of buffers of their own would fill the memory. */
const scratch = Buffer.alloc(mostCmapBytes);

/** Reads the tables of characters alone, not the glyphs: a system has hundreds of fonts. None where it is no font. */
export function readCoverage(path: string): readonly FaceCoverage[] {
	let file: number | undefined;
	try {
		file = openSync(path, "r");
		const at = (offset: number, length: number) => {
			const bytes = length <= scratch.length ? scratch : Buffer.alloc(length);
			return bytes.subarray(0, readSync(file as number, bytes, 0, length, offset));
		};
		const head = Buffer.from(at(0, 12));
		const isCollection = head.toString("latin1", 0, 4) === "ttcf";
		const starts = isCollection
			? Array.from({ length: Math.min(16, head.readUInt32BE(8)) }, (_, i) => at(12 + 4 * i, 4).readUInt32BE(0))
			: [0];
		return starts.flatMap((start, index) => {
			const ranges = readRanges(at, start);
			return ranges.length === 0 ? [] : [{ path, index, has: (codePoint: number) => covers(ranges, codePoint) }];
		});
	} catch {
		// A file that is damaged or may not be read has no letters for us.
		return [];
	} finally {
		if (file !== undefined) closeSync(file);
	}
}

type Read = (offset: number, length: number) => Buffer;
/** First and last of each range in turn, sorted: a collection of Chinese fonts has a million. */
type Ranges = Uint32Array;

const none: Ranges = new Uint32Array();

function readRanges(at: Read, start: number): Ranges {
	const count = at(start + 4, 2).readUInt16BE(0);
	const directory = Buffer.from(at(start + 12, 16 * count));
	const tables = new Map<string, readonly [offset: number, length: number]>();
	for (let i = 0; i < count; i++)
		tables.set(directory.toString("latin1", 16 * i, 16 * i + 4), [
			directory.readUInt32BE(16 * i + 8),
			directory.readUInt32BE(16 * i + 12),
		]);
	// Pictures in place of outlines cannot be drawn as letters.
	if (!tables.has("glyf") && !tables.has("CFF ")) return none;
	const cmap = tables.get("cmap");
	if (!cmap) return none;
	const bytes = at(cmap[0], Math.min(cmap[1], mostCmapBytes));
	const subtables = Array.from({ length: bytes.readUInt16BE(2) }, (_, i) => bytes.readUInt32BE(4 + 8 * i + 4));
	const long = subtables.find((offset) => bytes.readUInt16BE(offset) === 12);
	if (long !== undefined) return readLong(bytes, long);
	const short = subtables.find((offset) => bytes.readUInt16BE(offset) === 4);
	return short === undefined ? none : readShort(bytes, short);
}

/** Format 12: groups of 32-bit numbers. */
function readLong(bytes: Buffer, offset: number): Ranges {
	const ranges = new Uint32Array(2 * bytes.readUInt32BE(offset + 12));
	for (let i = 0; i < ranges.length / 2; i++) {
		const group = offset + 16 + 12 * i;
		ranges[2 * i] = bytes.readUInt32BE(group);
		ranges[2 * i + 1] = bytes.readUInt32BE(group + 4);
	}
	return ranges;
}

/** Format 4: segments of 16-bit numbers; the last stands for nothing. */
function readShort(bytes: Buffer, offset: number): Ranges {
	const count = bytes.readUInt16BE(offset + 6) / 2;
	const ranges = new Uint32Array(2 * Math.max(0, count - 1));
	for (let i = 0; i < ranges.length / 2; i++) {
		ranges[2 * i] = bytes.readUInt16BE(offset + 16 + 2 * count + 2 * i);
		ranges[2 * i + 1] = bytes.readUInt16BE(offset + 14 + 2 * i);
	}
	return ranges;
}

function covers(ranges: Ranges, codePoint: number): boolean {
	let [low, high] = [0, ranges.length / 2 - 1];
	while (low <= high) {
		const middle = (low + high) >> 1;
		if (codePoint < (ranges[2 * middle] as number)) high = middle - 1;
		else if (codePoint > (ranges[2 * middle + 1] as number)) low = middle + 1;
		else return true;
	}
	return false;
}
