import { create } from "zustand";
import { initialView, readSavedView, type SavedView, writeSavedView } from "#shared/saved-view";
import { client } from "../bridge/connection.ts";
import { isComparing } from "./comparison-store.ts";
import { useDocument } from "./document-store.ts";

export type { Camera } from "#shared/saved-view";
export { threshold } from "#shared/saved-view";
/** How the open circuit is looked at. */
export type ViewState = SavedView;

export const useView = create<ViewState>(() => initialView);

const { setState: set, getState: get } = useView;

/** A camera that comes without a word about following is one that a person moved. */
export function setView(change: Partial<ViewState>): void {
	set(change.camera && change.autoFit === undefined ? { ...change, autoFit: false } : change);
}

export function select(ids: Iterable<string>): void {
	set({ selection: new Set(ids), edge: null });
}

export function resetView(): void {
	set(initialView);
}

/** Restores what `saveViewSoon` saved. */
export function readView(saved: unknown): void {
	set(readSavedView(saved));
}

const settleMs = 400;
let timer: ReturnType<typeof setTimeout> | undefined;
let waiting: { readonly name: string; readonly view: Record<string, unknown> } | undefined;

/** Saves the view once it has been still for a moment, and at once when the circuit or the window is left. */
export function saveViewSoon(): void {
	const { name, loading } = useDocument.getState();
	if (name === null || loading || isComparing()) return;
	waiting = { name, view: writeSavedView(get()) };
	clearTimeout(timer);
	timer = setTimeout(saveViewSoon.flush, settleMs);
}

saveViewSoon.flush = () => {
	clearTimeout(timer);
	if (waiting) client.call("circuits.saveView", waiting).catch(() => {});
	waiting = undefined;
};
