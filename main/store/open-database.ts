import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import Sqlite from "better-sqlite3";
import envPaths from "env-paths";
import { AppError } from "#shared/errors";
import { withDatabaseErrors } from "./database-errors.ts";
import { migrations } from "./migrations.ts";

export type Database = Sqlite.Database;

/** `scd.sqlite` in the platform's folder for application data. */
export function defaultDatabasePath(): string {
	return join(envPaths("sparse-circuit-discovery", { suffix: "" }).data, "scd.sqlite");
}

/** Opens a database, brings its schema up to date, and makes it if there is none. Throws `database` or `disk-full`. */
export function openDatabase(path: string): Database {
	return withDatabaseErrors(path, () => {
		makeFolder(dirname(path));
		const database = new Sqlite(path, { timeout: 5000 });
		try {
			database.pragma("journal_mode = WAL");
			database.pragma("synchronous = NORMAL");
			database.pragma("foreign_keys = ON");
			migrate(database, path);
			return database;
		} catch (error) {
			database.close();
			throw error;
		}
	});
}

/** Folder by folder: Node's recursive way never returns where a file system refuses, as /proc does. */
function makeFolder(folder: string): void {
	if (existsSync(folder)) return;
	makeFolder(dirname(folder));
	mkdirSync(folder);
}

/** Opens a database of facts that is shipped and never written. */
export function openShippedDatabase(path: string): Database {
	return withDatabaseErrors(path, () => new Sqlite(path, { readonly: true, fileMustExist: true }));
}

function migrate(database: Database, path: string): void {
	database.exec(
		"CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
	);
	const apply = database.transaction(() => {
		const applied = database
			.prepare<[], { number: number; hash: string }>("SELECT number, hash FROM migration ORDER BY number")
			.all();
		if (applied.length > migrations.length)
			throw new AppError(
				"database",
				`The database ${path} was made by a newer version of this program (schema ${applied.length}, this one knows ${migrations.length}). Update the program or give another --db.`,
				{ path },
			);
		for (const [i, sql] of migrations.entries()) {
			const hash = createHash("sha256").update(sql).digest("hex").slice(0, 16);
			const known = applied[i];
			if (known && known.hash !== hash)
				throw new AppError(
					"database",
					`The database ${path} has another schema than any version of this program (step ${i + 1}). Give another --db.`,
					{ path },
				);
			if (known) continue;
			database.exec(sql);
			database
				.prepare("INSERT INTO migration (number, hash, applied_at) VALUES (?, ?, ?)")
				.run(i + 1, hash, Date.now());
		}
	});
	apply.immediate();
}
