import { isProcessAlive } from "./process-alive.ts";
import type { Database } from "./sqlite.ts";

/** A download as it is remembered; what it is of and how far it is, is JSON of the app's own form. */
export interface StoredDownload {
	readonly id: string;
	readonly body: unknown;
	/** The process that runs it is gone: it was cut off. */
	readonly abandoned: boolean;
}

interface Row {
	readonly id: string;
	readonly body: string;
	readonly pid: number;
	readonly began_at: number;
}

/** Downloads that were asked for and not dismissed. Each belongs to the process that began or took it over. */
export class Downloads {
	readonly #list;
	readonly #save;
	readonly #delete;

	constructor(database: Database) {
		this.#list = database.prepare<[], Row>("SELECT id, body, pid, began_at FROM download ORDER BY at, id");
		this.#save = database.prepare<[string, string, number, number, number]>(
			`INSERT INTO download (id, body, pid, began_at, at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET body = excluded.body, pid = excluded.pid, began_at = excluded.began_at`,
		);
		this.#delete = database.prepare<[string]>("DELETE FROM download WHERE id = ?");
	}

	/** Those that no other living process has. */
	list(): readonly StoredDownload[] {
		return this.#list
			.all()
			.filter(({ pid, began_at }) => pid === process.pid || !isProcessAlive(pid, began_at))
			.map(({ id, body, pid, began_at }) => ({
				id,
				body: JSON.parse(body) as unknown,
				abandoned: !isProcessAlive(pid, began_at),
			}));
	}

	save(id: string, body: unknown): void {
		const now = Date.now();
		this.#save.run(id, JSON.stringify(body), process.pid, now, now);
	}

	delete(id: string): void {
		this.#delete.run(id);
	}
}
