import type { Columns } from "./drawing/lanes.ts";

/** Where the canvas looks: the world's point at the canvas's upper left corner, and pixels a unit. */
export interface Camera {
	readonly x: number;
	readonly y: number;
	readonly zoom: number;
}

/** How a circuit is looked at. Kept with it, but no part of its history. */
export interface SavedView {
	/** Null until the circuit has been fitted into the window. */
	readonly camera: Camera | null;
	/** The camera follows the circuit as it grows, until a person moves it. */
	readonly autoFit: boolean;
	/** Nobody has seen the circuit whole yet: its first filter is still to be chosen. */
	readonly fresh: boolean;
	/** Ids of seen nodes. */
	readonly selection: ReadonlySet<string>;
	/** `edgeKey` of the chosen edge. */
	readonly edge: string | null;
	/** Shares of the strongest |weight| and |attribution|, 0 … 1, on a cubic scale: see `threshold`. */
	readonly weightLevel: number;
	readonly attributionLevel: number;
	/** Prompts that must have what is shown of a consensus. */
	readonly atLeast: number;
	readonly showErrors: boolean;
	readonly showHidden: boolean;
	readonly foldPositions: boolean;
	readonly columns: Columns;
	readonly mode: "canvas" | "table";
}

export const initialView: SavedView = {
	camera: null,
	autoFit: true,
	fresh: true,
	selection: new Set(),
	edge: null,
	weightLevel: 0,
	attributionLevel: 0,
	atLeast: 1,
	showErrors: true,
	showHidden: false,
	foldPositions: false,
	columns: "free",
	mode: "canvas",
};

/** As it is stored and sent. */
export function writeSavedView({ selection, ...rest }: SavedView): Record<string, unknown> {
	return { ...rest, selection: [...selection].slice(0, 500) };
}

/** Reads what `writeSavedView` wrote; what is not understood is left at its default. */
export function readSavedView(saved: unknown): SavedView {
	const view = typeof saved === "object" && saved !== null ? (saved as Record<string, unknown>) : {};
	const pick = <K extends keyof SavedView>(key: K, sound: (value: unknown) => boolean) =>
		sound(view[key]) ? { [key]: view[key] } : {};
	const isShare = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;
	const isFlag = (value: unknown) => typeof value === "boolean";
	const selection = Array.isArray(view["selection"]) ? view["selection"].filter((id) => typeof id === "string") : [];
	return {
		...initialView,
		...pick("camera", isCamera),
		...pick("autoFit", isFlag),
		...pick("fresh", isFlag),
		...pick("weightLevel", isShare),
		...pick("attributionLevel", isShare),
		...pick("atLeast", (value) => typeof value === "number" && value >= 1),
		...pick("showErrors", isFlag),
		...pick("showHidden", isFlag),
		...pick("foldPositions", isFlag),
		...pick("columns", (value) => value === "free" || value === "tokens"),
		...pick("mode", (value) => value === "canvas" || value === "table"),
		...pick("edge", (value) => typeof value === "string"),
		selection: new Set(selection),
	};
}

function isCamera(value: unknown): boolean {
	if (typeof value !== "object" || value === null) return false;
	const { x, y, zoom } = value as Record<string, unknown>;
	return [x, y, zoom].every((number) => typeof number === "number" && Number.isFinite(number)) && (zoom as number) > 0;
}

/**
 * The threshold that a slider at `level` stands for: effects span orders of magnitude, so that the slider is cubic and
 * its lower half tells small ones apart.
 */
export function threshold(level: number, strongest: number): number {
	return level <= 0 ? 0 : level ** 3 * strongest;
}
