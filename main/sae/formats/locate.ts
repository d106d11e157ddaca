import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AppError } from "#shared/errors";
import type { DictionaryFormat } from "./dictionary-format.ts";
import { dictionaryLearning } from "./dictionary-learning.ts";
import { earlyHookZ } from "./early-hook-z.ts";
import { describeForeignFolder, describeForeignTorch } from "./foreign.ts";
import { openAi } from "./openai.ts";
import { saelens } from "./saelens.ts";
import { sparsify } from "./sparsify.ts";

/** The better one first: where one dictionary lies in two formats, the first is used. */
const formats: readonly DictionaryFormat[] = [saelens, sparsify, dictionaryLearning, earlyHookZ, openAi];

/** Negative where `a` is the better format. */
export function compareFormats(a: DictionaryPlace, b: DictionaryPlace): number {
	return formats.indexOf(a.format) - formats.indexOf(b.format);
}

/** Where one dictionary lies, and how it is to be read. */
export interface DictionaryPlace {
	readonly path: string;
	readonly format: DictionaryFormat;
}

export interface FolderFindings {
	readonly folder: string;
	readonly places: readonly DictionaryPlace[];
	/** What looks like a dictionary and is not used, and why. */
	readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
}

/** The dictionaries that lie in a folder itself, not below it. Reads headers only. Throws `not-found`. */
export function inspectDictionaryFolder(folder: string): FolderFindings {
	const names = new Set(listNames(folder).toSorted(new Intl.Collator("en", { numeric: true }).compare));
	const places = new Map<string, DictionaryPlace>();
	const leftOut: { path: string; reason: string }[] = [];
	for (const format of formats)
		for (const path of format.find(folder, names)) {
			const first = places.get(folder) ?? places.get(path);
			if (!first) places.set(path, { path, format });
			else if (first.format !== format) leftOut.push({ path, reason: describeSecond(first, format, path) });
		}
	if (!places.has(folder)) {
		const foreign = describeForeignFolder(folder, names);
		if (foreign) leftOut.push({ path: folder, reason: foreign });
		for (const name of names) {
			const path = join(folder, name);
			if (name.endsWith(".gguf"))
				leftOut.push({
					path,
					reason: `${path} is in llama.cpp's format, which holds language models. Give dictionaries in safetensors or PyTorch files.`,
				});
			if (name.endsWith(".pt") && !places.has(path) && statSync(path, { throwIfNoEntry: false })?.isFile())
				leftOut.push({ path, reason: describeForeignTorch(path) });
		}
	}
	return { folder, places: [...places.values()], leftOut };
}

function describeSecond({ path: first, format }: DictionaryPlace, second: DictionaryFormat, path: string): string {
	return first === path
		? `A dictionary lies there in two formats. That of ${format.name} is used and that of ${second.name} left out.`
		: `It is in the format of ${second.name} and lies in a folder that is a dictionary of ${format.name} itself, which is used.`;
}

/** What stands at a path that was named: a dictionary's folder, a file of it, or one file of many. Throws `AppError`. */
export function locateDictionary(path: string): DictionaryPlace {
	const stat = statSync(path, { throwIfNoEntry: false });
	if (!stat)
		throw new AppError("not-found", `${path} is not a dictionary: there is nothing of that name. Check the path.`, {
			path,
		});
	const folder = stat.isDirectory() ? path : dirname(path);
	const { places, leftOut } = inspectDictionaryFolder(folder);
	const place =
		places.find((one) => one.path === path) ?? (stat.isDirectory() ? undefined : findOwner(places, path, folder));
	if (place) return place;
	const known = leftOut.find((one) => one.path === path) ?? leftOut.find((one) => one.path === folder);
	if (known) throw new AppError("unsupported", known.reason, { path });
	throw new AppError(
		"not-found",
		stat.isDirectory()
			? `${path} is not a dictionary: it has no cfg.json, no ae.pt and no .pt file of a dictionary. Give a dictionary's folder, or a folder of such folders.`
			: `${path} is not a dictionary: ${basename(path)} is a file of no known kind. Give a dictionary's folder.`,
		{ path },
	);
}

/** Of a file that was named in a dictionary's place, such as its `cfg.json`. */
function findOwner(places: readonly DictionaryPlace[], path: string, folder: string): DictionaryPlace | undefined {
	const weights = path.replace(/_cfg\.json$/, ".pt");
	return places.find((one) => one.path === folder) ?? places.find((one) => one.path === weights);
}

/** Names of a folder's entries. Throws `not-found`. */
export function listNames(folder: string): readonly string[] {
	try {
		return readdirSync(folder);
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		throw new AppError(
			"not-found",
			`${folder} cannot be opened (${code ?? "unknown reason"}). Choose another folder or check its permissions.`,
			{ path: folder },
		);
	}
}
