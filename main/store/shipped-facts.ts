import { existsSync } from "node:fs";
import type { FeatureFacts } from "#shared/feature-facts";
import { withDatabaseErrors } from "./database-errors.ts";
import { Facts } from "./facts.ts";
import { openDatabase } from "./open-database.ts";
import { openSqlite } from "./sqlite.ts";

/** Facts from a file that comes with the app: it is only read, and nothing is written beside it. */
export function loadShippedFacts(
	path: string,
	dictionary: string,
	features: readonly number[],
): ReadonlyMap<number, FeatureFacts> {
	if (!existsSync(path)) return new Map();
	const read = () => {
		const database = openSqlite(path, { readonly: true });
		try {
			return new Facts(database).load(dictionary, features);
		} finally {
			database.close();
		}
	};
	return withDatabaseErrors(path, read, "install the program again");
}

/** Writes the file that the app ships. */
export function saveShippedFacts(
	path: string,
	dictionaries: readonly { readonly dictionary: string; readonly facts: Iterable<FeatureFacts> }[],
): void {
	const database = openDatabase(path);
	try {
		const store = new Facts(database);
		database
			.transaction(() => {
				for (const { dictionary, facts } of dictionaries) store.save(dictionary, facts);
			})
			.immediate();
		// One file, readable from a folder that cannot be written.
		database.pragma("journal_mode = DELETE");
		database.exec("VACUUM");
	} finally {
		database.close();
	}
}
