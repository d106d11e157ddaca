import type { CarriedKnowledge } from "#shared/exchange/carried";
import { packJson, unpackJson } from "./blobs.ts";
import type { Database } from "./sqlite.ts";

/**
 * Knowledge that came with a circuit from another machine, by id without position. It belongs to that circuit alone, so
 * that a file from anybody changes nothing of what is known of a dictionary here.
 */
export class Carried {
	readonly #save;
	readonly #all;
	readonly #copy;

	constructor(database: Database) {
		this.#save = database.prepare<[number, string, Uint8Array]>(
			"INSERT OR REPLACE INTO carried (circuit, id, body) VALUES (?, ?, ?)",
		);
		this.#all = database.prepare<[number], { id: string; body: Uint8Array }>(
			"SELECT id, body FROM carried WHERE circuit = ?",
		);
		this.#copy = database.prepare<[number, number]>(
			"INSERT OR IGNORE INTO carried (circuit, id, body) SELECT ?, id, body FROM carried WHERE circuit = ?",
		);
	}

	save(circuit: number, known: Iterable<readonly [id: string, CarriedKnowledge]>): void {
		for (const [id, knowledge] of known) this.#save.run(circuit, id, packJson(knowledge));
	}

	load(circuit: number): ReadonlyMap<string, CarriedKnowledge> {
		return new Map(this.#all.all(circuit).map(({ id, body }) => [id, unpackJson(body) as CarriedKnowledge]));
	}

	/** To a branch. */
	copy(from: number, to: number): void {
		this.#copy.run(to, from);
	}
}
