import type { Circuit } from "#shared/circuit";
import { applyDiff, type CircuitDiff } from "#shared/circuit-diff";
import { packJson, unpackJson } from "./blobs.ts";
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
}

/** Every change of every circuit, only ever added to: any state can be built again, and any change taken back. */
export class CircuitHistory {
	readonly #last;
	readonly #steps;
	readonly #diffs;
	readonly #append;
	readonly #copy;

	constructor(database: Database) {
		this.#last = database
			.prepare<[number], number>("SELECT coalesce(max(step), 0) FROM history WHERE circuit = ?")
			.pluck();
		this.#steps = database.prepare<[number], HistoryStep>(
			"SELECT step, run, label, at FROM history WHERE circuit = ? ORDER BY step",
		);
		this.#diffs = database
			.prepare<[number, number], Uint8Array>("SELECT diff FROM history WHERE circuit = ? AND step <= ? ORDER BY step")
			.pluck();
		this.#append = database.prepare(
			"INSERT INTO history (circuit, step, run, label, diff, at) VALUES (?, ?, ?, ?, ?, ?)",
		);
		this.#copy = database.prepare(
			`INSERT INTO history (circuit, step, run, label, diff, at)
			 SELECT ?, step, run, label, diff, at FROM history WHERE circuit = ? AND step <= ?`,
		);
	}

	/** Number of the newest step; 0 where there is none. */
	lastStep(circuit: number): number {
		return this.#last.get(circuit) ?? 0;
	}

	steps(circuit: number): readonly HistoryStep[] {
		return this.#steps.all(circuit);
	}

	/** The circuit after its first `step` changes. */
	stateAt(circuit: number, step: number): Circuit {
		return this.#diffs
			.all(circuit, step)
			.reduce<Circuit>((state, diff) => applyDiff(state, unpackJson(diff) as CircuitDiff), { nodes: [], edges: [] });
	}

	append(circuit: number, run: number | null, label: string, diff: CircuitDiff): void {
		this.#append.run(circuit, this.lastStep(circuit) + 1, run, label, packJson(diff), Date.now());
	}

	/** Gives a new circuit the first `step` changes of another. */
	copy(from: number, to: number, step: number): void {
		this.#copy.run(to, from, step);
	}
}
