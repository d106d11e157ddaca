import { accessSync, constants, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AppError } from "#shared/errors";
import { dataFormatOf, dataFormats } from "#shared/exchange/data-formats";

/** Before any work: a mistyped ending should not cost a drawing. */
export function checkEndings(paths: readonly string[], pictures: readonly string[]): void {
	for (const path of paths) {
		if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
			throw new AppError("usage", `${path} is a folder. Name a file in it, such as ${join(path, "circuit.pdf")}.`, {
				path,
			});
		if (dataFormatOf(path) === undefined && !pictures.some((ending) => path.toLowerCase().endsWith(`.${ending}`)))
			throw new AppError(
				"usage",
				`${path} has an ending that is not known. Write ${[...pictures, ...dataFormats.filter((one) => one !== "neuronpedia")].map((one) => `.${one}`).join(", ")} or .neuronpedia.json.`,
				{ path },
			);
	}
}

/** Nor should a folder that is not there, or into which nobody may write. */
export function checkFolders(paths: readonly string[]): void {
	for (const path of paths) {
		const folder = dirname(resolve(path));
		if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
			throw new AppError(
				"not-found",
				`${path} cannot be written, because its folder ${folder} does not exist. Make the folder (mkdir -p) or choose another place.`,
				{ path },
			);
		try {
			accessSync(folder, constants.W_OK);
		} catch {
			throw new AppError(
				"bad-file",
				`${path} cannot be written, because you may not write into ${folder}. Choose another place, such as your own folder.`,
				{ path },
			);
		}
	}
}
