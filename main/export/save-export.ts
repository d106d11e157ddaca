import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join, parse } from "node:path";
import { AppError } from "#shared/errors";
import { type FileParts, joinParts } from "./text-parts.ts";

/** Writes beside the place and moves there when whole, so that a failure leaves the old file. */
export function saveExport(path: string, content: string | Uint8Array): void {
	const draft = nameDraft(path);
	try {
		writeFileSync(draft, content);
		renameSync(draft, path);
	} catch (cause) {
		rmSync(draft, { force: true });
		throw explainFailure(path, cause);
	}
}

/** The same for what comes piece by piece and is never whole in memory. Returns its size. */
export async function saveExportParts(path: string, parts: FileParts): Promise<number> {
	const draft = nameDraft(path);
	let file: number | undefined;
	let bytes = 0;
	try {
		file = openSync(draft, "w");
		for await (const part of joinParts(parts)) {
			for (let written = 0; written < part.length; ) written += writeSync(file, part, written);
			bytes += part.length;
		}
		closeSync(file);
		file = undefined;
		renameSync(draft, path);
		return bytes;
	} catch (cause) {
		if (file !== undefined) closeSync(file);
		rmSync(draft, { force: true });
		throw cause instanceof AppError || !(cause as NodeJS.ErrnoException).syscall ? cause : explainFailure(path, cause);
	}
}

const draftEnd = `.${process.pid}.new`;
const nameDraft = (path: string) => `${path}${draftEnd}`;

/** Removes what a thread that was ended while it wrote this file, or pages named after it, left beside it. */
export function discardDrafts(path: string): void {
	const { dir, name } = parse(path);
	for (const file of existsSync(dir) ? readdirSync(dir) : [])
		if (file.startsWith(name) && file.endsWith(draftEnd)) rmSync(join(dir, file), { force: true });
}

function explainFailure(path: string, cause: unknown): AppError {
	const { code } = cause as NodeJS.ErrnoException;
	if (code === "ENOSPC")
		return new AppError(
			"disk-full",
			`The disk is full, and ${path} was not written. Free some space and export again.`,
			{ path },
		);
	if (code === "ENOENT" || code === "ENOTDIR")
		return new AppError(
			"not-found",
			`${path} cannot be written, because its folder does not exist. Make the folder or choose another place.`,
			{ path },
		);
	return new AppError(
		"bad-file",
		`${path} cannot be written (${code ?? "unknown reason"}). Check the permissions or choose another place.`,
		{ path },
	);
}
