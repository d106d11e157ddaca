import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { AppError } from "#shared/errors";

/** Opens a file for reading; the caller closes it. Throws `not-found` or `bad-file`. */
export function openFile(path: string): number {
	let descriptor: number;
	try {
		descriptor = openSync(path, "r");
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === "ENOENT")
			throw new AppError("not-found", `${path} does not exist. Check the folder or download the file.`, { path });
		throw new AppError("bad-file", `${path} cannot be opened (${(cause as Error).message}). Check its permissions.`, {
			path,
		});
	}
	if (fstatSync(descriptor).isFile()) return descriptor;
	closeSync(descriptor);
	throw new AppError("bad-file", `${path} is not a file. Give the file or folder that holds the weights.`, { path });
}

/** Node reads at most 2 GiB at once. */
const readLimit = 2 ** 30;

/** Fills `bytes` from `position` on. Throws `bad-file` where the file ends before. */
export function readExactly(descriptor: number, position: number, bytes: Uint8Array, path: string): Uint8Array {
	for (let done = 0; done < bytes.length; ) {
		const got = readSync(descriptor, bytes, done, Math.min(bytes.length - done, readLimit), position + done);
		if (got === 0) throw new AppError("bad-file", `${path} ends before its data does. Download it again.`, { path });
		done += got;
	}
	return bytes;
}
