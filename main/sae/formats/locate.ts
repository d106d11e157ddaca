import { readdirSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { AppError } from "#shared/errors";
import type { DictionaryFormat } from "./dictionary-format.ts";
import { dictionaryLearning } from "./dictionary-learning.ts";
import { earlyHookZ } from "./early-hook-z.ts";
import { openAi } from "./openai.ts";
import { saelens } from "./saelens.ts";
import { sparsify } from "./sparsify.ts";

/** The better one first: where one dictionary lies in two formats, the first is used. */
const formats: readonly DictionaryFormat[] = [saelens, sparsify, dictionaryLearning, earlyHookZ, openAi];

/** Where one dictionary lies, and how it is to be read. */
export interface DictionaryPlace {
	readonly path: string;
	readonly format: DictionaryFormat;
}

/** The dictionaries that lie in a folder itself, not below it; empty where there is none. */
export function findPlaces(folder: string): readonly DictionaryPlace[] {
	const names = new Set(readdirSync(folder));
	const places = new Map<string, DictionaryPlace>();
	for (const format of formats)
		for (const path of format.find(folder, names)) if (!places.has(path)) places.set(path, { path, format });
	return [...places.values()];
}

/** What stands at a path that was named: a folder that is one dictionary, or a file. Throws `not-found`. */
export function locateDictionary(path: string): DictionaryPlace {
	const stat = statSync(path, { throwIfNoEntry: false });
	const places = stat ? findPlaces(stat.isDirectory() ? path : dirname(path)) : [];
	const place = places.find((one) => one.path === path);
	if (place) return place;
	throw new AppError(
		"not-found",
		stat
			? `${path} is not a dictionary: ${stat.isDirectory() ? "it has no cfg.json" : `${basename(path)} is of no known kind`}. Give a SAELens folder or a folder of such folders.`
			: `${path} is not a dictionary: there is nothing of that name. Give a folder of dictionaries.`,
		{ path },
	);
}
