import type { FeatureFacts } from "#shared/feature-facts";
import { unpackJson } from "./blobs.ts";
import { type FactBody, type FactPart, isPacked, packFactBody, unpackFactBody } from "./fact-bytes.ts";
import { FactTokens } from "./fact-tokens.ts";
import { type Database, transact } from "./sqlite.ts";

interface FactRow {
	readonly frequency: number;
	readonly max_activation: number;
	readonly body: Uint8Array;
}

/** What is known of features, by the hash of their dictionary. Numbers keep four digits. */
export class Facts {
	readonly #database: Database;
	readonly #find;
	readonly #count;
	readonly #tokens: FactTokens;

	constructor(database: Database) {
		this.#database = database;
		this.#tokens = new FactTokens(database);
		this.#find = database.prepare<[string, number], FactRow>(
			"SELECT frequency, max_activation, body FROM feature_fact WHERE dictionary = ? AND feature = ?",
		);
		this.#count = database.prepare<[string], number>("SELECT count(*) FROM feature_fact WHERE dictionary = ?").pluck();
	}

	/** All facts or none. */
	save(dictionary: string, facts: Iterable<FeatureFacts>): void {
		transact(this.#database, () => {
			const statement = this.#database.prepare(
				"INSERT OR REPLACE INTO feature_fact (dictionary, feature, frequency, max_activation, body) VALUES (?, ?, ?, ?, ?)",
			);
			const tokenId = this.#tokens.startNumbering();
			for (const { feature, frequency, maxActivation, ...body } of facts)
				statement.run(dictionary, feature, frequency, maxActivation, packFactBody(body, tokenId));
		});
	}

	load(dictionary: string, features: readonly number[], part?: FactPart): ReadonlyMap<number, FeatureFacts> {
		const found = new Map<number, FeatureFacts>();
		for (const feature of features) {
			const row = this.#find.get(dictionary, feature);
			if (!row) continue;
			const { frequency, max_activation: maxActivation, body } = row;
			found.set(feature, { feature, frequency, maxActivation, ...this.#readBody(body, part) });
		}
		return found;
	}

	count(dictionary: string): number {
		return this.#count.get(dictionary) ?? 0;
	}

	#readBody(body: Uint8Array, part?: FactPart): FactBody {
		return isPacked(body) ? unpackFactBody(body, this.#tokens.text, part) : (unpackJson(body) as FactBody);
	}
}
