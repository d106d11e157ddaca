import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { withDatabaseErrors } from "./database-errors.ts";
import { isSealSound } from "./database-seal.ts";
import { openDatabase } from "./open-database.ts";
import { openSqlite } from "./sqlite.ts";
import { Store } from "./store.ts";

const largest = 8e9;

/**
 * Looks into a database that somebody sent: a copy of it is opened, so that the file stays as it is, and only where it
 * has our tables and nothing else that SQLite would run (views, triggers). Throws `bad-file` or `database`.
 */
export function withForeignDatabase<T>(path: string, name: string, use: (store: Store) => T): T {
	if (statSync(path).size > largest)
		throw new AppError(
			"bad-file",
			`${name} is larger than ${largest / 1e9} GB, and is not opened. Export fewer circuits.`,
		);
	const folder = mkdtempSync(join(tmpdir(), "scd-import-"));
	try {
		const copy = join(folder, "copy.sqlite");
		copyFileSync(path, copy);
		if (!isSealSound(copy)) throw new AppError("bad-file", `${name} is damaged. Ask for the file again.`);
		examine(copy, name);
		const store = new Store(copy);
		try {
			return use(store);
		} finally {
			store.dispose();
		}
	} catch (error) {
		// People know the file by its name, and not our copy.
		if (error instanceof AppError)
			throw new AppError(error.code, error.message.replaceAll(join(folder, "copy.sqlite"), name), error.data);
		throw error;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function examine(copy: string, name: string): void {
	const expected = new Set(withFreshDatabase((database) => listObjects(database)).map(({ name: own }) => own));
	withDatabaseErrors(copy, () => {
		const database = openSqlite(copy, { readonly: true });
		try {
			database.pragma("trusted_schema = OFF");
			database.pragma("cell_size_check = ON");
			const strange = listObjects(database).find(
				({ type, name: own }) => (type !== "table" && type !== "index") || !expected.has(own),
			);
			if (strange)
				throw new AppError(
					"bad-file",
					`${name} holds a ${strange.type} that no database of this program has, and is not opened.`,
					{ name: strange.name },
				);
			if (database.pragma("quick_check(1)", { simple: true }) !== "ok")
				throw new AppError("bad-file", `${name} is damaged. Ask for the file again.`);
		} finally {
			database.close();
		}
	});
}

type SqliteObject = { readonly type: string; readonly name: string };

function listObjects(database: ReturnType<typeof openSqlite>): readonly SqliteObject[] {
	return database
		.prepare<[], SqliteObject>("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
		.all();
}

function withFreshDatabase<T>(use: (database: ReturnType<typeof openSqlite>) => T): T {
	const folder = mkdtempSync(join(tmpdir(), "scd-schema-"));
	const database = openDatabase(join(folder, "fresh.sqlite"));
	try {
		return use(database);
	} finally {
		database.close();
		rmSync(folder, { recursive: true, force: true });
	}
}
