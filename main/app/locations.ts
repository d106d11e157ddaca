import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { findModelRow } from "#shared/catalogue";
import { chooseSets, isReleaseName, modelNames, refuseRivals, requestSets } from "#shared/catalogue-choice";
import { AppError } from "#shared/errors";
import { nearestNames } from "#shared/nearest-names";
import { readHubCache } from "../hub/hub-settings.ts";
import { findDictionariesOnDisk, findModelOnDisk } from "../hub/on-disk.ts";
import { describeMissing, describePart, type FoundSites, lookForAll } from "./missing-files.ts";

/** From source files lie in `main/app`, built ones in `out/main`: both two folders below the project. */
const root = join(import.meta.dirname, "../..");
const fromSource = import.meta.filename.endsWith(".ts");

export const engineFile = fromSource
	? join(root, "main/engine/engine-entry.ts")
	: join(import.meta.dirname, "engine-entry.js");

export const exportWorkerFile = fromSource
	? join(root, "main/export/export-worker.ts")
	: join(import.meta.dirname, "export-worker.js");

/** In the packaged app, what ONNX Runtime maps into memory lies beside the archive. */
export const referenceFolder = join(root.replace(/app\.asar$/, "app.asar.unpacked"), "assets/reference");

/** Whether something came with the program. */
export const isBundled = (path: string) => !relative(referenceFolder, path).startsWith("..");

/** The renderer as it was built. */
export const rendererFolder = join(root, "out/renderer");

export const preloadFile = join(root, "out/preload/index.cjs");

/** The bundled model, its dictionaries, and what is known of their features. */
export const reference = {
	model: join(referenceFolder, "scd-reference"),
	dictionaries: join(referenceFolder, "saes"),
	/** A model written by hand whose circuit is known. */
	groundTruth: { model: join(referenceFolder, "induction"), dictionaries: join(referenceFolder, "induction-saes") },
	facts: join(referenceFolder, "facts.sqlite"),
	sample: join(referenceFolder, "sample.txt"),
} as const;

/** A model's folder from a path, `reference`, a name of the catalogue, or a repository in the hub's cache. Throws `not-found`. */
export function findModel(name: string | undefined): string {
	if (name === undefined || name === "reference") return reference.model;
	if (existsSync(name)) return resolve(name);
	const row = findModelRow(name);
	const { path, missing, begun } = findModelOnDisk(readHubCache(), row?.repo ?? name);
	if (path !== undefined) return path;
	if (row || begun || /^[\w.-]+\/[\w.-]+$/.test(name))
		throw describeMissing(row?.title ?? name, begun ? missing : [], { models: [row?.name ?? name], sets: [] });
	const near = nearestNames(name, modelNames);
	throw new AppError(
		"not-found",
		`There is no model "${name}": neither a folder of that name nor a model of the catalogue${near.length > 0 ? ` (${near.join(", ")} ${near.length > 1 ? "are" : "is"} nearest)` : ""}. Give a folder with config.json and weights (.safetensors or .bin), or leave --model out for the bundled model.`,
		{ name, nearest: near },
	);
}

/** Which dictionaries of a release are wanted. */
export interface DictionarySearch {
	/** Only what lies in these must be there. */
	readonly layers?: string | undefined;
	/** Given where some of a release will do: told what is used then. */
	partly?(note: string): void;
}

/**
 * Folders of dictionaries from paths and names of the catalogue: `RELEASE`, a bundle, or `RELEASE/PATH`. Throws
 * `not-found` with the command that fetches what is missing, or `mismatch`.
 */
export function findDictionaries(names: readonly string[], search: DictionarySearch = {}): readonly string[] {
	return lookForAll(
		names.map((name) => () => (existsSync(name) ? [resolve(name)] : findPublishedSets(name, search))),
	).flat();
}

/** Both, so that what is missing of either is told at once. */
export function findModelAndDictionaries(
	model: string | undefined,
	names: readonly string[],
	search: DictionarySearch = {},
): { readonly modelDir: string; readonly dictionaryDirs: readonly string[] } {
	const [modelDir = "", ...dictionaryDirs] = lookForAll([
		() => [findModel(model)],
		...names.map((name) => () => findDictionaries([name], search)),
	]).flat();
	return { modelDir, dictionaryDirs };
}

function findPublishedSets(name: string, { layers, partly }: DictionarySearch): readonly string[] {
	if (!isReleaseName(name) && looksLikePath(name))
		throw new AppError("not-found", `${resolve(name)} does not exist. Give a folder of dictionaries.`, { path: name });
	const sets = chooseSets(name, layers);
	for (const set of sets) refuseRivals(set);
	const cache = readHubCache();
	const looked = sets.map(({ release, dictionaries }) => ({
		release,
		found: findDictionariesOnDisk(cache, release, dictionaries),
	}));
	const there = looked.flatMap(({ found }) => found.filter(({ path }) => path !== undefined));
	const lacking = looked.flatMap(({ release, found }) => {
		const dictionaries = found.filter(({ path }) => path === undefined).map(({ one }) => one);
		return dictionaries.length > 0 ? [{ release, dictionaries }] : [];
	});
	if (lacking.length > 0) {
		const told: FoundSites = {
			...{ name, lacking: lacking.flatMap(({ dictionaries }) => dictionaries), there: there.map(({ one }) => one) },
			...(layers !== undefined && { layers }),
		};
		const cut = looked.flatMap(({ found }) => found.filter(({ begun, path }) => begun && path === undefined));
		if (!partly || layers !== undefined || there.length === 0)
			throw describeMissing(
				name,
				cut.flatMap(({ missing }) => missing),
				{ models: [], sets: requestSets(lacking) },
				told,
			);
		partly(describePart(told));
	}
	return there.flatMap(({ path }) => path ?? []);
}

const looksLikePath = (name: string) => /^[./~]|^[a-z]:[\\/]|\\/i.test(name);
