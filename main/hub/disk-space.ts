import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "#shared/errors";
import { describeWriteFailure } from "./hub-failure.ts";

/** Left for others, and for what a file system needs beside the files. */
const marginBytes = 64e6;

/** Free space of the disk that a folder lies on, or will lie on. Undefined where the system does not say. */
export function freeBytes(folder: string): number | undefined {
	try {
		const { bavail, bsize, blocks } = statfsSync(nearestThere(folder));
		return blocks === 0 ? undefined : bavail * bsize;
	} catch {
		return undefined;
	}
}

const gigabytes = (bytes: number) => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);

/** The folder itself, or the nearest one above it that is there. */
function nearestThere(folder: string): string {
	let there = folder;
	while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
	return there;
}

/** A file system that takes no files has no free space either, which would be the wrong thing to say. */
function refuseReadOnly(folder: string, elsewhere: string | undefined): void {
	const there = nearestThere(folder);
	// What is no disk, such as /proc, has no space at all, and does not say so when a folder is made in it.
	if (statfsSync(there).blocks === 0)
		throw new AppError(
			"access",
			`${folder} lies where no files can be kept. ${elsewhere === undefined ? "Name another folder with HF_HUB_CACHE or HF_HOME" : `To move it, ${elsewhere}`}.`,
			{ path: folder },
		);
	try {
		accessSync(there, constants.W_OK);
	} catch (error) {
		throw describeWriteFailure(error, folder, elsewhere);
	}
}

/** Throws `disk-full` where so many bytes more find no room, and `access` where none may be written; `elsewhere` says what moves the folder. */
export function checkSpace(folder: string, bytes: number, elsewhere?: string): void {
	if (bytes === 0) return;
	refuseReadOnly(folder, elsewhere);
	const free = freeBytes(folder);
	if (free === undefined || bytes + marginBytes <= free) return;
	throw new AppError(
		"disk-full",
		`The download needs ${gigabytes(bytes)}, and ${gigabytes(free)} are free on the disk that holds ${folder}. Free some space, ${elsewhere === undefined ? "choose fewer layers, or name another folder with HF_HUB_CACHE" : `or ${elsewhere}`}.`,
		{ needed: bytes, free, path: folder },
	);
}
