import { create } from "zustand";
import type { SavedView } from "#shared/saved-view";
import { isComparing, useComparison } from "./comparison-store.ts";
import { redo, undo, useDocument } from "./document-store.ts";
import { setView, useView } from "./view-store.ts";

/** What a person decides to see. The camera, the selection and the panels are moved too often to be steps. */
type Seen = Pick<
	SavedView,
	"weightLevel" | "attributionLevel" | "atLeast" | "showErrors" | "showHidden" | "foldPositions" | "columns"
>;

interface ViewStep {
	readonly label: string;
	readonly before: Partial<Seen>;
	readonly after: Partial<Seen>;
	/** Edits that could be undone when it was made: it comes after these and before all others. */
	readonly edits: number;
	readonly at: number;
}

interface ViewHistory {
	readonly done: readonly ViewStep[];
	readonly undone: readonly ViewStep[];
}

/** What was seen of the open circuit, since it was opened here. Other windows see it as they like. */
export const useViewHistory = create<ViewHistory>(() => ({ done: [], undone: [] }));

const { setState: set, getState: get } = useViewHistory;

/** Changes that follow one another so quickly are one drag of a slider. */
const dragMs = 1000;
const mostKept = 100;

const pick = (view: Seen, keys: readonly string[]): Partial<Seen> =>
	Object.fromEntries(Object.entries(view).filter(([key]) => keys.includes(key)));

/** Changes what is seen, as a step that undo takes back. */
export function changeView(label: string, change: Partial<Seen>, alongside: Partial<SavedView> = {}): void {
	const before = pick(useView.getState(), Object.keys(change));
	setView({ ...change, ...alongside });
	const { done } = get();
	const last = done.at(-1);
	const step = { label, before, after: change, edits: useDocument.getState().undoable, at: Date.now() };
	const drag = last?.label === label && last.edits === step.edits && step.at - last.at < dragMs;
	const kept = drag ? [...done.slice(0, -1), { ...step, before: last.before }] : [...done, step].slice(-mostKept);
	set({ done: kept, undone: [] });
}

const lastDone = (): ViewStep | undefined => {
	const last = get().done.at(-1);
	return last && last.edits >= useDocument.getState().undoable ? last : undefined;
};

const lastUndone = (): ViewStep | undefined => {
	const last = get().undone.at(-1);
	return last && last.edits <= useDocument.getState().undoable ? last : undefined;
};

/** What undo and redo would do next, be it of the circuit or of how it is seen. */
export const nextUndo = (): string | null => lastDone()?.label ?? (isComparing() ? null : useDocument.getState().undo);
export const nextRedo = (): string | null =>
	lastUndone()?.label ?? (isComparing() ? null : useDocument.getState().redo);

/** The same, for what is drawn. */
export function useNextSteps(): { readonly undo: string | null; readonly redo: string | null } {
	useDocument(({ undo, redo, undoable }) => `${undo} ${redo} ${undoable}`);
	useViewHistory();
	useComparison();
	return { undo: nextUndo(), redo: nextRedo() };
}

/** Takes back what came last: what was seen, or an edit. */
export function undoLast(): void {
	const step = lastDone();
	if (!step) {
		undo();
		return;
	}
	setView(step.before);
	set(({ done, undone }) => ({ done: done.slice(0, -1), undone: [...undone, step] }));
}

export function redoLast(): void {
	const step = lastUndone();
	if (!step) {
		redo();
		return;
	}
	setView(step.after);
	set(({ done, undone }) => ({ done: [...done, step], undone: undone.slice(0, -1) }));
}

/** Begins anew with each circuit. */
export function startViewHistory(): void {
	useDocument.subscribe(({ name }, before) => {
		if (name !== before.name) set({ done: [], undone: [] });
	});
}
