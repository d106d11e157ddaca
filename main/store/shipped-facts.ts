import { existsSync } from "node:fs";
import type { FeatureFacts } from "#shared/feature-facts";
import { Facts } from "./facts.ts";
import { openDatabase, openShippedDatabase } from "./open-database.ts";

/** Facts from a file that comes with the app and is never written. */
export function loadShippedFacts(
	path: string,
	dictionary: string,
	features: readonly number[],
): ReadonlyMap<number, FeatureFacts> {
	if (!existsSync(path)) return new Map();
	const database = openShippedDatabase(path);
	try {
		return new Facts(database).load(dictionary, features);
	} finally {
		database.close();
	}
}

/** Writes the file that the app ships. */
export function saveShippedFacts(
	path: string,
	dictionaries: readonly { readonly dictionary: string; readonly facts: readonly FeatureFacts[] }[],
): void {
	const database = openDatabase(path);
	try {
		const store = new Facts(database);
		for (const { dictionary, facts } of dictionaries) store.save(dictionary, facts);
		// One file, readable from a folder that cannot be written.
		database.pragma("journal_mode = DELETE");
		database.exec("VACUUM");
	} finally {
		database.close();
	}
}
