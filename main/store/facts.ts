import type { FeatureFacts } from "#shared/feature-facts";
import { unpackJson } from "./blobs.ts";
import { type FactBody, isPacked, packFactBody, unpackFactBody } from "./fact-bytes.ts";
import type { Database } from "./sqlite.ts";

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
	/** Texts of tokens by their number in `fact_token`, as far as they have been needed. */
	readonly #texts = new Map<number, string>();

	constructor(database: Database) {
		this.#database = database;
		this.#find = database.prepare<[string, number], FactRow>(
			"SELECT frequency, max_activation, body FROM feature_fact WHERE dictionary = ? AND feature = ?",
		);
		this.#count = database.prepare<[string], number>("SELECT count(*) FROM feature_fact WHERE dictionary = ?").pluck();
	}

	/** Part of a transaction: all facts or none. */
	save(dictionary: string, facts: Iterable<FeatureFacts>): void {
		const statement = this.#database.prepare(
			"INSERT OR REPLACE INTO feature_fact (dictionary, feature, frequency, max_activation, body) VALUES (?, ?, ?, ?, ?)",
		);
		const tokenId = this.#numberTokens();
		for (const { feature, frequency, maxActivation, ...body } of facts)
			statement.run(dictionary, feature, frequency, maxActivation, packFactBody(body, tokenId));
	}

	load(dictionary: string, features: readonly number[]): ReadonlyMap<number, FeatureFacts> {
		const found = new Map<number, FeatureFacts>();
		for (const feature of features) {
			const row = this.#find.get(dictionary, feature);
			if (!row) continue;
			const { frequency, max_activation: maxActivation, body } = row;
			found.set(feature, { feature, frequency, maxActivation, ...this.#readBody(body) });
		}
		return found;
	}

	count(dictionary: string): number {
		return this.#count.get(dictionary) ?? 0;
	}

	#readBody(body: Uint8Array): FactBody {
		return isPacked(body) ? unpackFactBody(body, (id) => this.#tokenText(id)) : (unpackJson(body) as FactBody);
	}

	#tokenText(id: number): string {
		let text = this.#texts.get(id);
		if (text === undefined) {
			text = this.#database.prepare<[number], string>("SELECT text FROM fact_token WHERE id = ?").pluck().get(id) ?? "";
			this.#texts.set(id, text);
		}
		return text;
	}

	/** Numbers for texts, in order of their first use, so that the commonest get the smallest. */
	#numberTokens(): (text: string) => number {
		const add = this.#database.prepare("INSERT OR IGNORE INTO fact_token (text) VALUES (?)");
		const find = this.#database.prepare<[string], number>("SELECT id FROM fact_token WHERE text = ?").pluck();
		const known = new Map<string, number>();
		return (text) => {
			let id = known.get(text);
			if (id === undefined) {
				add.run(text);
				id = find.get(text) ?? 0;
				known.set(text, id);
			}
			return id;
		};
	}
}
