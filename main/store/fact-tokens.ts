import type { Database, Statement } from "./sqlite.ts";

/** So many texts have been asked for that most of the others will be. */
const allFrom = 300;

/** Texts of the tokens in facts, each stored once under a number. */
export class FactTokens {
	readonly #database: Database;
	/** As far as they have been needed. */
	readonly #texts = new Map<number, string>();
	#find: Statement<[number], string> | undefined;
	#asked = 0;

	constructor(database: Database) {
		this.#database = database;
	}

	readonly text = (id: number): string => {
		let text = this.#texts.get(id);
		if (text === undefined) {
			if (++this.#asked === allFrom) return this.#loadAll().get(id) ?? "";
			this.#find ??= this.#database.prepare<[number], string>("SELECT text FROM fact_token WHERE id = ?").pluck();
			text = this.#find.get(id) ?? "";
			this.#texts.set(id, text);
		}
		return text;
	};

	/** All at once: faster than one after the other where many are wanted. */
	#loadAll(): ReadonlyMap<number, string> {
		const rows = this.#database.prepare<[], { id: number; text: string }>("SELECT id, text FROM fact_token");
		for (const { id, text } of rows.iterate()) this.#texts.set(id, text);
		return this.#texts;
	}

	/** Numbers for texts, in order of their first use, so that the commonest get the smallest. Within one transaction. */
	startNumbering(): (text: string) => number {
		const add = this.#database.prepare("INSERT OR IGNORE INTO fact_token (text) VALUES (?)");
		const find = this.#database.prepare<[string], number>("SELECT id FROM fact_token WHERE text = ?").pluck();
		const known = new Map<string, number>();
		return (text) => {
			let id = known.get(text);
			if (id === undefined) {
				add.run(text);
				id = find.get(text) ?? 0;
				known.set(text, id);
			}
			return id;
		};
	}
}
