import type { FeatureFacts } from "#shared/feature-facts";
import { type FactPart, packFactBody, unpackFactBody } from "./fact-bytes.ts";
import { FactTokens } from "./fact-tokens.ts";
import { type Database, transact } from "./sqlite.ts";

interface SampleRow {
	readonly frequency: number;
	readonly max_activation: number;
	readonly body: Uint8Array;
	readonly sample: string;
	readonly tokens: number;
	readonly at: number;
}

/** What features do on a sample text that was read in the background, by the hash of their dictionary. */
export class SampleFacts {
	readonly #database: Database;
	readonly #tokens: FactTokens;
	readonly #find;

	constructor(database: Database) {
		this.#database = database;
		this.#tokens = new FactTokens(database);
		this.#find = database.prepare<[string, number], SampleRow>(
			"SELECT frequency, max_activation, body, sample, tokens, at FROM sample_fact WHERE dictionary = ? AND feature = ?",
		);
	}

	/** `sample` names the text, `tokens` says how many of it were read. */
	save(
		dictionary: string,
		{ sample, tokens }: { readonly sample: string; readonly tokens: number },
		facts: readonly FeatureFacts[],
	): void {
		transact(this.#database, () => {
			const statement = this.#database.prepare("INSERT OR REPLACE INTO sample_fact VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
			const tokenId = this.#tokens.startNumbering();
			for (const { feature, frequency, maxActivation, ...body } of facts)
				statement.run(
					dictionary,
					feature,
					sample,
					tokens,
					Date.now(),
					frequency,
					maxActivation,
					packFactBody(body, tokenId),
				);
		});
	}

	/** Whether facts of any feature are stored. */
	has(dictionary: string): boolean {
		return (
			this.#database.prepare("SELECT 1 FROM sample_fact WHERE dictionary = ? LIMIT 1").get(dictionary) !== undefined
		);
	}

	load(dictionary: string, features: Iterable<number>, part?: FactPart): ReadonlyMap<number, FeatureFacts> {
		const found = new Map<number, FeatureFacts>();
		for (const feature of features) {
			const row = this.#find.get(dictionary, feature);
			if (!row) continue;
			const { frequency, max_activation: maxActivation, body, sample, tokens, at } = row;
			const origin = { kind: "sample", sample, tokens, at } as const;
			found.set(feature, {
				feature,
				frequency,
				maxActivation,
				...unpackFactBody(body, this.#tokens.text, part),
				origin,
			});
		}
		return found;
	}
}
