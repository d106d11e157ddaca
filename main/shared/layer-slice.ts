import { AppError } from "./errors.ts";

/** Layers as shown, from `begin` to before `end`. */
export interface LayerSlice {
	readonly begin: number;
	readonly end: number;
}

/**
 * A Python slice `A:B` over the layers of a model (end excluded, negative counts from the end). An open start takes in
 * layer −1, the embedding. Throws `usage` for a text that is no slice, `mismatch` for one outside the model.
 */
export function parseLayerSlice(slice: string, layers: number): LayerSlice {
	const match = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*$/.exec(slice);
	if (!match)
		throw new AppError(
			"usage",
			`"${slice}" is not a range of layers. Write A:B with the end excluded, e.g. 0:${layers}.`,
			{ slice },
		);
	const [, from, to] = match;
	const resolveEnd = (text: string) => (Number(text) < 0 ? layers + Number(text) : Number(text));
	const begin = from === undefined ? -1 : resolveEnd(from);
	const end = to === undefined ? layers : resolveEnd(to);
	if (from?.startsWith("-") && end <= begin && end >= 0)
		throw new AppError(
			"usage",
			`The layers ${slice} are empty: a negative start counts from the end. Write :${to ?? layers} to begin with what enters layer 0.`,
			{ slice, layers },
		);
	if (end > layers || begin >= layers || (from !== undefined && begin < 0) || end <= begin)
		throw new AppError(
			"usage",
			`The layers ${slice} lie outside the model, whose layers are 0 to ${layers - 1}. Write A:B with the end excluded, e.g. 0:${layers}.`,
			{ slice, layers },
		);
	return { begin, end };
}
