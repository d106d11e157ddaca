import { existsSync } from "node:fs";
import type { FeatureFacts } from "#shared/feature-facts";
import { Facts } from "./facts.ts";
import { openShippedDatabase } from "./open-database.ts";

/** Facts from a file that comes with the app and is never written. */
export function loadShippedFacts(path: string, dictionary: string, features: readonly number[]): ReadonlyMap<number, FeatureFacts> {
	if (!existsSync(path)) return new Map();
	const database = openShippedDatabase(path);
	try {
		return new Facts(database).load(dictionary, features);
	} finally {
		database.close();
	}
}
