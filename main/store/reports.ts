import { packJson, unpackJson } from "./blobs.ts";
import type { Database } from "./sqlite.ts";

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

	constructor(database: Database) {
		this.#database = database;
	}

	save(
		kind: string,
		circuit: number | null,
		request: unknown,
		body: unknown,
		versions: Readonly<Record<string, string>>,
	): number {
		const { lastInsertRowid } = this.#database
			.prepare("INSERT INTO report (kind, circuit, request, body, versions, at) VALUES (?, ?, ?, ?, ?, ?)")
			.run(kind, circuit, JSON.stringify(request), packJson(body), JSON.stringify(versions), Date.now());
		return Number(lastInsertRowid);
	}

	/** Newest first; without a circuit those that belong to none. */
	list(kind: string, circuit: number | null): readonly StoredReport[] {
		return this.#database
			.prepare<[string, number | null], ReportRow>(
				"SELECT id, kind, request, body, at FROM report WHERE kind = ? AND circuit IS ? ORDER BY at DESC, id DESC",
			)
			.all(kind, circuit)
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
}

function unpackReport({ request, body, ...row }: ReportRow): StoredReport {
	return { ...row, request: JSON.parse(request) as unknown, body: unpackJson(body) };
}
