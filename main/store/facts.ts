import type { FeatureFacts } from "#shared/feature-facts";
import { packJson, unpackJson } from "./blobs.ts";
import type { Database } from "./open-database.ts";

/** Rounded to four digits: people read them, and they compress. */
const rounded = (_key: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);

/** What is known of features, by the hash of their dictionary. */
export class Facts {
	readonly #database: Database;

	constructor(database: Database) {
		this.#database = database;
	}

	save(dictionary: string, facts: Iterable<FeatureFacts>): void {
		const statement = this.#database.prepare(
			"INSERT OR REPLACE INTO feature_fact (dictionary, feature, frequency, max_activation, body) VALUES (?, ?, ?, ?, ?)",
		);
		this.#database.transaction(() => {
			for (const { feature, frequency, maxActivation, contexts, raises, lowers } of facts) {
				const body = JSON.parse(JSON.stringify({ contexts, raises, lowers }, rounded)) as unknown;
				statement.run(dictionary, feature, frequency, maxActivation, packJson(body));
			}
		})();
	}

	load(dictionary: string, features: readonly number[]): ReadonlyMap<number, FeatureFacts> {
		const statement = this.#database.prepare<
			[string, number],
			{ frequency: number; max_activation: number; body: Uint8Array }
		>("SELECT frequency, max_activation, body FROM feature_fact WHERE dictionary = ? AND feature = ?");
		const found = new Map<number, FeatureFacts>();
		for (const feature of features) {
			const row = statement.get(dictionary, feature);
			if (!row) continue;
			const body = unpackJson(row.body) as Pick<FeatureFacts, "contexts" | "raises" | "lowers">;
			found.set(feature, { feature, frequency: row.frequency, maxActivation: row.max_activation, ...body });
		}
		return found;
	}

	count(dictionary: string): number {
		return (
			this.#database
				.prepare<[string], { n: number }>("SELECT count(*) AS n FROM feature_fact WHERE dictionary = ?")
				.get(dictionary)?.n ?? 0
		);
	}
}
