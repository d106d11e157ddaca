import type { Label } from "#shared/document";
import type { RecordsDiff } from "#shared/document-diff";
import { parseNodeId } from "#shared/node-id";
import { siteName } from "#shared/site";
import type { Database } from "./sqlite.ts";

/**
 * What people call features. A label belongs to the dictionary's feature and not to one circuit, so that it is there in
 * the next; only where a circuit does not know its dictionary, the label is its own.
 */
export class FeatureLabels {
	readonly #dictionaries;
	readonly #features;
	readonly #all;
	readonly #find;
	readonly #save;
	readonly #remove;

	constructor(database: Database) {
		this.#dictionaries = database.prepare<[number], { site: string; hash: string }>(
			`SELECT dictionary.site, dictionary.hash FROM history
			 JOIN run_dictionary ON run_dictionary.run = history.run JOIN dictionary ON dictionary.hash = run_dictionary.dictionary
			 WHERE history.circuit = ? ORDER BY step`,
		);
		this.#features = database.prepare<[number], { site: string; layer: number; feature: number }>(
			"SELECT DISTINCT site, layer, feature FROM node WHERE circuit = ? AND kind = 'feature'",
		);
		this.#all = database.prepare<[string], { feature: number; text: string }>(
			"SELECT feature, text FROM feature_label WHERE dictionary = ?",
		);
		this.#find = database
			.prepare<[string, number], string>("SELECT text FROM feature_label WHERE dictionary = ? AND feature = ?")
			.pluck();
		this.#save = database.prepare<[string, number, string]>(
			"INSERT OR REPLACE INTO feature_label (dictionary, feature, text) VALUES (?, ?, ?)",
		);
		this.#remove = database.prepare<[string, number]>("DELETE FROM feature_label WHERE dictionary = ? AND feature = ?");
	}

	/** Labels of the features in a circuit. */
	load(circuit: number): readonly Label[] {
		const ownerOf = this.#owners(circuit);
		return this.#features.all(circuit).flatMap(({ site, layer, feature }) => {
			const text = this.#find.get(ownerOf(`${site}_${layer}`), feature);
			return text === undefined ? [] : [{ id: `${site}_${layer}.${feature}`, text }];
		});
	}

	/** Of one dictionary, by feature. */
	ofDictionary(dictionary: string): ReadonlyMap<number, string> {
		return new Map(this.#all.all(dictionary).map(({ feature, text }) => [feature, text]));
	}

	save(circuit: number, { added, updated, removed }: RecordsDiff<Label>): void {
		const ownerOf = this.#owners(circuit);
		const keyOf = (id: string): readonly [string, number] | undefined => {
			const ref = parseNodeId(id);
			return ref.kind === "feature" ? [ownerOf(siteName(ref.site)), ref.feature] : undefined;
		};
		for (const { id } of removed) {
			const key = keyOf(id);
			if (key) this.#remove.run(...key);
		}
		for (const { id, text } of [...added, ...updated.map(([, after]) => after)]) {
			const key = keyOf(id);
			if (key) this.#save.run(...key, text);
		}
	}

	#owners(circuit: number): (site: string) => string {
		const hashes = new Map(this.#dictionaries.all(circuit).map(({ site, hash }) => [site, hash]));
		return (site) => hashes.get(site) ?? `circuit ${circuit} ${site}`;
	}
}
