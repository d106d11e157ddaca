import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { LibraryFolder, LibraryModel, LibrarySet } from "#shared/contract/results";
import { AppError } from "#shared/errors";
import { loadLanguageModel } from "../model/language-model.ts";
import { type Dictionary, loadDictionary } from "../sae/dictionary.ts";

const deepest = 4;

/** What a folder holds that can be used, and what looks so and cannot. A folder that is gone holds nothing and says so. */
export function inspectFolder(path: string, bundled: boolean): LibraryFolder {
	const models: LibraryModel[] = [];
	const dictionaries: Dictionary[] = [];
	const refused: { path: string; reason: string }[] = [];
	const attempt = (folder: string, open: () => void) => {
		try {
			open();
		} catch (error) {
			const reason = error instanceof AppError ? error.message : `It cannot be read: ${(error as Error).message}.`;
			refused.push({ path: folder, reason });
		}
	};
	const walk = (folder: string, depth: number) => {
		if (existsSync(join(folder, "cfg.json"))) attempt(folder, () => dictionaries.push(loadDictionary(folder)));
		else if (existsSync(join(folder, "config.json"))) attempt(folder, () => models.push(describeModel(folder)));
		if (depth < deepest) for (const name of listSubfolders(folder)) walk(join(folder, name), depth + 1);
	};
	if (existsSync(path)) walk(path, 0);
	else refused.push({ path, reason: "The folder is not there. Bring it back, or remove it from the library." });
	return { path, bundled, models, sets: groupSets(dictionaries), refused };
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
	const { config, dir, name, tensors } = loadLanguageModel(folder);
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

function groupSets(dictionaries: readonly Dictionary[]): readonly LibrarySet[] {
	const byParent = Map.groupBy(dictionaries, ({ dir }) => dirname(dir));
	return [...byParent].map(([dir, members]) => ({
		dir: members.length === 1 && members[0] ? members[0].dir : dir,
		dictionaries: members.map((one) => ({
			dir: one.dir,
			name: one.name,
			site: one.siteName,
			kind: one.config.architecture,
			features: one.dSae,
			width: one.dIn,
		})),
	}));
}
