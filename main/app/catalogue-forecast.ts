import { findModelRow, findReleases, forecastDictionaryBytes, shortName } from "#shared/catalogue";
import { findText } from "#shared/catalogue-choice";
import type { DownloadRequest } from "#shared/download";
import { freeBytes } from "../hub/disk-space.ts";
import { findDictionariesOnDisk, findModelOnDisk, findTextOnDisk } from "../hub/on-disk.ts";

/** What a download comes to by the catalogue alone. */
export interface CatalogueForecast {
	readonly parts: readonly { readonly name: string; readonly bytes: number; readonly present: boolean }[];
	readonly cache: string;
	readonly freeBytes: number | null;
}

/** Undefined where something is wanted that the catalogue does not have. */
export function forecastFromCatalogue(
	{ models, sets, texts = [] }: DownloadRequest,
	cache: string,
): CatalogueForecast | undefined {
	const rows = models.flatMap((name) => findModelRow(name) ?? []);
	if (rows.length < models.length) return undefined;
	const dictionaries = sets.flatMap(({ release: name, paths }) =>
		findReleases(name).flatMap((release) => {
			const wanted = release.dictionaries.filter(({ path }) => paths?.includes(path) ?? true);
			const width = findModelRow(release.model)?.width ?? 0;
			return findDictionariesOnDisk(cache, release, wanted).map(({ one, path }) => ({
				name: `${shortName(release)}/${one.path}`,
				bytes: forecastDictionaryBytes(one, width),
				present: path !== undefined,
			}));
		}),
	);
	return {
		parts: [
			...rows.map(({ title, bytes, repo }) => ({
				...{ name: title, bytes },
				present: findModelOnDisk(cache, repo).path !== undefined,
			})),
			...dictionaries,
			...texts.map(findText).map((text) => ({
				...{ name: text.name, bytes: text.bytes },
				present: findTextOnDisk(cache, text) !== undefined,
			})),
		],
		cache,
		freeBytes: freeBytes(cache) ?? null,
	};
}
