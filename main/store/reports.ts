import { packJson, unpackJson } from "./blobs.ts";
import type { Circuits } from "./circuits.ts";
import { type Database, transact } from "./sqlite.ts";

/** A result that is no circuit, with everything that decided it. */
export interface StoredReport {
	readonly id: number;
	readonly kind: string;
	/** JSON of the method's own form. */
	readonly request: unknown;
	readonly body: unknown;
	readonly at: number;
}

interface ReportRow {
	readonly id: number;
	readonly kind: string;
	readonly request: string;
	readonly body: Uint8Array;
	readonly at: number;
}

/** Results of validations, consensus, clusters and trained dictionaries. Those of a circuit go with it. */
export class Reports {
	readonly #database: Database;
	readonly #circuits: Pick<Circuits, "idOf">;

	constructor(database: Database, circuits: Pick<Circuits, "idOf">) {
		this.#database = database;
		this.#circuits = circuits;
	}

	/** `circuit` is the one that it belongs to; null where it belongs to none. */
	save(
		kind: string,
		circuit: string | null,
		request: unknown,
		body: unknown,
		versions: Readonly<Record<string, string>>,
	): number {
		return transact(this.#database, () => {
			const { lastInsertRowid } = this.#database
				.prepare("INSERT INTO report (kind, circuit, request, body, versions, at) VALUES (?, ?, ?, ?, ?, ?)")
				.run(kind, this.#idOf(circuit), JSON.stringify(request), packJson(body), JSON.stringify(versions), Date.now());
			return Number(lastInsertRowid);
		});
	}

	/** Newest first; without a circuit those that belong to none. */
	list(kind: string, circuit: string | null): readonly StoredReport[] {
		return this.#database
			.prepare<[string, number | null], ReportRow>(
				"SELECT id, kind, request, body, at FROM report WHERE kind = ? AND circuit IS ? ORDER BY at DESC, id DESC",
			)
			.all(kind, this.#idOf(circuit))
			.map(unpackReport);
	}

	/** Numbers of those whose request says of which dictionary they are; no report is unpacked. */
	listOfDictionary(kind: string, hash: string): readonly number[] {
		return this.#database
			.prepare<[string, string], number>("SELECT id FROM report WHERE kind = ? AND json_extract(request, '$.hash') = ?")
			.pluck()
			.all(kind, hash);
	}

	load(id: number): StoredReport | undefined {
		const row = this.#database
			.prepare<[number], ReportRow>("SELECT id, kind, request, body, at FROM report WHERE id = ?")
			.get(id);
		return row && unpackReport(row);
	}

	delete(id: number): void {
		this.#database.prepare("DELETE FROM report WHERE id = ?").run(id);
	}

	#idOf(circuit: string | null): number | null {
		return circuit === null ? null : this.#circuits.idOf(circuit);
	}
}

function unpackReport({ request, body, ...row }: ReportRow): StoredReport {
	return { ...row, request: JSON.parse(request) as unknown, body: unpackJson(body) };
}
