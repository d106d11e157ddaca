import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { deserialize, serialize } from "node:v8";

/** Keeps a training run, so that it can be stopped at any moment and go on. */
export function saveCheckpoint(path: string, state: unknown): void {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(`${path}.new`, serialize(state));
	renameSync(`${path}.new`, path);
}

/** Whatever was saved under that path; undefined where nothing was, or what lies there cannot be read. */
export function loadCheckpoint<T>(path: string): T | undefined {
	if (!existsSync(path)) return undefined;
	try {
		return deserialize(readFileSync(path)) as T;
	} catch {
		return undefined;
	}
}
