import { existsSync } from "node:fs";
import type { FeatureFacts } from "#shared/feature-facts";
import { withDatabaseErrors } from "./database-errors.ts";
import type { FactPart } from "./fact-bytes.ts";
import { Facts } from "./facts.ts";
import { openDatabase } from "./open-database.ts";
import { openSqlite } from "./sqlite.ts";

/** A circuit asks for one site after another; then the file is let go. */
const keptOpenMs = 2000;
const open = new Map<string, Facts>();

/** Facts from a file that comes with the app: it is only read, and nothing is written beside it. */
export function loadShippedFacts(
	path: string,
	dictionary: string,
	features: readonly number[],
	part?: FactPart,
): ReadonlyMap<number, FeatureFacts> {
	if (!existsSync(path)) return new Map();
	const read = () => openShipped(path).load(dictionary, features, part);
	return withDatabaseErrors(path, read, "install the program again");
}

function openShipped(path: string): Facts {
	const known = open.get(path);
	if (known) return known;
	const database = openSqlite(path, { readonly: true });
	try {
		const facts = new Facts(database);
		open.set(path, facts);
		setTimeout(() => {
			open.delete(path);
			database.close();
		}, keptOpenMs).unref();
		return facts;
	} catch (error) {
		database.close();
		throw error;
	}
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
