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
import { joinEdges, readEdgesDiff } from "#shared/edge-diff";
import { CircuitHistory, findUndoable, type NewStep } from "./circuit-history.ts";
import { CircuitParts } from "./circuit-parts.ts";
import type { Circuits } from "./circuits.ts";
import { type Database, transact } from "./sqlite.ts";

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
	readonly #database: Database;
	readonly #circuits: Circuits;
	readonly #history: CircuitHistory;
	readonly #parts: CircuitParts;
	readonly #touch;
	readonly #view;
	readonly #saveView;

	constructor(database: Database, circuits: Circuits) {
		this.#database = database;
		this.#circuits = circuits;
		this.#history = new CircuitHistory(database);
		this.#parts = new CircuitParts(database);
		this.#touch = database.prepare<[number, number]>("UPDATE circuit SET updated_at = ? WHERE id = ?");
		this.#view = database.prepare<[number], string>("SELECT body FROM circuit_view WHERE circuit = ?").pluck();
		this.#saveView = database.prepare<[number, string]>(
			"INSERT OR REPLACE INTO circuit_view (circuit, body) VALUES (?, ?)",
		);
	}

	/** Makes a change once, however often it is sent under the same `edit`. */
	edit(name: string, diff: DocumentDiff, label: string, edit: string): EditOutcome {
		return this.#write(name, (circuit) => {
			const made = this.#history.stepOfEdit(circuit, edit);
			if (made !== undefined) return { step: made, label, diff: this.#history.diffOf(circuit, made) };
			return this.#change(circuit, diff, { label, edit });
		});
	}

	/** Takes the newest change back that has not been; an empty diff where there is none. */
	undo(name: string): EditOutcome {
		return this.#write(name, (circuit) => {
			const last = findUndoable(this.#history.steps(circuit)).undo.at(-1);
			if (!last) return this.#nothing(circuit);
			const inverse = invertDiff(this.#history.diffOf(circuit, last.step));
			return this.#change(circuit, inverse, { label: last.label, kind: "undo", ofStep: last.step }, true);
		});
	}

	redo(name: string): EditOutcome {
		return this.#write(name, (circuit) => {
			const last = findUndoable(this.#history.steps(circuit)).redo.at(-1);
			if (!last) return this.#nothing(circuit);
			const again = this.#history.diffOf(circuit, last.step);
			return this.#change(circuit, again, { label: last.label, kind: "redo", ofStep: last.step }, true);
		});
	}

	/** Brings back the state after `step`, as a change that can be taken back. Throws `usage` on a step that there is not. */
	goTo(name: string, step: number): EditOutcome {
		return this.#write(name, (circuit) => {
			const now = this.#history.stateAt(circuit, this.#history.lastStep(circuit));
			const diff = diffDocuments(now, this.#circuits.stateAt(name, step));
			return this.#change(circuit, diff, { label: `Back to step ${step}` });
		});
	}

	/** Keeps places that the layout chose: no step of the history, for nobody did anything. */
	saveLayout(name: string, places: readonly Place[]): void {
		this.#write(name, (circuit) =>
			this.#parts.save(circuit, diffMerge(this.#parts.load(circuit, ["places"]), { places })),
		);
	}

	/** How a circuit was last looked at: zoom, selection, filters. JSON of the renderer's own. */
	loadView(name: string): unknown {
		const body = this.#view.get(this.#circuits.idOf(name));
		return body === undefined ? undefined : (JSON.parse(body) as unknown);
	}

	saveView(name: string, view: unknown): void {
		this.#write(name, (circuit) => this.#saveView.run(circuit, JSON.stringify(view)));
	}

	#write<T>(name: string, action: (circuit: number) => T): T {
		return transact(this.#database, () => action(this.#circuits.idOf(name)));
	}

	#change(circuit: number, diff: DocumentDiff, step: Omit<NewStep, "diff">, evenIfEmpty = false): EditOutcome {
		const whole = this.#withEdgesOfNodes(circuit, diff);
		const touched = collections.filter((name) => whole[name] !== undefined);
		const effective = rebaseDiff(this.#parts.load(circuit, touched), whole);
		// An undo that finds nothing left to take back must still pass the step by.
		if (isEmptyDiff(effective) && !evenIfEmpty) return { ...this.#nothing(circuit), label: step.label };
		this.#parts.save(circuit, effective);
		const number = this.#history.append(circuit, { ...step, diff: effective });
		this.#touch.run(Date.now(), circuit);
		return { step: number, label: step.label, diff: effective };
	}

	/** A node takes all its edges along: a page may know only the strongest. */
	#withEdgesOfNodes(circuit: number, diff: DocumentDiff): DocumentDiff {
		const gone = diff.nodes?.removed.map(({ id }) => id) ?? [];
		if (gone.length === 0) return diff;
		const { added, updated, removed } = readEdgesDiff(diff.edges ?? { added: [], updated: [], removed: [] });
		const all = joinEdges([removed, this.#parts.edgesOf(circuit, gone)]);
		return { ...diff, edges: { added, updated, removed: all } };
	}

	#nothing(circuit: number): EditOutcome {
		return { step: this.#history.lastStep(circuit), label: "", diff: {} };
	}
}
