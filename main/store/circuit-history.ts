import { type CircuitDocument, emptyDocument } from "#shared/document";
import { applyDiff, type DocumentDiff } from "#shared/document-diff";
import { readEdgesDiff } from "#shared/edge-diff";
import { packJson, unpackJson } from "./blobs.ts";
import { EdgeSets } from "./edge-sets.ts";
import type { Database } from "./sqlite.ts";

/** One change of a circuit. */
export interface HistoryStep {
	/** Counted from 1. */
	readonly step: number;
	/** Null where a person changed it. */
	readonly run: number | null;
	readonly label: string;
	/** Milliseconds since 1970. */
	readonly at: number;
	readonly kind: "change" | "undo" | "redo";
	/** The step that an undo took back or a redo did again. */
	readonly ofStep: number | null;
}

export interface NewStep {
	readonly run?: number;
	readonly label: string;
	readonly diff: DocumentDiff;
	readonly kind?: HistoryStep["kind"];
	readonly ofStep?: number;
	/** Names an edit once, so that it is not made twice when it is sent twice. */
	readonly edit?: string;
}

/** Every change of every circuit, only ever added to: any state can be built again, and any change taken back. */
export class CircuitHistory {
	readonly #last;
	readonly #steps;
	readonly #edges: EdgeSets;
	readonly #diff;
	readonly #edit;
	readonly #append;
	readonly #copy;
	readonly #name;

	constructor(database: Database) {
		this.#last = database
			.prepare<[number], number>("SELECT coalesce(max(step), 0) FROM history WHERE circuit = ?")
			.pluck();
		this.#steps = database.prepare<[number], HistoryStep>(
			"SELECT step, run, label, at, kind, of_step AS ofStep FROM history WHERE circuit = ? ORDER BY step",
		);
		this.#edges = new EdgeSets(database);
		this.#diff = database
			.prepare<[number, number], Uint8Array>("SELECT diff FROM history WHERE circuit = ? AND step = ?")
			.pluck();
		this.#edit = database
			.prepare<[number, string], number>("SELECT step FROM history WHERE circuit = ? AND edit = ?")
			.pluck();
		this.#append = database.prepare(
			"INSERT INTO history (circuit, step, run, label, diff, at, kind, of_step, edit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		);
		this.#name = database.prepare<[string, number, number]>(
			"UPDATE history SET label = ? WHERE circuit = ? AND step = ?",
		);
		this.#copy = database.prepare(
			`INSERT INTO history (circuit, step, run, label, diff, at, kind, of_step)
			 SELECT ?, step, run, label, diff, at, kind, of_step FROM history WHERE circuit = ? AND step <= ?`,
		);
	}

	/** Gives a step a name that a person chose. What it changed stays as it was logged. */
	name(circuit: number, step: number, label: string): void {
		this.#name.run(label, circuit, step);
	}

	/** Number of the newest step; 0 where there is none. */
	lastStep(circuit: number): number {
		return this.#last.get(circuit) ?? 0;
	}

	steps(circuit: number): readonly HistoryStep[] {
		return this.#steps.all(circuit);
	}

	/** The step that an edit of this name made. */
	stepOfEdit(circuit: number, edit: string): number | undefined {
		return this.#edit.get(circuit, edit);
	}

	diffOf(circuit: number, step: number): DocumentDiff {
		const packed = this.#diff.get(circuit, step);
		if (!packed) return {};
		const edges = this.#edges.loadDiff(circuit, step);
		return { ...(unpackJson(packed) as DocumentDiff), ...(edges && { edges }) };
	}

	/** The circuit after its first `step` changes. */
	stateAt(circuit: number, step: number): CircuitDocument {
		let state = emptyDocument;
		for (const document of this.states(circuit, step)) state = document;
		return state;
	}

	/** The circuit after each of its first `step` changes. */
	*states(circuit: number, step: number): Iterable<CircuitDocument> {
		let state = emptyDocument;
		for (let number = 1; number <= step; number++) {
			state = applyDiff(state, this.diffOf(circuit, number));
			yield state;
		}
	}

	/** Returns the number of the new step. */
	append(circuit: number, { run, label, diff, kind = "change", ofStep, edit }: NewStep): number {
		const step = this.lastStep(circuit) + 1;
		const { edges, ...rest } = diff;
		this.#append.run(circuit, step, run ?? null, label, packJson(rest), Date.now(), kind, ofStep ?? null, edit ?? null);
		if (edges) this.#edges.saveDiff(circuit, step, readEdgesDiff(edges));
		return step;
	}

	/** Gives a new circuit the first `step` changes of another. */
	copy(from: number, to: number, step: number): void {
		this.#copy.run(to, from, step);
		for (let number = 1; number <= step; number++) {
			const edges = this.#edges.loadDiff(from, number);
			if (edges) this.#edges.saveDiff(to, number, edges);
		}
	}
}

/** Steps that can be taken back and steps that can be done again, the next one last: read off the log alone. */
export function findUndoable(steps: readonly HistoryStep[]): {
	readonly undo: readonly HistoryStep[];
	readonly redo: readonly HistoryStep[];
} {
	const byNumber = new Map(steps.map((step) => [step.step, step]));
	const [undo, redo]: [HistoryStep[], HistoryStep[]] = [[], []];
	for (const step of steps) {
		const original = step.ofStep === null ? undefined : byNumber.get(step.ofStep);
		if (step.kind === "change" || !original) {
			undo.push(step);
			redo.length = 0;
		} else {
			const [from, to] = step.kind === "undo" ? [undo, redo] : [redo, undo];
			from.splice(from.lastIndexOf(original), 1);
			to.push(original);
		}
	}
	return { undo, redo };
}
