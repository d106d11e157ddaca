import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Conventions } from "#shared/conventions";
import { AppError } from "#shared/errors";
import { parseLayerSlice } from "#shared/layer-slice";
import { compareSites, siteName } from "#shared/site";
import { type Dictionary, loadDictionary, loadPlace } from "./dictionary.ts";
import { isModelFolder } from "./formats/foreign.ts";
import {
	compareFormats,
	type DictionaryPlace,
	type FolderFindings,
	inspectDictionaryFolder,
	locateDictionary,
} from "./formats/locate.ts";
import { readMatrixColumns, readMatrixRows } from "./stored-matrix.ts";

const deepest = 4;

export interface Discovered {
	/** In the order of computation, at most one a site. */
	readonly dictionaries: readonly Dictionary[];
	/** What lies in a collection and is not used, and why. */
	readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Opens dictionaries: each path is a dictionary, or a folder that holds some. One that was named itself must be sound;
 * one that lies in a collection is skipped with its reason.
 */
export function discoverDictionaries(paths: readonly string[], conventions?: Conventions): Discovered {
	const dictionaries: Dictionary[] = [];
	const skipped: { path: string; reason: string }[] = [];
	for (const path of paths) {
		if (isDictionaryItself(path)) {
			dictionaries.push(loadDictionary(path, conventions));
			continue;
		}
		const { places, leftOut } = findDictionaries(path);
		const found: Dictionary[] = [];
		const refused: { path: string; reason: string }[] = [];
		for (const place of places.toSorted(compareFormats))
			try {
				const dictionary = loadPlace(place, conventions);
				const same = found.find((one) => isSame(one, dictionary));
				if (!same) found.push(dictionary);
				else refused.push({ path: place.path, reason: `It is the same dictionary as ${same.dir}, which is used.` });
			} catch (error) {
				if (!(error instanceof AppError)) throw error;
				refused.push({ path: place.path, reason: error.message });
			}
		dictionaries.push(...found);
		skipped.push(...refused, ...leftOut);
		if (found.length === 0) {
			const [first] = refused;
			throw new AppError(
				"bad-file",
				refused.length === 1
					? `The dictionary in ${path} cannot be used. ${first?.reason}`
					: `None of the ${refused.length} dictionaries in ${path} can be used. The first: ${first?.reason}`,
				{ path },
			);
		}
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

/** Of two places and perhaps two formats: their rules and vectors tell, and where these are equal some rows of the matrices. */
function isSame(a: Dictionary, b: Dictionary): boolean {
	const equal = (x: Float32Array | undefined, y: Float32Array | undefined) =>
		x?.length === y?.length && (x === undefined || x.every((number, i) => number === y?.[i]));
	const rules = ({ siteName, dIn, dSae, config }: Dictionary) =>
		[siteName, dIn, dSae, config.architecture, config.k, config.normalization, config.signed].join(" ");
	const some = [...new Set([0, a.dSae >> 1, a.dSae - 1])];
	return (
		rules(a) === rules(b) &&
		equal(a.decoderBias, b.decoderBias) &&
		equal(a.encoderBias, b.encoderBias) &&
		equal(a.threshold, b.threshold) &&
		equal(a.gate?.bias, b.gate?.bias) &&
		equal(a.gate?.scale, b.gate?.scale) &&
		equal(readMatrixRows(a.decoder, some), readMatrixRows(b.decoder, some)) &&
		equal(readMatrixColumns(a.encoder, some), readMatrixColumns(b.encoder, some))
	);
}

/** The dictionaries at a path: itself, or those in it. Throws `not-found`. */
export function listDictionaryPlaces(path: string): readonly DictionaryPlace[] {
	return isDictionaryItself(path) ? [locateDictionary(path)] : findDictionaries(path).places;
}

/** Their paths. */
export function listDictionaryFolders(path: string): readonly string[] {
	return listDictionaryPlaces(path).map((place) => place.path);
}

/**
 * Paths of the dictionaries at some paths whose layer, as shown, lies in a Python slice; and which of them cannot be
 * opened. Reads headers only. Throws `usage`, `not-found`, or `mismatch` where none lies there.
 */
export function selectFolders(
	paths: readonly string[],
	slice: string,
	layers: number,
): { readonly folders: readonly string[]; readonly skipped: Discovered["skipped"] } {
	const { begin, end } = parseLayerSlice(slice, layers);
	const folders: string[] = [];
	const sites: string[] = [];
	const skipped: { path: string; reason: string }[] = [];
	for (const { path, format } of paths.flatMap(listDictionaryPlaces))
		try {
			const { site } = format.open(path).config;
			if (site.layer >= begin && site.layer < end) folders.push(path);
			sites.push(siteName(site));
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			skipped.push({ path, reason: error.message });
		}
	if (folders.length === 0) throw noneInLayers(slice, sites);
	return { folders, skipped };
}

function isDictionaryItself(path: string): boolean {
	const stat = statSync(path, { throwIfNoEntry: false });
	if (!stat) throw new AppError("not-found", `${path} does not exist. Give a folder of dictionaries.`, { path });
	return !stat.isDirectory() || inspectDictionaryFolder(path).places.some((place) => place.path === path);
}

function findDictionaries(path: string): Omit<FolderFindings, "folder"> {
	const folders = walkFolders(path, deepest);
	const places = folders.flatMap((folder) => folder.places);
	const leftOut = folders.flatMap((folder) => folder.leftOut);
	if (places.length > 0) return { places, leftOut };
	const [first] = leftOut;
	if (first)
		throw new AppError("unsupported", `${path} holds no dictionary that can be used. ${first.reason}`, { path });
	throw new AppError(
		"not-found",
		isModelFolder(path, new Set(readdirSync(path)))
			? `${path} is a language model and no dictionary. Give it as the model, and a folder of dictionaries here.`
			: `${path} holds no dictionary: no folder with a cfg.json, no ae.pt and no .pt file of a dictionary lies in it. Give a dictionary's folder, or a folder of such folders.`,
		{ path },
	);
}

/** Every folder from a folder down, that one first. One that is a dictionary itself is not looked into. Throws `not-found`. */
export function walkFolders(folder: string, depth: number): readonly FolderFindings[] {
	const here = inspectDictionaryFolder(folder);
	if (depth === 0 || here.places.some(({ path }) => path === folder)) return [here];
	return [here, ...listFolders(folder).flatMap((inner) => walkInner(inner, depth - 1))];
}

/** One folder that cannot be opened does not hide the others. */
function walkInner(folder: string, depth: number): readonly FolderFindings[] {
	try {
		return walkFolders(folder, depth);
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		return [{ folder, places: [], leftOut: [{ path: folder, reason: error.message }] }];
	}
}

/** Folders in a folder, in the order of people. Hidden ones and the store of the hub's cache, whose files are linked, are left out. */
function listFolders(folder: string): readonly string[] {
	const entries = readdirSync(folder, { withFileTypes: true });
	const cache = entries.some(({ name }) => name === "snapshots");
	return entries
		.filter(({ name }) => !name.startsWith(".") && !(cache && (name === "blobs" || name === "refs")))
		.filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))))
		.map(({ name }) => join(folder, name))
		.sort(new Intl.Collator("en", { numeric: true }).compare);
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Whether `<|endoftext|>` goes before the prompt. Throws `mismatch` where the dictionaries disagree. */
export function resolvePrependBos(dictionaries: readonly Dictionary[], override: "on" | "off" | undefined): boolean {
	if (override) return override === "on";
	const [first] = dictionaries;
	const wants = ({ rule }: Dictionary) => rule.bos?.value ?? true;
	const other = first && dictionaries.find((one) => wants(one) !== wants(first));
	const tell = (one: Dictionary) =>
		`${one.name} was trained ${wants(one) ? "with" : "without"} <|endoftext|> before the text`;
	if (first && other)
		throw new AppError("mismatch", `${tell(first)} and ${tell(other)}. Choose with --bos on or --bos off.`, {});
	return first ? wants(first) : true;
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
	const { begin, end } = parseLayerSlice(slice, layers);
	const selected = dictionaries.filter(({ site }) => site.layer >= begin && site.layer < end);
	if (selected.length === 0)
		throw noneInLayers(
			slice,
			dictionaries.map((one) => one.siteName),
		);
	return selected;
}

function noneInLayers(slice: string, sites: readonly string[]): AppError {
	return new AppError(
		"mismatch",
		`No dictionary lies in the layers ${slice}. There are dictionaries at ${[...new Set(sites)].join(", ")}.`,
		{ slice },
	);
}
