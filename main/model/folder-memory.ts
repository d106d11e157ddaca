import { createHash } from "node:crypto";
import { readdirSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { stampFile } from "./file-memory.ts";

/** What readers of models and dictionaries open; what else lies in a folder counts by its name only. */
const readNames = /\.(?:json|pt|bin|safetensors|npz)$/;
/** As deep as folders are looked through, and the files there. */
const deepest = 5;

/**
 * What was found out about folders, remembered until something in them changes: a name, or the size or time of a file
 * that a reader would open. Looking whether that is so reads no file.
 */
export class FolderMemory<T> {
	readonly #now: () => number;
	readonly #known = new Map<string, { readonly stamp: string; readonly value: T }>();

	constructor(now: () => number = Date.now) {
		this.#now = now;
	}

	/** What `find` says of a path; `manner` is whatever else decides it. What it throws is not remembered. */
	recall(path: string, manner: string, find: () => T): T {
		const key = `${path}\n${manner}`;
		const stamp = stampPath(path, this.#now());
		const known = this.#known.get(key);
		if (known && known.stamp === stamp) return known.value;
		this.#known.delete(key);
		const value = find();
		if (stamp !== undefined) this.#known.set(key, { stamp, value });
		return value;
	}
}

/** Of a file, what lies beside it counts too. Undefined where something is fresh or cannot be looked at. */
function stampPath(path: string, now: number): string | undefined {
	const hash = createHash("sha256");
	const add = (at: string, stats: Stats) => {
		const stamp = stampFile(stats, now);
		if (stamp === undefined) throw new Error(`${at} is fresh`);
		hash.update(`${at}\n${stamp}\n`);
	};
	const walk = (folder: string, depth: number) => {
		add(folder, statSync(folder));
		const entries = readdirSync(folder, { withFileTypes: true });
		const isCache = entries.some(({ name }) => name === "snapshots");
		for (const entry of entries) {
			const { name } = entry;
			if (name.startsWith(".") || (isCache && (name === "blobs" || name === "refs"))) continue;
			const at = join(folder, name);
			if (entry.isFile() ? !readNames.test(name) : !entry.isDirectory() && !entry.isSymbolicLink()) continue;
			const stats = statSync(at, { throwIfNoEntry: false });
			if (!stats?.isDirectory()) hash.update(`${at}\n`);
			if (stats?.isFile()) add(at, stats);
			if (stats?.isDirectory() && depth > 0) walk(at, depth - 1);
		}
	};
	try {
		if (statSync(path).isDirectory()) walk(path, deepest);
		else walk(dirname(path), 0);
		return hash.digest("hex");
	} catch {
		return undefined;
	}
}
