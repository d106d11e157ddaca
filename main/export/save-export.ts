import { renameSync, rmSync, writeFileSync } from "node:fs";
import { AppError } from "#shared/errors";

/** Writes beside the place and moves there when whole, so that a failure leaves the old file. */
export function saveExport(path: string, content: string | Uint8Array): void {
	const draft = `${path}.${process.pid}.new`;
	try {
		writeFileSync(draft, content);
		renameSync(draft, path);
	} catch (cause) {
		rmSync(draft, { force: true });
		const { code } = cause as NodeJS.ErrnoException;
		if (code === "ENOSPC")
			throw new AppError(
				"disk-full",
				`The disk is full, and ${path} was not written. Free some space and export again.`,
				{ path },
			);
		if (code === "ENOENT" || code === "ENOTDIR")
			throw new AppError(
				"not-found",
				`${path} cannot be written, because its folder does not exist. Make the folder or choose another place.`,
				{ path },
			);
		throw new AppError(
			"bad-file",
			`${path} cannot be written (${code ?? "unknown reason"}). Check the permissions or choose another place.`,
			{ path },
		);
	}
}
