import { createHash } from "node:crypto";
import { AppError } from "#shared/errors";
import { type Migration, migrations } from "./migrations.ts";
import { upgradeRow } from "./run-requests.ts";
import type { Database } from "./sqlite.ts";

export const newestSchema = migrations.length;

/**
 * How many steps of the schema a database has; 0 where it is still empty. Reads only.
 * Throws `database` when it belongs to another program or to another version of this one.
 */
export function readSchema(database: Database, path: string): number {
	const tables = database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
	if (tables.length === 0) return 0;
	const refuse = (why: string, advice = "Give another --db.") =>
		new AppError("database", `The database ${path} ${why}. ${advice}`, { path });
	if (!tables.includes("migration")) throw refuse("belongs to another program, and was left as it is");
	const applied = database
		.prepare<[], { number: number; hash: string }>("SELECT number, hash FROM migration ORDER BY number")
		.all();
	const newest = applied.at(-1)?.number ?? 0;
	if (newest > newestSchema)
		throw refuse(
			`was made by a newer version of this program (schema ${newest}, this one knows ${newestSchema})`,
			"Update the program or give another --db.",
		);
	for (const [i, migration] of migrations.slice(0, newest).entries())
		if (applied[i]?.number !== i + 1 || applied[i].hash !== hashMigration(migration))
			throw refuse(`has another schema than any version of this program (step ${i + 1})`);
	return newest;
}

/**
 * Applies the steps that a database lacks, or those of them up to `last`, all or none. Two processes that do so at once
 * wait for one another.
 */
export function migrate(database: Database, path: string, last = newestSchema): void {
	// Without a lock first, so that reading need not wait for another process's writing.
	if (readSchema(database, path) >= last) return;
	const apply = database.transaction(() => {
		const present = readSchema(database, path);
		if (present >= last) return;
		prepareMigrationTable(database);
		database.function("upgrade_request", { deterministic: true, directOnly: true }, upgradeRow);
		const record = database.prepare("INSERT INTO migration (number, name, hash, applied_at) VALUES (?, ?, ?, ?)");
		for (const [i, migration] of migrations.entries()) {
			if (i < present || i >= last) continue;
			database.exec(migration.sql);
			migration.move?.(database);
			record.run(i + 1, migration.name, hashMigration(migration), Date.now());
		}
	});
	apply.immediate();
}

function prepareMigrationTable(database: Database): void {
	database.exec(
		"CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '', hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
	);
	const columns = database.prepare<[], string>("SELECT name FROM pragma_table_info('migration')").pluck().all();
	// The first databases gave their steps no names.
	if (!columns.includes("name")) database.exec("ALTER TABLE migration ADD COLUMN name TEXT NOT NULL DEFAULT ''");
}

function hashMigration({ sql }: Migration): string {
	return createHash("sha256").update(sql).digest("hex").slice(0, 16);
}
