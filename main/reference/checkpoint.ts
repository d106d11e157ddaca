import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { TrainingState } from "./training-session.ts";

/** Keeps a training run, so that it can be stopped at any moment and go on. */
export function saveCheckpoint(path: string, state: TrainingState): void {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(`${path}.new`, serialize(state));
	renameSync(`${path}.new`, path);
}

export function loadCheckpoint(path: string): TrainingState | undefined {
	return existsSync(path) ? (deserialize(readFileSync(path)) as TrainingState) : undefined;
}
