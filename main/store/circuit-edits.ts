import type { Place } from "#shared/document";
import { collections } from "#shared/document";
import {
	type DocumentDiff,
	diffDocuments,
	diffMerge,
	invertDiff,
	isEmptyDiff,
	rebaseDiff,
} from "#shared/document-diff";
import { type CircuitHistory, findUndoable, type NewStep } from "./circuit-history.ts";
import type { CircuitParts } from "./circuit-parts.ts";
import type { Database } from "./sqlite.ts";

/** What an edit did: the change as it took effect, which every window applies. */
export interface EditOutcome {
	/** Number of the newest step. */
	readonly step: number;
	readonly label: string;
	/** Empty where there was nothing to change. */
	readonly diff: DocumentDiff;
}

/** Changes that people make, and the way back from each, also after the program was closed. */
export class CircuitEdits {
	readonly #history: CircuitHistory;
	readonly #parts: CircuitParts;
	readonly #touch;
	readonly #view;
	readonly #saveView;

	constructor(database: Database, history: CircuitHistory, parts: CircuitParts) {
		this.#history = history;
		this.#parts = parts;
		this.#touch = database.prepare<[number, number]>("UPDATE circuit SET updated_at = ? WHERE id = ?");
		this.#view = database.prepare<[number], string>("SELECT body FROM circuit_view WHERE circuit = ?").pluck();
		this.#saveView = database.prepare<[number, string]>(
			"INSERT OR REPLACE INTO circuit_view (circuit, body) VALUES (?, ?)",
		);
	}

	/** Makes a change once, however often it is sent. */
	edit(circuit: number, diff: DocumentDiff, label: string, edit: string): EditOutcome {
		const made = this.#history.stepOfEdit(circuit, edit);
		if (made !== undefined) return { step: made, label, diff: this.#history.diffOf(circuit, made) };
		return this.#change(circuit, diff, { label, edit });
	}

	/** Takes the newest change back that has not been; an empty diff where there is none. */
	undo(circuit: number): EditOutcome {
		const last = findUndoable(this.#history.steps(circuit)).undo.at(-1);
		if (!last) return this.#nothing(circuit);
		const inverse = invertDiff(this.#history.diffOf(circuit, last.step));
		return this.#change(circuit, inverse, { label: last.label, kind: "undo", ofStep: last.step }, true);
	}

	redo(circuit: number): EditOutcome {
		const last = findUndoable(this.#history.steps(circuit)).redo.at(-1);
		if (!last) return this.#nothing(circuit);
		const again = this.#history.diffOf(circuit, last.step);
		return this.#change(circuit, again, { label: last.label, kind: "redo", ofStep: last.step }, true);
	}

	/** Brings back the state after `step`, as a change that can be taken back like any other. */
	goTo(circuit: number, step: number): EditOutcome {
		const now = this.#history.stateAt(circuit, this.#history.lastStep(circuit));
		const diff = diffDocuments(now, this.#history.stateAt(circuit, step));
		return this.#change(circuit, diff, { label: `Back to step ${step}` });
	}

	/** Keeps places that the layout chose: no step of the history, for nobody did anything. */
	saveLayout(circuit: number, places: readonly Place[]): void {
		this.#parts.save(circuit, diffMerge(this.#parts.load(circuit, ["places"]), { places }));
	}

	/** How a circuit was last looked at: zoom, selection, filters. JSON of the renderer's own. */
	loadView(circuit: number): unknown {
		const body = this.#view.get(circuit);
		return body === undefined ? undefined : (JSON.parse(body) as unknown);
	}

	saveView(circuit: number, view: unknown): void {
		this.#saveView.run(circuit, JSON.stringify(view));
	}

	#change(circuit: number, diff: DocumentDiff, step: Omit<NewStep, "diff">, evenIfEmpty = false): EditOutcome {
		const touched = collections.filter((name) => diff[name] !== undefined);
		const effective = rebaseDiff(this.#parts.load(circuit, touched), diff);
		// An undo that finds nothing left to take back must still pass the step by.
		if (isEmptyDiff(effective) && !evenIfEmpty) return { ...this.#nothing(circuit), label: step.label };
		this.#parts.save(circuit, effective);
		const number = this.#history.append(circuit, { ...step, diff: effective });
		this.#touch.run(Date.now(), circuit);
		return { step: number, label: step.label, diff: effective };
	}

	#nothing(circuit: number): EditOutcome {
		return { step: this.#history.lastStep(circuit), label: "", diff: {} };
	}
}
