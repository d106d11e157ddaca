import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { LibraryFolder, LibraryModel, LibrarySet } from "#shared/contract/results";
import { AppError } from "#shared/errors";
import { siteName } from "#shared/site";
import { FolderMemory } from "../model/folder-memory.ts";
import { inspectLanguageModel } from "../model/language-model.ts";
import { findInCatalogue } from "../sae/catalogue-match.ts";
import { walkFolders } from "../sae/discovery.ts";
import type { DictionaryPlace } from "../sae/formats/locate.ts";
import { listChoices } from "../sae/idle-conventions.ts";
import { decideRule } from "../sae/reading-rule.ts";

const deepest = 4;

const remembered = new FolderMemory<LibraryFolder>();

/**
 * What a folder holds that can be used, and what looks so and cannot. A folder that is gone holds nothing and says so.
 * Only headers are read, so that a large collection is listed at once, and none again before something has changed.
 */
export function inspectFolder(path: string, bundled: boolean): LibraryFolder {
	return remembered.recall(path, String(bundled), () => lookThrough(path, bundled));
}

function lookThrough(path: string, bundled: boolean): LibraryFolder {
	const models: LibraryModel[] = [];
	const dictionaries: ListedDictionary[] = [];
	const refused: { path: string; reason: string }[] = [];
	const attempt = (folder: string, open: () => void) => {
		try {
			open();
		} catch (error) {
			const reason = error instanceof AppError ? error.message : `It cannot be read: ${(error as Error).message}.`;
			refused.push({ path: folder, reason });
		}
	};
	if (existsSync(path))
		attempt(path, () => {
			for (const { folder, places, leftOut } of walkFolders(path, deepest)) {
				for (const place of places) attempt(place.path, () => dictionaries.push(describeDictionary(place)));
				// Beside a model lie what its training left, which nobody takes for a dictionary.
				if (places.length === 0 && looksLikeModel(folder)) attempt(folder, () => models.push(describeModel(folder)));
				else refused.push(...leftOut);
			}
		});
	else refused.push({ path, reason: "The folder is not there. Bring it back, or remove it from the library." });
	return { path, bundled, models, sets: groupSets(dictionaries), refused };
}

/** Trainers of dictionaries call their configuration by the same name. */
function looksLikeModel(folder: string): boolean {
	const path = join(folder, "config.json");
	return existsSync(path) && !/"(?:dict_class|hookpoints)"/.test(readFileSync(path, "utf8"));
}

type ListedDictionary = LibrarySet["dictionaries"][number];

function describeDictionary({ path, format }: DictionaryPlace): ListedDictionary {
	const { name = basename(path), config, dIn, dSae } = format.open(path);
	return {
		dir: path,
		name,
		site: siteName(config.site),
		kind: config.architecture,
		features: dSae,
		width: dIn,
		rule: decideRule({ config, published: findInCatalogue(path, config, dSae) }),
		choices: listChoices(config),
	};
}

/** Names of the folders in a folder, hidden ones left out. Throws `not-found`. */
export function listSubfolders(path: string): readonly string[] {
	try {
		return readdirSync(path, { withFileTypes: true })
			.filter((entry) => !entry.name.startsWith(".") && (entry.isDirectory() || isLinkedFolder(path, entry)))
			.map(({ name }) => name)
			.sort(new Intl.Collator("en", { numeric: true }).compare);
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		throw new AppError(
			"not-found",
			`${path} cannot be opened (${code ?? "unknown reason"}). Choose another folder or check its permissions.`,
			{ path },
		);
	}
}

function isLinkedFolder(path: string, entry: { readonly name: string; isSymbolicLink(): boolean }): boolean {
	return (
		entry.isSymbolicLink() && (statSync(join(path, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false)
	);
}

function describeModel(folder: string): LibraryModel {
	const { config, dir, name, tensors } = inspectLanguageModel(folder);
	const files = new Set([...tensors.values()].map((tensor) => tensor.path));
	const count = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);
	return {
		dir,
		name,
		layers: config.layers,
		width: config.width,
		vocabulary: config.vocabularySize,
		contextLength: config.contextLength,
		parameters: [...tensors.values()].reduce((sum, { shape }) => sum + count(shape), 0),
		bytes: [...files].reduce((sum, file) => sum + statSync(file).size, 0),
	};
}

function groupSets(dictionaries: readonly ListedDictionary[]): readonly LibrarySet[] {
	const byParent = Map.groupBy(dictionaries, ({ dir }) => dirname(dir));
	return [...byParent].flatMap(([dir, members]) => {
		// Where several sit at one place of the model, only one can be used at a time: each is a set of its own.
		const rivals = new Set(members.map(({ site }) => site)).size < members.length;
		if (rivals || members.length === 1) return members.map((one) => ({ dir: one.dir, dictionaries: [one] }));
		return [{ dir, dictionaries: members }];
	});
}
