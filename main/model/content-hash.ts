import { createHash } from "node:crypto";
import { closeSync, fstatSync } from "node:fs";
import { openFile, readExactly } from "./file-reading.ts";

const wholeLimit = 64 * 1024 ** 2;
const blockBytes = 16_384;
const blocks = 64;

/**
 * Sixteen hexadecimal digits that stand for the contents of files, in that order. Files beyond 64 MB are sampled, since
 * hashing 27 GB of dictionaries would take longer than tracing: their length, 64 evenly spaced blocks (the first holds
 * the header's beginning), and, so that a change between the blocks cannot pass for the old file, the time at which they
 * were modified.
 */
export function hashFiles(paths: readonly string[]): string {
	const hash = createHash("sha256");
	for (const path of paths) {
		const descriptor = openFile(path);
		try {
			const { size, mtimeNs } = fstatSync(descriptor, { bigint: true });
			const bytes = Number(size);
			hash.update(`${bytes}\n`);
			if (bytes <= wholeLimit) {
				hash.update(readExactly(descriptor, 0, new Uint8Array(bytes), path));
				continue;
			}
			hash.update(`${mtimeNs}\n`);
			const block = new Uint8Array(blockBytes);
			for (let i = 0; i < blocks; i++)
				hash.update(readExactly(descriptor, Math.floor((i * (bytes - blockBytes)) / (blocks - 1)), block, path));
		} finally {
			closeSync(descriptor);
		}
	}
	return hash.digest("hex").slice(0, 16);
}

/** The same for a text. */
export function hashText(text: string): string {
	return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
