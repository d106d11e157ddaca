import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { compareSites } from "#shared/site";
import { type Dictionary, loadDictionary } from "./dictionary.ts";
import { type DictionaryPlace, findPlaces, locateDictionary } from "./formats/locate.ts";

const deepest = 3;

export interface Discovered {
	/** In the order of computation, at most one a site. */
	readonly dictionaries: readonly Dictionary[];
	/** Folders in a collection that could not be used, and why. */
	readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Opens dictionaries: each path is a dictionary, or a folder that holds some. One that was named itself must be sound;
 * one that lies in a collection is skipped with its reason.
 */
export function discoverDictionaries(paths: readonly string[]): Discovered {
	const dictionaries: Dictionary[] = [];
	const skipped: { path: string; reason: string }[] = [];
	for (const path of paths) {
		const places = listPlaces(path);
		if (places.length === 1 && places[0]?.path === path) {
			dictionaries.push(loadDictionary(path));
			continue;
		}
		let found = 0;
		for (const place of places)
			try {
				dictionaries.push(loadDictionary(place.path));
				found++;
			} catch (error) {
				if (!(error instanceof AppError)) throw error;
				skipped.push({ path: place.path, reason: error.message });
			}
		if (found === 0)
			throw new AppError(
				"bad-file",
				`None of the dictionaries in ${path} can be used. The first: ${skipped.at(-places.length)?.reason}`,
				{ path },
			);
	}
	dictionaries.sort((a, b) => compareSites(a.site, b.site));
	for (const [i, dictionary] of dictionaries.entries()) {
		const before = dictionaries[i - 1];
		if (before && compareSites(before.site, dictionary.site) === 0)
			throw new AppError(
				"mismatch",
				`Two dictionaries sit at ${dictionary.siteName}: ${before.dir} and ${dictionary.dir}. Give only one of them.`,
				{ site: dictionary.siteName },
			);
	}
	return { dictionaries, skipped };
}

/** Paths of the dictionaries at a path: itself, or those in it. Throws `not-found`. */
export function listDictionaryFolders(path: string): readonly string[] {
	return listPlaces(path).map((place) => place.path);
}

function listPlaces(path: string): readonly DictionaryPlace[] {
	const stat = statSync(path, { throwIfNoEntry: false });
	if (!stat) throw new AppError("not-found", `${path} does not exist. Give a folder of dictionaries.`, { path });
	if (!stat.isDirectory()) return [locateDictionary(path)];
	const places = walk(path, deepest);
	if (places.length > 0) return places;
	throw new AppError(
		"not-found",
		`${path} holds no dictionary: no folder with a cfg.json lies in it. Give a SAELens folder or a folder of such folders.`,
		{ path },
	);
}

/** A folder that is a dictionary itself holds no others. */
function walk(folder: string, depth: number): readonly DictionaryPlace[] {
	const places = findPlaces(folder);
	if (depth === 0 || places.some(({ path }) => path === folder)) return places;
	const names = readdirSync(folder).sort(new Intl.Collator("en", { numeric: true }).compare);
	const folders = names
		.map((name) => join(folder, name))
		.filter((inner) => statSync(inner, { throwIfNoEntry: false })?.isDirectory());
	return [...places, ...folders.flatMap((inner) => walk(inner, depth - 1))];
}

/** Whether `<|endoftext|>` goes before the prompt. Throws `mismatch` where the dictionaries disagree. */
export function resolvePrependBos(dictionaries: readonly Dictionary[], override: "on" | "off" | undefined): boolean {
	if (override) return override === "on";
	const [first] = dictionaries;
	const other = dictionaries.find(({ config }) => config.prependBos !== first?.config.prependBos);
	if (first && other)
		throw new AppError(
			"mismatch",
			`${first.name} was trained ${first.config.prependBos ? "with" : "without"} <|endoftext|> before the text and ${other.name} ${other.config.prependBos ? "with" : "without"} it. Choose with --bos on or --bos off.`,
			{},
		);
	return first?.config.prependBos ?? true;
}

/**
 * Dictionaries whose layer, as shown, lies in a Python slice `A:B` (end excluded, negative counts from the end). An open
 * start takes in layer −1, the embedding. Throws `usage` for a text that is no slice, `mismatch` for a range outside the model or without dictionaries.
 */
export function selectLayers(
	dictionaries: readonly Dictionary[],
	slice: string | undefined,
	layers: number,
): readonly Dictionary[] {
	if (slice === undefined) return dictionaries;
	const match = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*$/.exec(slice);
	if (!match)
		throw new AppError(
			"usage",
			`"${slice}" is not a range of layers. Write A:B with the end excluded, e.g. 0:${layers}.`,
			{ slice },
		);
	const [, from, to] = match;
	const resolveEnd = (text: string) => (Number(text) < 0 ? layers + Number(text) : Number(text));
	const begin = from === undefined ? -1 : resolveEnd(from);
	const end = to === undefined ? layers : resolveEnd(to);
	if (end > layers || begin >= layers || (from !== undefined && begin < 0) || end <= begin)
		throw new AppError(
			"mismatch",
			`The layers ${slice} lie outside the model, whose layers are 0 to ${layers - 1}. Write A:B with the end excluded, e.g. 0:${layers}.`,
			{ slice, layers },
		);
	const selected = dictionaries.filter(({ site }) => site.layer >= begin && site.layer < end);
	if (selected.length === 0)
		throw new AppError(
			"mismatch",
			`No dictionary lies in the layers ${slice}. There are dictionaries at ${[...new Set(dictionaries.map(({ siteName }) => siteName))].join(", ")}.`,
			{ slice },
		);
	return selected;
}
