import Sqlite from "better-sqlite3";

export type Database = Sqlite.Database;
export type Statement<Parameters extends unknown[], Row> = Sqlite.Statement<Parameters, Row>;

/** How long a statement waits for another program's lock. */
export const busyTimeoutMs = 5000;

/** The one place where SQLite is reached. A file that is only read must exist. */
export function openSqlite(path: string, { readonly }: { readonly readonly: boolean }): Database {
	return new Sqlite(path, { readonly, fileMustExist: readonly, timeout: busyTimeoutMs });
}

/** All or nothing. Takes the lock at once, so that two processes wait for one another instead of failing in the middle. */
export function transact<T>(database: Database, action: () => T): T {
	return database.transaction(action).immediate();
}

export function sqliteVersion(): string {
	const database = new Sqlite(":memory:");
	try {
		return database.prepare<[], string>("SELECT sqlite_version()").pluck().get() ?? "";
	} finally {
		database.close();
	}
}
