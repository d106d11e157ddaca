import { create } from "zustand";
import type { CircuitChange, LoadedCircuit, RunDescription } from "#shared/contract/results";
import { type CircuitDocument, emptyDocument } from "#shared/document";
import { applyDiff, type DocumentDiff, isEmptyDiff } from "#shared/document-diff";
import { AppError } from "#shared/errors";
import { client } from "../bridge/connection.ts";
import { count } from "../ui/amounts.ts";
import { showToast } from "../ui/toast-store.ts";
import { isComparing, useComparison } from "./comparison-store.ts";
import { loadFactsFor } from "./facts-store.ts";
import { reportError, saveSettings, useSession } from "./session-store.ts";
import { readView, resetView, saveViewSoon } from "./view-store.ts";

/** The circuit that is open. Every change of it goes through `edit`, `undo` or an event from the service. */
export interface DocumentState {
	readonly name: string | null;
	readonly loading: boolean;
	/** With the strongest of its edges, where there are more than a page takes. */
	readonly document: CircuitDocument;
	/** Edges that were too many to be loaded. */
	readonly edgesLeft: number;
	readonly step: number;
	/** What undo and redo would do next. */
	readonly undo: string | null;
	readonly redo: string | null;
	/** Edits that undo could take back, one after the other. */
	readonly undoable: number;
	readonly run: RunDescription | null;
	readonly runs: number;
	/** A state of the past that is looked at; edits wait until it is left. */
	readonly preview: { readonly step: number; readonly document: CircuitDocument } | null;
	/** Edits under way to the service. */
	readonly saving: number;
}

export const useDocument = create<DocumentState>(() => ({
	name: null,
	loading: false,
	document: emptyDocument,
	edgesLeft: 0,
	step: 0,
	undo: null,
	redo: null,
	undoable: 0,
	run: null,
	runs: 0,
	preview: null,
	saving: 0,
}));

const { setState: set, getState: get } = useDocument;

export async function openCircuit(name: string): Promise<void> {
	set({ loading: true });
	try {
		const loaded = await client.call("circuits.load", { name });
		const anew = get().name !== name;
		show(loaded);
		if (anew) readView(loaded.view);
		if (useSession.getState().settings.lastCircuit !== name) saveSettings({ lastCircuit: name });
	} catch (error) {
		const isGone = error instanceof AppError && error.code === "not-found";
		if (isGone && get().name === name) closeCircuit();
		// A trace that failed at once took the circuit with it that was made for it, and says itself why.
		const { jobs } = useSession.getState();
		if (!(isGone && jobs.some(({ circuit, state }) => circuit === name && state === "failed"))) reportError(error);
	} finally {
		set({ loading: false });
	}
}

/** Back to the start screen. */
export function closeCircuit(): void {
	set({
		name: null,
		document: emptyDocument,
		edgesLeft: 0,
		run: null,
		step: 0,
		undo: null,
		redo: null,
		undoable: 0,
		preview: null,
		runs: 0,
	});
	resetView();
	saveSettings({ lastCircuit: null });
}

/** A circuit that was made for a trace goes where nothing came of it: what was open before comes back. */
function leaveDeleted(): void {
	const { circuits } = useSession.getState();
	if (before !== null && circuits.some(({ name }) => name === before)) void openCircuit(before);
	else closeCircuit();
}

/** The circuit that was open before this one. */
let before: string | null = null;

function show({ name, step, document, edges, undo, redo, undoable, run, runs }: LoadedCircuit): void {
	const edgesLeft = edges - document.edges.length;
	set({ name, step, document, edgesLeft, undo, redo, undoable, run, runs, preview: null });
	loadFactsFor(name, document.nodes);
}

/** Changes the circuit here at once and in the store as soon as may be; where that fails, shows what is stored. */
export function edit(label: string, diff: DocumentDiff): void {
	const { name, document, preview } = get();
	if (name === null || preview || isComparing() || isEmptyDiff(diff)) return;
	set(({ saving }) => ({ document: applyDiff(document, diff), saving: saving + 1 }));
	client
		.call("circuits.edit", { name, diff, label, edit: crypto.randomUUID() })
		.catch((error) => {
			reportError(error);
			void openCircuit(name);
		})
		.finally(() => set(({ saving }) => ({ saving: saving - 1 })));
}

export function undo(): void {
	const { name } = get();
	if (name !== null && !isComparing()) client.call("circuits.undo", { name }).then(tellWhatWent, reportError);
}

/** An undo that takes nodes away, as that of a trace does, is told, with the way back. */
function tellWhatWent({ label, diff }: CircuitChange): void {
	const nodes = diff.nodes?.removed.length ?? 0;
	if (nodes === 0) return;
	const edges = diff.edges?.removed.length ?? 0;
	showToast({
		severity: "info",
		message: `Undone: ${label}. ${count(nodes, "node")} and ${count(edges, "edge")} are no longer in the circuit.`,
		action: { label: "Redo", run: redo },
	});
}

export function redo(): void {
	const { name } = get();
	if (name !== null && !isComparing()) client.call("circuits.redo", { name }).catch(reportError);
}

/** Looks at a state of the past without changing anything. */
export async function previewStep(step: number): Promise<void> {
	const { name, step: newest } = get();
	if (name === null) return;
	if (step === newest) return set({ preview: null });
	const state = await client.call("circuits.stateAt", { name, step });
	// Where nodes stood is looked up now: layouts are kept, not logged.
	const places = get().document.places;
	if (get().name === name) set({ preview: { step, document: { ...state, places } } });
}

export function leavePreview(): void {
	set({ preview: null });
}

export function goToStep(step: number): void {
	const { name } = get();
	set({ preview: null });
	if (name !== null) client.call("circuits.goTo", { name, step }).catch(reportError);
}

/** Keeps what the layout chose. No edit: nobody did anything. */
export function keepLayout(places: CircuitDocument["places"]): void {
	const { name, preview } = get();
	if (name === null || preview || isComparing() || places.length === 0) return;
	const known = new Set(get().document.places.map(({ id }) => id));
	const fresh = places.filter(({ id }) => !known.has(id));
	set(({ document }) => ({ document: { ...document, places: [...document.places, ...fresh] } }));
	client.call("circuits.saveLayout", { name, places: fresh }).catch(reportError);
}

function takeChange({ name, step, diff, undo: undoLabel, redo: redoLabel, undoable, described }: CircuitChange): void {
	const now = get();
	if (name !== now.name) return;
	// Something was missed, or it is not known what: the store knows. It also knows which edges are now the strongest.
	if (step > now.step + 1 || (now.edgesLeft > 0 && diff.edges)) return void openCircuit(name);
	const document = applyDiff(now.document, diff);
	set({ document, step: Math.max(step, now.step), undo: undoLabel, redo: redoLabel, undoable, ...described });
	if (diff.nodes) loadFactsFor(name, document.nodes);
}

/** Begins to listen to what other windows and traces change. */
export function startDocument(): void {
	client.on("circuit", takeChange);
	client.on("circuits", ({ renamed, deleted, external }) => {
		const { name } = get();
		if (external && name !== null) void openCircuit(name);
		if (renamed && renamed.from === name) {
			set({ name: renamed.to });
			saveSettings({ lastCircuit: renamed.to });
		}
		if (deleted !== undefined && deleted === name) leaveDeleted();
	});
	useDocument.subscribe(({ name }, last) => {
		if (name === last.name) return;
		before = last.name;
		saveViewSoon.flush();
	});
}

/** What is shown: the circuit, a state of its past, or two circuits as one. */
export const shownDocument = ({ document, preview }: DocumentState): CircuitDocument =>
	useComparison.getState().comparison?.document ?? preview?.document ?? document;
