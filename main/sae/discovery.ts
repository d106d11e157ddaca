import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { compareSites } from "#shared/site";
import { type Dictionary, loadDictionary } from "./dictionary.ts";

const deepest = 3;

export interface Discovered {
	/** In the order of computation, at most one a site. */
	readonly dictionaries: readonly Dictionary[];
	/** Folders in a collection that could not be used, and why. */
	readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Opens dictionaries: each path is a folder with `cfg.json` or a folder of such folders. A folder that was named itself
 * must be sound; one that lies in a collection is skipped with its reason.
 */
export function discoverDictionaries(paths: readonly string[]): Discovered {
	const dictionaries: Dictionary[] = [];
	const skipped: { path: string; reason: string }[] = [];
	for (const path of paths) {
		if (!existsSync(path))
			throw new AppError("not-found", `${path} does not exist. Give a folder of dictionaries.`, { path });
		if (existsSync(join(path, "cfg.json"))) {
			dictionaries.push(loadDictionary(path));
			continue;
		}
		const folders = listFolders(path, deepest);
		if (folders.length === 0)
			throw new AppError(
				"not-found",
				`${path} holds no dictionary: no folder with a cfg.json lies in it. Give a SAELens folder or a folder of such folders.`,
				{ path },
			);
		let found = 0;
		for (const folder of folders)
			try {
				dictionaries.push(loadDictionary(folder));
				found++;
			} catch (error) {
				if (!(error instanceof AppError)) throw error;
				skipped.push({ path: folder, reason: error.message });
			}
		if (found === 0)
			throw new AppError(
				"bad-file",
				`None of the dictionaries in ${path} can be used. The first: ${skipped.at(-folders.length)?.reason}`,
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

/** Folders of the dictionaries at a path: itself, or those in it. Throws `not-found`. */
export function listDictionaryFolders(path: string): readonly string[] {
	const folders = !existsSync(path) ? [] : existsSync(join(path, "cfg.json")) ? [path] : listFolders(path, deepest);
	if (folders.length > 0) return folders;
	throw new AppError("not-found", `${path} holds no dictionary: no folder with a cfg.json lies in it.`, { path });
}

function listFolders(path: string, depth: number): readonly string[] {
	if (depth === 0 || !statSync(path).isDirectory()) return [];
	const names = readdirSync(path).sort(new Intl.Collator("en", { numeric: true }).compare);
	return names.flatMap((name) => {
		const folder = join(path, name);
		return existsSync(join(folder, "cfg.json"))
			? [folder]
			: statSync(folder).isDirectory()
				? listFolders(folder, depth - 1)
				: [];
	});
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
