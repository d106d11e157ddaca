import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import envPaths from "env-paths";
import { AppError } from "#shared/errors";
import { isDatabaseErrorOf, withDatabaseErrors } from "./database-errors.ts";
import { migrate, newestSchema, readSchema } from "./schema.ts";
import { busyTimeoutMs, type Database, openSqlite } from "./sqlite.ts";

export interface OpenOptions {
	/** Never writes; the database must exist and have the newest schema. */
	readonly readonly?: boolean;
}

/** `scd.sqlite` in the platform's folder for application data. */
export function defaultDatabasePath(): string {
	return join(envPaths("sparse-circuit-discovery", { suffix: "" }).data, "scd.sqlite");
}

/**
 * Opens a database, brings its schema up to date, and makes it if there is none. What is damaged, newer or another
 * program's is not written at all. Throws `usage`, `database` or `disk-full`.
 */
export function openDatabase(path: string, { readonly = false }: OpenOptions = {}): Database {
	// SQLite takes an empty name for a database that is gone when it is closed.
	if (path.trim() === "") throw new AppError("usage", "The database has no name. Give a file as --db.", { path });
	return withDatabaseErrors(path, () => {
		const file = resolve(path);
		if (readonly) return openForReading(file);
		if (existsSync(file)) examine(file);
		else makeFolder(dirname(file));
		const database = openSqlite(file, { readonly: false });
		try {
			switchToWriteAheadLog(database);
			database.pragma("synchronous = NORMAL");
			database.pragma("foreign_keys = ON");
			migrate(database, file);
			return database;
		} catch (error) {
			database.close();
			throw error;
		}
	});
}

function openForReading(file: string): Database {
	const database = openSqlite(file, { readonly: true });
	try {
		const schema = readSchema(database, file);
		if (schema < newestSchema)
			throw new AppError(
				"database",
				`The database ${file} was made by an older version of this program (schema ${schema} of ${newestSchema}). Run any command that may write to it once.`,
				{ path: file },
			);
		return database;
	} catch (error) {
		database.close();
		throw error;
	}
}

/** Looks before anything is written: setting a pragma or closing a writer already changes a file. */
function examine(file: string): void {
	if (statSync(file).size === 0) return;
	try {
		const database = openSqlite(file, { readonly: true });
		try {
			readSchema(database, file);
		} finally {
			database.close();
		}
	} catch (cause) {
		// A reader may not mend what a crash left or make the files that a log needs; a writer may, and says so if not.
		if (!isDatabaseErrorOf(cause, "SQLITE_CANTOPEN", "SQLITE_READONLY")) throw cause;
	}
}

/** Two processes that make one database at once cannot both switch, and SQLite does not wait here: try again. */
function switchToWriteAheadLog(database: Database): void {
	const giveUpAt = Date.now() + busyTimeoutMs;
	const pause = new Int32Array(new SharedArrayBuffer(4));
	for (;;) {
		try {
			if (database.pragma("journal_mode", { simple: true }) !== "wal") database.pragma("journal_mode = WAL");
			return;
		} catch (cause) {
			if (!isDatabaseErrorOf(cause, "SQLITE_BUSY") || Date.now() > giveUpAt) throw cause;
			Atomics.wait(pause, 0, 0, 20);
		}
	}
}

/** Folder by folder: Node's recursive way never returns where a file system refuses, as /proc does. */
function makeFolder(folder: string): void {
	if (existsSync(folder)) return;
	makeFolder(dirname(folder));
	mkdirSync(folder);
}
