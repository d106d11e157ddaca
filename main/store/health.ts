import { existsSync, statSync } from "node:fs";
import { withDatabaseErrors } from "./database-errors.ts";
import { readSchema } from "./schema.ts";
import { openSqlite } from "./sqlite.ts";

export interface DatabaseHealth {
	readonly path: string;
	/** Absent where there is no database yet. */
	readonly bytes?: number;
	readonly schema?: number;
	/** `ok`, or what is damaged. */
	readonly check?: string;
	/** `wal`, unless something else changed it. */
	readonly journalMode?: string;
	readonly circuits?: number;
	readonly runs?: number;
	/** Stored parts of traces, which later traces reuse. */
	readonly pieces?: number;
	/** Features of which facts are stored. */
	readonly facts?: number;
}

/** Looks at a database without changing it. Throws `database` where it cannot be read at all or is not ours. */
export function checkDatabase(path: string): DatabaseHealth {
	if (!existsSync(path)) return { path };
	return withDatabaseErrors(path, () => {
		const database = openSqlite(path, { readonly: true });
		try {
			const schema = readSchema(database, path);
			const count = (table: string) =>
				schema === 0 ? 0 : (database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0);
			return {
				path,
				bytes: statSync(path).size,
				schema,
				check: database.pragma("quick_check(1)", { simple: true }) as string,
				journalMode: database.pragma("journal_mode", { simple: true }) as string,
				circuits: count("circuit"),
				runs: count("run"),
				pieces: count("activation") + count("result"),
				facts: count("feature_fact"),
			};
		} finally {
			database.close();
		}
	});
}

export { newestSchema } from "./schema.ts";
export { sqliteVersion } from "./sqlite.ts";
