import type { LanguageModel } from "../model/language-model.ts";
import { readRows } from "../model/safetensors.ts";

/** Rows of `wte` for the prompt, and what they hold beyond their baseline (none, or the patch prompt's), `[T, width]`. */
export interface TokenVectors {
	readonly rows: Float32Array;
	readonly contributions: Float32Array;
}

export function readTokenVectors(
	model: LanguageModel,
	runIds: readonly number[],
	patchIds: readonly number[] | undefined,
): TokenVectors {
	const rows = readTokenRows(model, runIds);
	if (!patchIds) return { rows, contributions: rows };
	const patchRows = readTokenRows(model, patchIds);
	return { rows, contributions: rows.map((value, i) => value - (patchRows[i] as number)) };
}

function readTokenRows(model: LanguageModel, runIds: readonly number[]): Float32Array {
	const table = model.tensors.get("wte.weight");
	const ids = [...new Set(runIds)].sort((a, b) => a - b);
	const rows = readRows(table as NonNullable<typeof table>, ids);
	const { width } = model.config;
	const all = new Float32Array(runIds.length * width);
	for (const [t, id] of runIds.entries()) {
		const row = ids.indexOf(id);
		all.set(rows.subarray(row * width, (row + 1) * width), t * width);
	}
	return all;
}
