import { AppError } from "#shared/errors";
import { readExactly } from "./file-reading.ts";

/** A file in a zip archive. */
export interface ZipEntry {
	readonly name: string;
	/** Neither compressed nor encrypted: its bytes lie in the archive as they are. */
	readonly stored: boolean;
	/** Compressed by deflate, and not encrypted. */
	readonly deflated: boolean;
	readonly bytes: number;
	/** As it lies in the archive. */
	readonly packedBytes: number;
	/** Of its own header, from the beginning of the archive. */
	readonly headerOffset: number;
}

interface OpenArchive {
	readonly descriptor: number;
	readonly path: string;
	readonly size: number;
}

const directoryLimit = 64_000_000;
/** The record at the archive's end is 22 bytes and a comment of at most 65,535. */
const endBytes = 22;
const tailBytes = endBytes + 65_535;

/**
 * The files that an archive's table of contents names, large archives (zip64) included.
 * Source: PKWARE APPNOTE 6.3.10, 4.3.12 to 4.3.16. Throws `bad-file` where the table is missing or damaged.
 */
export function listZipEntries(archive: OpenArchive): ReadonlyMap<string, ZipEntry> {
	const { descriptor, path } = archive;
	const { count, offset, bytes } = findDirectory(archive);
	if (bytes > directoryLimit) throw refuse(path, `its table of contents claims ${bytes} bytes`);
	if (offset + bytes > archive.size) throw refuse(path, "its table of contents lies outside the file");
	const directory = Buffer.from(readExactly(descriptor, offset, new Uint8Array(bytes), path));
	const entries = new Map<string, ZipEntry>();
	let at = 0;
	for (let i = 0; i < count; i++) {
		if (at + 46 > bytes || directory.readUInt32LE(at) !== 0x02014b50)
			throw refuse(path, "its table of contents is torn");
		const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((place) => directory.readUInt16LE(at + place));
		const extraAt = at + 46 + (nameBytes as number);
		const next = extraAt + (extraBytes as number) + (commentBytes as number);
		if (next > bytes) throw refuse(path, "its table of contents is torn");
		const name = directory.toString("utf8", at + 46, extraAt);
		const extra = directory.subarray(extraAt, extraAt + (extraBytes as number));
		const [size, packed, headerOffset] = readLarge(
			[24, 20, 42].map((place) => directory.readUInt32LE(at + place)),
			extra,
		) as [number, number, number];
		const plain = (directory.readUInt16LE(at + 8) & 1) === 0;
		const method = directory.readUInt16LE(at + 10);
		const [stored, deflated] = [plain && method === 0, plain && method === 8];
		if (entries.has(name)) throw refuse(path, `it names ${name} twice`);
		if (stored && size !== packed) throw refuse(path, `${name} is stored with ${packed} bytes of ${size}`);
		entries.set(name, { name, stored, deflated, bytes: size, packedBytes: packed, headerOffset });
		at = next;
	}
	return entries;
}

/** Where an entry's bytes begin, packed as they may be. Throws `bad-file` where they would lie outside the file. */
export function locateEntry({ descriptor, path, size }: OpenArchive, entry: ZipEntry): number {
	if (entry.headerOffset + 30 > size) throw refuse(path, `${entry.name} lies outside the file`);
	const header = Buffer.from(readExactly(descriptor, entry.headerOffset, new Uint8Array(30), path));
	if (header.readUInt32LE(0) !== 0x04034b50) throw refuse(path, `${entry.name} is not where it should be`);
	const offset = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
	if (offset + entry.packedBytes > size) throw refuse(path, `${entry.name} lies outside the file`);
	return offset;
}

function findDirectory({ descriptor, path, size }: OpenArchive): { count: number; offset: number; bytes: number } {
	const tailStart = Math.max(0, size - tailBytes);
	const tail = Buffer.from(readExactly(descriptor, tailStart, new Uint8Array(size - tailStart), path));
	const at = tail.lastIndexOf("PK\x05\x06", tail.length - endBytes, "latin1");
	if (at < 0)
		throw new AppError(
			"bad-file",
			`${path} is cut short: it is a zip archive whose table of contents, which stands at the end, is missing. Download it again.`,
			{ path },
		);
	const locator = at - 20;
	if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50)
		return {
			count: tail.readUInt16LE(at + 10),
			bytes: tail.readUInt32LE(at + 12),
			offset: tail.readUInt32LE(at + 16),
		};
	const position = Number(tail.readBigUInt64LE(locator + 8));
	if (position + 56 > size) throw refuse(path, "the place of its table of contents lies outside the file");
	const record = Buffer.from(readExactly(descriptor, position, new Uint8Array(56), path));
	if (record.readUInt32LE(0) !== 0x06064b50) throw refuse(path, "the place of its table of contents is wrong");
	const [count, bytes, offset] = [32, 40, 48].map((place) => Number(record.readBigUInt64LE(place)));
	return { count: count as number, bytes: bytes as number, offset: offset as number };
}

/** Size, packed size and offset, of which those that do not fit 32 bits stand in the extra field 0x0001, in that order. */
function readLarge(numbers: readonly number[], extra: Buffer): readonly number[] {
	if (!numbers.includes(0xffffffff)) return numbers;
	for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
		if (extra.readUInt16LE(at) !== 1) continue;
		let place = at + 4;
		return numbers.map((number) => {
			if (number !== 0xffffffff || place + 8 > extra.length) return number;
			place += 8;
			return Number(extra.readBigUInt64LE(place - 8));
		});
	}
	return numbers;
}

function refuse(path: string, what: string): AppError {
	return new AppError("bad-file", `${path} is not a sound zip archive: ${what}. Download it again.`, { path });
}
