import { existsSync, statSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { withDatabaseErrors } from "./database-errors.ts";
import { migrations } from "./migrations.ts";

export interface DatabaseHealth {
	readonly path: string;
	/** Absent where there is no database yet. */
	readonly bytes?: number;
	readonly schema?: number;
	/** `ok`, or what is damaged. */
	readonly check?: string;
	readonly circuits?: number;
	readonly runs?: number;
}

export const newestSchema = migrations.length;

/** Looks at a database without changing it. */
export function checkDatabase(path: string): DatabaseHealth {
	if (!existsSync(path)) return { path };
	return withDatabaseErrors(path, () => {
		const database = new Sqlite(path, { readonly: true });
		try {
			const count = (table: string) =>
				(database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
			const check = (database.pragma("quick_check(1)") as { quick_check: string }[])[0]?.quick_check ?? "";
			return {
				path,
				bytes: statSync(path).size,
				schema: count("migration"),
				check,
				circuits: count("circuit"),
				runs: count("run"),
			};
		} finally {
			database.close();
		}
	});
}

export function sqliteVersion(): string {
	const database = new Sqlite(":memory:");
	const { version } = database.prepare("SELECT sqlite_version() AS version").get() as { version: string };
	database.close();
	return version;
}
