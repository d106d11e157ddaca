import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "#shared/errors";

/** Left for others, and for what a file system needs beside the files. */
const marginBytes = 64e6;

/** Free space of the disk that a folder lies on, or will lie on. Undefined where the system does not say. */
export function freeBytes(folder: string): number | undefined {
	try {
		let there = folder;
		while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
		const { bavail, bsize } = statfsSync(there);
		return bavail * bsize;
	} catch {
		return undefined;
	}
}

const gigabytes = (bytes: number) => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);

/** Throws `disk-full` where so many bytes more find no room. */
export function checkSpace(folder: string, bytes: number): void {
	const free = freeBytes(folder);
	if (free === undefined || bytes === 0 || bytes + marginBytes <= free) return;
	throw new AppError(
		"disk-full",
		`The download needs ${gigabytes(bytes)}, and ${gigabytes(free)} are free on the disk that holds ${folder}. Free some space, choose fewer layers, or name another folder with HF_HUB_CACHE.`,
		{ needed: bytes, free, path: folder },
	);
}
