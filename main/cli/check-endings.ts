import { AppError } from "#shared/errors";
import { dataFormatOf, dataFormats } from "#shared/exchange/data-formats";

/** Before any work: a mistyped ending should not cost a drawing. */
export function checkEndings(paths: readonly string[], pictures: readonly string[]): void {
	for (const path of paths)
		if (dataFormatOf(path) === undefined && !pictures.some((ending) => path.toLowerCase().endsWith(`.${ending}`)))
			throw new AppError(
				"usage",
				`${path} has an ending that is not known. Write ${[...pictures, ...dataFormats.filter((one) => one !== "neuronpedia")].map((one) => `.${one}`).join(", ")} or .neuronpedia.json.`,
				{ path },
			);
}
