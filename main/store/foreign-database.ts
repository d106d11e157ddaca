import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { isDatabaseErrorOf, withDatabaseErrors } from "./database-errors.ts";
import { isSealSound } from "./database-seal.ts";
import { migrate, newestSchema, readSchema } from "./schema.ts";
import { type Database, openSqlite } from "./sqlite.ts";
import { Store } from "./store.ts";

const largest = 8e9;

/**
 * Looks into a database that somebody sent: a copy of it is opened, so that the file stays as it is, and only where it
 * has our tables to the letter and nothing else that SQLite would run (views, triggers, virtual tables, columns that are
 * computed). Throws `bad-file` or `database`.
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
		// What a sound database never makes SQLite say.
		if (isDatabaseErrorOf(error, "SQLITE_"))
			throw new AppError("bad-file", `${name} is damaged. Ask for the file again.`);
		throw error;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function examine(copy: string, name: string): void {
	const expected = new Set(listExpected(newestSchema).map(({ name: own }) => own));
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
			const changed = findChanged(listObjects(database), listExpected(readSchema(database, copy)));
			if (changed !== undefined)
				throw new AppError(
					"bad-file",
					`${name} has “${changed}” in another form than any version of this program makes it, and is not opened.`,
					{ name: changed },
				);
			if (database.pragma("quick_check(1)", { simple: true }) !== "ok")
				throw new AppError("bad-file", `${name} is damaged. Ask for the file again.`);
		} finally {
			database.close();
		}
	});
}

type SqliteObject = { readonly type: string; readonly name: string; readonly sql: string | null };

function listObjects(database: Database): readonly SqliteObject[] {
	return database
		.prepare<[], SqliteObject>("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
		.all();
}

/** The table of steps as the first databases have it, and as it became when steps got names. */
const olderSteps = [
	"CREATE TABLE migration (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
	"CREATE TABLE migration (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, applied_at INTEGER NOT NULL, name TEXT NOT NULL DEFAULT '') STRICT",
].map(normalize);

/** The name of what is missing, or is not what our own steps make. */
function findChanged(found: readonly SqliteObject[], expected: readonly SqliteObject[]): string | undefined {
	const forms = new Map(expected.map(({ name, sql }) => [name, [normalize(sql)]]));
	forms.get("migration")?.push(...olderSteps);
	const changed = found.find(({ name, sql }) => !forms.get(name)?.includes(normalize(sql)));
	const there = new Set(found.map(({ name }) => name));
	return (changed ?? expected.find(({ name }) => !there.has(name)))?.name;
}

/** SQLite's versions differ in how they quote and space what they change. */
function normalize(sql: string | null): string {
	return (sql ?? "").replace(/[\s"`[\]]/g, "").toLowerCase();
}

/** What a database of ours has after so many steps. */
function listExpected(steps: number): readonly SqliteObject[] {
	const database = openSqlite(":memory:", { readonly: false });
	try {
		migrate(database, ":memory:", steps);
		return listObjects(database);
	} finally {
		database.close();
	}
}
