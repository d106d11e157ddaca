import type { Database } from "./sqlite.ts";

/** Choices that outlive a session, and the folders of models and dictionaries that a person added. */
export class Settings {
	readonly #all;
	readonly #save;
	readonly #folders;
	readonly #addFolder;
	readonly #removeFolder;

	constructor(database: Database) {
		this.#all = database.prepare<[], { key: string; value: string }>("SELECT key, value FROM setting");
		this.#save = database.prepare<[string, string]>("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)");
		this.#folders = database.prepare<[], string>("SELECT path FROM library_folder ORDER BY added_at, path").pluck();
		this.#addFolder = database.prepare<[string, number]>(
			"INSERT OR IGNORE INTO library_folder (path, added_at) VALUES (?, ?)",
		);
		this.#removeFolder = database.prepare<[string]>("DELETE FROM library_folder WHERE path = ?");
	}

	/** By key; values are whatever JSON was saved. */
	load(): Readonly<Record<string, unknown>> {
		return Object.fromEntries(this.#all.all().map(({ key, value }) => [key, JSON.parse(value) as unknown]));
	}

	save(key: string, value: unknown): void {
		this.#save.run(key, JSON.stringify(value));
	}

	folders(): readonly string[] {
		return this.#folders.all();
	}

	addFolder(path: string): void {
		this.#addFolder.run(path, Date.now());
	}

	removeFolder(path: string): void {
		this.#removeFolder.run(path);
	}
}
