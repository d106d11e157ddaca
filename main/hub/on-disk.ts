import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CatalogueDictionary, CatalogueRelease } from "#shared/catalogue";
import { type CacheRepo, cacheRepo, listSnapshots } from "./cache-repo.ts";

/** What is there of something published: where it lies if it is whole, else what is missing of it. */
export interface OnDisk {
	/** A folder; of the early hook_z sets the file with the weights. Absent where anything is missing. */
	readonly path?: string;
	/** Files that are missing or cut off, in the snapshot that has the most of it; everything where nothing is there. */
	readonly missing: readonly string[];
	/** Whether there is anything at all. */
	readonly begun: boolean;
}

const nothing = (missing: readonly string[]): OnDisk => ({ missing, begun: false });

/** A language model by its repository. */
export function findModelOnDisk(cache: string, repo: string): OnDisk {
	return best(cacheRepo(cache, repo), ["config.json", "tokenizer.json", "model.safetensors"], (snapshot) => ({
		path: snapshot,
		missing: [
			...listMissing(snapshot, ["config.json"]),
			...(existsSync(join(snapshot, "tokenizer.json")) ? [] : missingTokenizer(snapshot)),
			...missingWeights(snapshot),
		],
		begun: existsSync(join(snapshot, "config.json")) || existsSync(join(snapshot, "model.safetensors")),
	}));
}

/** A dictionary of a release. */
export function findDictionaryOnDisk(
	cache: string,
	{ repo, format }: Pick<CatalogueRelease, "repo" | "format">,
	{ path }: Pick<CatalogueDictionary, "path">,
): OnDisk {
	if (format === "early-hook-z") {
		const files = [path.replace(/\.pt$/, "_cfg.json"), path];
		return best(cacheRepo(cache, repo), files, (snapshot) => {
			const missing = listMissing(snapshot, files);
			return { path: join(snapshot, path), missing, begun: missing.length < files.length };
		});
	}
	return best(cacheRepo(cache, repo), [`${path}/cfg.json`, `${path}/sae_weights.safetensors`], (snapshot) => {
		const folder = join(snapshot, path);
		return {
			path: folder,
			missing: [
				...listMissing(snapshot, [`${path}/cfg.json`]),
				...(["sae.safetensors", "sae_weights.pt", "ae.pt"].some((name) => existsSync(join(folder, name)))
					? []
					: listMissing(snapshot, [`${path}/sae_weights.safetensors`])),
			],
			begun: existsSync(folder),
		};
	});
}

/** The first snapshot that has all of it, else the one that lacks least. */
function best(repo: CacheRepo, all: readonly string[], look: (snapshot: string) => Required<OnDisk>): OnDisk {
	let least: OnDisk = nothing(all);
	for (const snapshot of listSnapshots(repo)) {
		const found = look(snapshot);
		if (found.missing.length === 0) return found;
		const { path: _, ...partly } = found;
		if (found.begun && (!least.begun || partly.missing.length < least.missing.length)) least = partly;
	}
	return least;
}

const listMissing = (snapshot: string, paths: readonly string[]) =>
	paths.filter((path) => !isWhole(join(snapshot, path)));

function missingTokenizer(snapshot: string): readonly string[] {
	const missing = listMissing(snapshot, ["vocab.json", "merges.txt"]);
	return missing.length === 2 ? ["tokenizer.json"] : missing;
}

function missingWeights(snapshot: string): readonly string[] {
	for (const [single, index] of [
		["model.safetensors", "model.safetensors.index.json"],
		["pytorch_model.bin", "pytorch_model.bin.index.json"],
	] as const) {
		if (existsSync(join(snapshot, single))) return listMissing(snapshot, [single]);
		if (existsSync(join(snapshot, index))) return listMissing(snapshot, listPieces(join(snapshot, index)));
	}
	return ["model.safetensors"];
}

function listPieces(index: string): readonly string[] {
	try {
		const { weight_map } = JSON.parse(readFileSync(index, "utf8")) as { weight_map?: Record<string, string> };
		return [...new Set(Object.values(weight_map ?? {}))];
	} catch {
		return [index.replace(/.*[/\\]/, "")];
	}
}

const known = new Map<string, { readonly stamp: string; readonly whole: boolean }>();

/** Whether a file is there and ends where it says it does. Looked at anew only when it has changed. */
function isWhole(path: string): boolean {
	const stat = statSync(path, { throwIfNoEntry: false });
	if (!stat?.isFile() || stat.size === 0) return false;
	if (!path.endsWith(".safetensors")) return true;
	const stamp = `${stat.size} ${stat.mtimeMs}`;
	const before = known.get(path);
	if (before?.stamp === stamp) return before.whole;
	const whole = !isCutOff(path, stat.size);
	known.set(path, { stamp, whole });
	return whole;
}

const headerLimit = 100_000_000;

/** Whether a safetensors file ends before its tensors do. What is no such file is told by whoever reads it. */
function isCutOff(path: string, size: number): boolean {
	const file = openSync(path, "r");
	try {
		const head = Buffer.alloc(8);
		if (readSync(file, head) < 8) return true;
		const length = Number(head.readBigUInt64LE());
		if (length > headerLimit) return false;
		if (8 + length > size) return true;
		const header = Buffer.alloc(length);
		readSync(file, header, 0, length, 8);
		const ends = Object.values(JSON.parse(header.toString()) as Record<string, { data_offsets?: [number, number] }>);
		return ends.some(({ data_offsets: [, end] = [0, 0] }) => 8 + length + end > size);
	} catch {
		return false;
	} finally {
		closeSync(file);
	}
}
