import { closeSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";

/**
 * SQLite has no checksum of a file, so that a database that is to be sent carries one in two fields that SQLite leaves to
 * programs (https://sqlite.org/fileformat.html, 1.3): CRC-32 of all other bytes as user version; as application id our
 * mark with the lowest byte of the change counter. Whoever writes to the database counts that on, and the seal is void.
 */
const [changeCounter, userVersion, applicationId] = [24, 60, 68];
const mark = 0x7363_6400;
const headerBytes = 100;
const pieceBytes = 1 << 20;

/** Seals the bytes of a closed database in their place. */
export function sealDatabase(bytes: Uint8Array): void {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	view.setUint32(applicationId, markFor(view));
	view.setUint32(userVersion, 0);
	view.setUint32(userVersion, crc32(bytes));
}

/** Whether a file is still what was sealed; true where it never was, or was opened and changed since. */
export function isSealSound(path: string): boolean {
	const file = openSync(path, "r");
	try {
		const piece = Buffer.alloc(pieceBytes);
		let length = readSync(file, piece, 0, pieceBytes, 0);
		if (
			length < headerBytes ||
			piece.readUInt32BE(applicationId) !== markFor(new DataView(piece.buffer, piece.byteOffset))
		)
			return true;
		const expected = piece.readUInt32BE(userVersion);
		piece.writeUInt32BE(0, userVersion);
		let sum = 0;
		for (let at = 0; length > 0; length = readSync(file, piece, 0, pieceBytes, at)) {
			sum = crc32(piece.subarray(0, length), sum);
			at += length;
		}
		return sum === expected;
	} finally {
		closeSync(file);
	}
}

const markFor = (header: DataView): number => (mark | header.getUint8(changeCounter + 3)) >>> 0;
