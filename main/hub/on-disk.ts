import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CatalogueDictionary, CatalogueRelease, CatalogueText } from "#shared/catalogue";
import { chooseFiles, chooseTextFile, dictionaryParts, modelParts, type PublishedPart } from "#shared/published-files";
import { cacheRepo, listSnapshots } from "./cache-repo.ts";

/** What is there of something published: where it lies if it is whole, else what is missing of it. */
export interface OnDisk {
	/** A folder; of the early hook_z sets the file with the weights. Absent where anything is missing. */
	readonly path?: string;
	/** Files that are missing or cut off, in the snapshot that has the most of it; everything where nothing is there. */
	readonly missing: readonly string[];
	/** Whether there is anything at all. */
	readonly begun: boolean;
}

/** A language model by its repository. */
export function findModelOnDisk(cache: string, repo: string): OnDisk {
	return findWhole(listSnapshots(cacheRepo(cache, repo)), modelParts, "");
}

/** Dictionaries of a release, in the order that they were given. */
export function findDictionariesOnDisk<D extends Pick<CatalogueDictionary, "path">>(
	cache: string,
	release: Pick<CatalogueRelease, "repo" | "format">,
	dictionaries: readonly D[],
): readonly (OnDisk & { readonly one: D })[] {
	const snapshots = listSnapshots(cacheRepo(cache, release.repo));
	return dictionaries.map((one) => ({ one, ...findWhole(snapshots, dictionaryParts(release, one), one.path) }));
}

/** The file of a text, in the commit that the catalogue names or in another one; undefined where it is not whole. */
export function findTextOnDisk(cache: string, { repo, path, revision }: CatalogueText): string | undefined {
	const data = cacheRepo(cache, repo, "datasets");
	for (const snapshot of [join(data.snapshots, revision), ...listSnapshots(data)]) {
		const name = chooseTextFile(path, listFiles(snapshot));
		if (name !== undefined && isWhole(join(snapshot, name))) return join(snapshot, name);
	}
	return undefined;
}

/** The first snapshot that has all of it, else the one that lacks least. */
function findWhole(snapshots: readonly string[], parts: readonly PublishedPart[], path: string): OnDisk {
	let least: OnDisk | undefined;
	for (const snapshot of snapshots) {
		const chosen = chooseFiles(parts, {
			has: (file) => existsSync(join(snapshot, file)),
			pieces: (index) => listPieces(join(snapshot, index)),
		});
		const missing = [...chosen.files.filter((file) => !isWhole(join(snapshot, file))), ...chosen.missing];
		if (missing.length === 0) return { path: join(snapshot, path), missing, begun: true };
		const begun = chosen.files.some((file) => existsSync(join(snapshot, file)));
		if (begun && (!least || missing.length < least.missing.length)) least = { missing, begun };
	}
	return least ?? { missing: chooseFiles(parts, { has: () => false, pieces: () => [] }).missing, begun: false };
}

/** Files of a snapshot by their paths there, with slashes. */
function listFiles(snapshot: string): readonly string[] {
	try {
		return readdirSync(snapshot, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
	} catch {
		return [];
	}
}

function listPieces(index: string): readonly string[] {
	try {
		const { weight_map } = JSON.parse(readFileSync(index, "utf8")) as { weight_map?: Record<string, string> };
		return [...new Set(Object.values(weight_map ?? {}))];
	} catch {
		return [];
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
