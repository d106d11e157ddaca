import { AppError } from "#shared/errors";
import type { PublishedSource } from "#shared/published";
import { type SiteName, siteName } from "#shared/site";
import { siteOf } from "./dictionary.ts";
import { listDictionaryPlaces } from "./discovery.ts";
import { explainMissingSource, findPublishedSource } from "./published-source.ts";

/** A dictionary as far as its headers tell: no number of it is read, and it is not hashed. */
export interface PlacedDictionary {
	readonly path: string;
	readonly siteName: SiteName;
	readonly source: PublishedSource | undefined;
	/** Why it has none, as the rest of a sentence. */
	readonly sourceless?: string;
}

/** The dictionaries at a path, itself or those in it. What cannot be used is left out; throws where nothing can. */
export function listPlacedDictionaries(folder: string): readonly PlacedDictionary[] {
	let refusal: AppError | undefined;
	const found = listDictionaryPlaces(folder).flatMap(({ path, format }): readonly PlacedDictionary[] => {
		try {
			const { config, dSae } = format.open(path);
			const known = { dir: path, config, dSae };
			const source = findPublishedSource(known);
			const place = { path, siteName: siteName(siteOf(config)), source };
			return [source ? place : { ...place, sourceless: explainMissingSource(known) }];
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			refusal ??= error;
			return [];
		}
	});
	if (found.length === 0 && refusal) throw refusal;
	return found;
}
