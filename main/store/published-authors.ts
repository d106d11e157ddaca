import type { PublishedExplanation } from "#shared/published";
import type { Database } from "./sqlite.ts";

type Author = Pick<PublishedExplanation, "model" | "method" | "author">;

/** Who wrote explanations, each stored once under a number: of millions of labels there are a handful of writers. */
export class PublishedAuthors {
	readonly #database: Database;
	readonly #numbers = new Map<string, number>();
	readonly #authors = new Map<number, Author>();

	constructor(database: Database) {
		this.#database = database;
	}

	/** Part of a transaction. */
	number({ model = "", method = "", author = "" }: Author): number {
		const key = `${model}\n${method}\n${author}`;
		const known = this.#numbers.get(key);
		if (known !== undefined) return known;
		this.#database
			.prepare("INSERT OR IGNORE INTO published_author (model, method, author) VALUES (?, ?, ?)")
			.run(model, method, author);
		const id = this.#database
			.prepare<[string, string, string], number>(
				"SELECT id FROM published_author WHERE model = ? AND method = ? AND author = ?",
			)
			.pluck()
			.get(model, method, author) as number;
		this.#numbers.set(key, id);
		return id;
	}

	forget(): void {
		this.#numbers.clear();
		this.#authors.clear();
	}

	read(id: number): Author {
		const known = this.#authors.get(id);
		if (known) return known;
		const row = this.#database
			.prepare<[number], Required<Author>>("SELECT model, method, author FROM published_author WHERE id = ?")
			.get(id);
		const { model, method, author } = row ?? { model: "", method: "", author: "" };
		const found = { ...(model && { model }), ...(method && { method }), ...(author && { author }) };
		this.#authors.set(id, found);
		return found;
	}
}
