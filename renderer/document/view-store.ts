import { create } from "zustand";
import type { Columns } from "#shared/drawing/lanes";
import { client } from "../bridge/connection.ts";
import { useDocument } from "./document-store.ts";

/** Where the canvas looks: the world's point at the canvas's upper left corner, and pixels a unit. */
export interface Camera {
	readonly x: number;
	readonly y: number;
	readonly zoom: number;
}

/** How the open circuit is looked at. Kept with it, but no part of its history. */
export interface ViewState {
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

const initial: ViewState = {
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

export const useView = create<ViewState>(() => initial);

const { setState: set, getState: get } = useView;

/** A camera that comes without a word about following is one that a person moved. */
export function setView(change: Partial<ViewState>): void {
	set(change.camera && change.autoFit === undefined ? { ...change, autoFit: false } : change);
}

export function select(ids: Iterable<string>): void {
	set({ selection: new Set(ids), edge: null });
}

export function resetView(): void {
	set(initial);
}

/** Restores what `saveViewSoon` saved; what is not understood is left at its default. */
export function readView(saved: unknown): void {
	const view = typeof saved === "object" && saved !== null ? (saved as Record<string, unknown>) : {};
	const pick = <K extends keyof ViewState>(key: K, sound: (value: unknown) => boolean) =>
		sound(view[key]) ? { [key]: view[key] } : {};
	const isShare = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;
	const isFlag = (value: unknown) => typeof value === "boolean";
	set({
		...initial,
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
		selection: new Set(
			Array.isArray(view["selection"]) ? view["selection"].filter((id) => typeof id === "string") : [],
		),
	});
}

function isCamera(value: unknown): boolean {
	if (typeof value !== "object" || value === null) return false;
	const { x, y, zoom } = value as Record<string, unknown>;
	return [x, y, zoom].every((number) => typeof number === "number" && Number.isFinite(number)) && (zoom as number) > 0;
}

const settleMs = 400;
let timer: ReturnType<typeof setTimeout> | undefined;
let waiting: { readonly name: string; readonly view: Record<string, unknown> } | undefined;

/** Saves the view once it has been still for a moment, and at once when the circuit or the window is left. */
export function saveViewSoon(): void {
	const { name, loading } = useDocument.getState();
	if (name === null || loading) return;
	const { selection, ...rest } = get();
	waiting = { name, view: { ...rest, selection: [...selection].slice(0, 500) } };
	clearTimeout(timer);
	timer = setTimeout(saveViewSoon.flush, settleMs);
}

saveViewSoon.flush = () => {
	clearTimeout(timer);
	if (waiting) client.call("circuits.saveView", waiting).catch(() => {});
	waiting = undefined;
};

/**
 * The threshold that a slider at `level` stands for: effects span orders of magnitude, so that the slider is cubic and
 * its lower half tells small ones apart.
 */
export function threshold(level: number, strongest: number): number {
	return level <= 0 ? 0 : level ** 3 * strongest;
}
