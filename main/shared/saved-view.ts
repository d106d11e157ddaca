import { z } from "zod";

/** Where the canvas looks: the world's point at the canvas's upper left corner, and pixels a unit. */
const camera = z.object({ x: z.number(), y: z.number(), zoom: z.number().gt(0) });
export type Camera = Readonly<z.infer<typeof camera>>;

const flag = (usual: boolean) => z.boolean().catch(usual);
const level = z.number().min(0).max(1).catch(0);

/**
 * How a circuit is looked at, as it is stored and sent. Kept with it, but no part of its history. What is not understood
 * is as usual.
 */
const savedView = z.object({
	/** Null until the circuit has been fitted into the window. */
	camera: camera.nullable().catch(null),
	/** The camera follows the circuit as it grows, until a person moves it. */
	autoFit: flag(true),
	/** Nobody has seen the circuit whole yet: its first filter is still to be chosen. */
	fresh: flag(true),
	/** Ids of seen nodes. */
	selection: z
		.array(z.unknown())
		.catch([])
		.transform((ids): ReadonlySet<string> => new Set(ids.filter((id) => typeof id === "string"))),
	/** `edgeKey` of the chosen edge. */
	edge: z.string().nullable().catch(null),
	/** Shares of the strongest |weight| and |attribution|, 0 … 1, on a cubic scale: see `threshold`. */
	weightLevel: level,
	attributionLevel: level,
	/** Prompts that must have what is shown of a consensus. */
	atLeast: z.number().min(1).catch(1),
	showErrors: flag(true),
	showHidden: flag(false),
	foldPositions: flag(false),
	columns: z.enum(["free", "tokens"]).catch("free"),
	mode: z.enum(["canvas", "table"]).catch("canvas"),
});

export type SavedView = Readonly<z.infer<typeof savedView>>;

export const initialView: SavedView = savedView.parse({});

export function writeSavedView({ selection, ...rest }: SavedView): Record<string, unknown> {
	return { ...rest, selection: [...selection].slice(0, 500) };
}

/** Reads what `writeSavedView` wrote; nothing, or whatever else, is the view of a circuit that nobody has seen. */
export function readSavedView(saved: unknown): SavedView {
	const parsed = savedView.safeParse(saved);
	return parsed.success ? parsed.data : initialView;
}

/**
 * The threshold that a slider at `level` stands for: effects span orders of magnitude, so that the slider is cubic and
 * its lower half tells small ones apart.
 */
export function threshold(level: number, strongest: number): number {
	return level <= 0 ? 0 : level ** 3 * strongest;
}
