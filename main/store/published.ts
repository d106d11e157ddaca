import type { FeatureFacts } from "#shared/feature-facts";
import { joinContexts } from "#shared/neuronpedia-format";
import {
	type PublishedExplanation,
	type PublishedFeature,
	type PublishedKnowledge,
	type PublishedLabel,
	type PublishedSource,
	type PublishedSummary,
	pickExplanation,
	sourceId,
} from "#shared/published";
import { type FactPart, packFactBody, unpackFactBody } from "./fact-bytes.ts";
import { FactTokens } from "./fact-tokens.ts";
import { PublishedAuthors } from "./published-authors.ts";
import { type Database, transact } from "./sqlite.ts";

interface LabelRow {
	readonly author: number;
	readonly text: string;
	readonly score: number | null;
	readonly at: number;
}

interface FactRow {
	readonly frequency: number;
	readonly max_activation: number;
	readonly body: Uint8Array;
	readonly at: number;
}

/** Marks what came as an answer, which a newer answer replaces; what came from packs stays. */
const answered = "answer";

/**
 * What others publish of features: by the name that Neuronpedia gives a dictionary, so that it is there before the
 * dictionary is, and whatever file the dictionary came in. Every write is one short transaction.
 */
export class Published {
	readonly #database: Database;
	readonly #write: <T>(action: () => T) => T;
	readonly #tokens: FactTokens;
	readonly #authors: PublishedAuthors;
	readonly #ids = new Map<string, number>();
	readonly #sources = new Map<string, PublishedSource>();
	readonly #labelsOf;
	readonly #factOf;
	readonly #askedAt;

	constructor(database: Database) {
		this.#database = database;
		this.#write = (action) => {
			try {
				return transact(database, action);
			} catch (error) {
				// Numbers that a failed transaction gave out are nobody's.
				this.#ids.clear();
				this.#authors.forget();
				throw error;
			}
		};
		this.#tokens = new FactTokens(database);
		this.#authors = new PublishedAuthors(database);
		this.#labelsOf = database.prepare<[number, number], LabelRow>(
			`SELECT author, text, score, at FROM published_label JOIN published_batch ON published_batch.id = batch
			 WHERE source = ? AND feature = ?`,
		);
		this.#factOf = database.prepare<[number, number], FactRow>(
			`SELECT frequency, max_activation, body, at FROM published_fact
			 JOIN published_batch ON published_batch.id = batch WHERE source = ? AND feature = ?`,
		);
		this.#askedAt = database
			.prepare<[number, number], number>("SELECT at FROM published_answer WHERE source = ? AND feature = ?")
			.pluck();
	}

	/** Keeps which published source a dictionary is. */
	saveSource(dictionary: string, source: PublishedSource): void {
		this.#sources.set(dictionary, source);
		this.#write(() =>
			this.#database
				.prepare("INSERT OR REPLACE INTO dictionary_source VALUES (?, ?)")
				.run(dictionary, this.#makeId(source)),
		);
	}

	/** By a dictionary's hash; undefined where none is known. */
	sourceOf(dictionary: string): PublishedSource | undefined {
		const known = this.#sources.get(dictionary);
		if (known !== undefined) return known;
		const row = this.#database
			.prepare<[string], PublishedSource>(
				`SELECT model, name FROM dictionary_source JOIN published_source ON published_source.id = source
				 WHERE dictionary = ?`,
			)
			.get(dictionary);
		if (row) this.#sources.set(dictionary, row);
		return row;
	}

	/** Where the rows of one import come from. */
	startBatch(origin: string): number {
		return this.#write(() => this.#makeBatch(origin));
	}

	/** Of one source, all or nothing; what is there already is left alone. Returns how many labels and facts are new. */
	savePack(
		batch: number,
		source: PublishedSource,
		features: Iterable<PublishedFeature>,
	): { readonly labels: number; readonly facts: number } {
		return this.#write(() => {
			const id = this.#makeId(source);
			const labels = this.#addLabels(batch, id, features);
			const facts = this.#mergeFacts(batch, id, features);
			this.#count(id, { labels, facts, asked: 0 });
			return { labels, facts };
		});
	}

	/** What was asked and what came: features without an answer are known to be unknown from here on. */
	saveAnswers(source: PublishedSource, asked: readonly number[], found: readonly PublishedFeature[]): void {
		this.#write(() => {
			const id = this.#makeId(source);
			const batch = this.#makeBatch(answered);
			const forget = this.#database.prepare<[number, number, string]>(
				`DELETE FROM published_label WHERE source = ? AND feature = ?
				 AND batch IN (SELECT id FROM published_batch WHERE origin = ?)`,
			);
			const answer = this.#database.prepare<[number, number, number]>(
				"INSERT INTO published_answer VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at",
			);
			let [gone, fresh] = [0, 0];
			for (const feature of asked) {
				gone += forget.run(id, feature, answered).changes;
				fresh += this.#askedAt.get(id, feature) === undefined ? 1 : 0;
				answer.run(id, feature, Date.now());
			}
			const labels = this.#addLabels(batch, id, found) - gone;
			this.#count(id, { labels, facts: this.#mergeFacts(batch, id, found), asked: fresh });
		});
	}

	/** Features of which no answer is stored. */
	listUnasked(source: PublishedSource, features: readonly number[]): readonly number[] {
		const id = this.#findId(source);
		return id === undefined ? features : features.filter((feature) => this.#askedAt.get(id, feature) === undefined);
	}

	labels(source: PublishedSource, features: Iterable<number>): ReadonlyMap<number, PublishedLabel> {
		const id = this.#findId(source);
		const found = new Map<number, PublishedLabel>();
		if (id === undefined) return found;
		const from = sourceId(source);
		for (const feature of features) {
			const best = pickExplanation(this.#labelsOf.all(id, feature).map(({ author: _, ...row }) => readScore(row)));
			if (best) found.set(feature, { text: best.text, source: from, at: best.at });
		}
		return found;
	}

	/** Texts by feature, of all features that have one. */
	labelsOfSource(source: PublishedSource): ReadonlyMap<number, string> {
		const id = this.#findId(source);
		const texts = new Map<number, string>();
		const scores = new Map<number, number>();
		const rows = this.#database.prepare<[number], { feature: number; text: string; score: number | null }>(
			"SELECT feature, text, score FROM published_label WHERE source = ?",
		);
		// A hundred thousand rows: no object is made for any of them. The same choice as `pickExplanation`.
		for (const { feature, text, score } of id === undefined ? [] : rows.iterate(id)) {
			if (texts.has(feature) && (score ?? -1) <= (scores.get(feature) ?? -1)) continue;
			texts.set(feature, text);
			if (score !== null) scores.set(feature, score);
		}
		return texts;
	}

	/** Whether facts of any feature are stored. */
	hasFacts(source: PublishedSource): boolean {
		const id = this.#findId(source);
		return (
			id !== undefined &&
			this.#database.prepare("SELECT 1 FROM published_fact WHERE source = ? LIMIT 1").get(id) !== undefined
		);
	}

	facts(source: PublishedSource, features: Iterable<number>, part?: FactPart): ReadonlyMap<number, FeatureFacts> {
		const id = this.#findId(source);
		const found = new Map<number, FeatureFacts>();
		if (id === undefined) return found;
		const from = sourceId(source);
		for (const feature of features) {
			const row = this.#factOf.get(id, feature);
			if (row)
				found.set(feature, {
					...this.#unpack(feature, row, part),
					origin: { kind: "neuronpedia", source: from, at: row.at },
				});
		}
		return found;
	}

	/** Everything that is said of one feature. */
	know(source: PublishedSource, feature: number): PublishedKnowledge {
		const id = this.#findId(source);
		const rows = id === undefined ? [] : this.#labelsOf.all(id, feature);
		return {
			source: sourceId(source),
			explanations: rows
				.map(({ author, ...row }) => ({ ...readScore(row), ...this.#authors.read(author) }))
				.sort((a, b) => (b.score ?? -1) - (a.score ?? -1)),
			askedAt: (id === undefined ? undefined : this.#askedAt.get(id, feature)) ?? null,
		};
	}

	/** Sources of which something is stored, by name. */
	list(): readonly PublishedSummary[] {
		return this.#database
			.prepare<[], PublishedSource & Omit<PublishedSummary, "source">>(
				"SELECT model, name, labels, facts, asked, at FROM published_source WHERE at > 0",
			)
			.all()
			.map(({ model, name, ...row }) => ({ source: sourceId({ model, name }), ...row }))
			.sort((a, b) => order.compare(a.source, b.source));
	}

	/** Whether a file of a pack has been read whole. */
	hasFile(key: string): boolean {
		return this.#database.prepare("SELECT 1 FROM published_file WHERE key = ?").get(key) !== undefined;
	}

	addFile(key: string): void {
		this.#write(() =>
			this.#database.prepare("INSERT OR IGNORE INTO published_file VALUES (?, ?)").run(key, Date.now()),
		);
	}

	#addLabels(batch: number, source: number, features: Iterable<PublishedFeature>): number {
		const add = this.#database.prepare<[number, number, number, string, number | null, number]>(
			"INSERT OR IGNORE INTO published_label VALUES (?, ?, ?, ?, ?, ?)",
		);
		let added = 0;
		for (const { feature, explanations } of features)
			for (const one of explanations ?? [])
				added += add.run(source, feature, this.#authors.number(one), one.text, one.score ?? null, batch).changes;
		return added;
	}

	#mergeFacts(batch: number, source: number, features: Iterable<PublishedFeature>): number {
		const tokenId = this.#tokens.startNumbering();
		const save = this.#database.prepare<[number, number, number, number, number, Uint8Array]>(
			`INSERT INTO published_fact VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET batch = excluded.batch,
			 frequency = excluded.frequency, max_activation = excluded.max_activation, body = excluded.body`,
		);
		let fresh = 0;
		for (const { feature, facts } of features) {
			if (!facts) continue;
			const row = this.#factOf.get(source, feature);
			const known = row ? this.#unpack(feature, row) : emptyFacts;
			const { frequency, ...body } = { ...known, ...facts };
			const maxActivation = Math.max(known.maxActivation, facts.maxActivation ?? 0);
			const contexts = facts.contexts ? joinContexts(known.contexts, facts.contexts) : known.contexts;
			save.run(source, feature, batch, frequency, maxActivation, packFactBody({ ...body, contexts }, tokenId));
			fresh += row ? 0 : 1;
		}
		return fresh;
	}

	#unpack(feature: number, { frequency, max_activation: maxActivation, body }: FactRow, part?: FactPart): FeatureFacts {
		return { feature, frequency, maxActivation, ...unpackFactBody(body, this.#tokens.text, part) };
	}

	#count(id: number, { labels, facts, asked }: { labels: number; facts: number; asked: number }): void {
		this.#database
			.prepare(
				"UPDATE published_source SET labels = labels + ?, facts = facts + ?, asked = asked + ?, at = ? WHERE id = ?",
			)
			.run(labels, facts, asked, Date.now(), id);
	}

	#makeBatch(origin: string): number {
		const { lastInsertRowid } = this.#database
			.prepare("INSERT INTO published_batch (origin, at) VALUES (?, ?)")
			.run(origin, Date.now());
		return Number(lastInsertRowid);
	}

	#findId({ model, name }: PublishedSource): number | undefined {
		const key = sourceId({ model, name });
		const known = this.#ids.get(key);
		if (known !== undefined) return known;
		const id = this.#database
			.prepare<[string, string], number>("SELECT id FROM published_source WHERE model = ? AND name = ?")
			.pluck()
			.get(model, name);
		if (id !== undefined) this.#ids.set(key, id);
		return id;
	}

	#makeId(source: PublishedSource): number {
		const known = this.#findId(source);
		if (known !== undefined) return known;
		this.#database.prepare("INSERT INTO published_source (model, name) VALUES (?, ?)").run(source.model, source.name);
		const { id } = this.#database
			.prepare<[string, string], { id: number }>("SELECT id FROM published_source WHERE model = ? AND name = ?")
			.get(source.model, source.name) as { id: number };
		return id;
	}
}

const order = new Intl.Collator("en", { numeric: true });
const emptyFacts = { frequency: 0, maxActivation: 0, contexts: [], raises: [], lowers: [] };

function readScore<R extends { readonly score: number | null }>(
	row: R,
): Omit<R, "score"> & Pick<PublishedExplanation, "score"> {
	const { score, ...rest } = row;
	return { ...rest, ...(score !== null && { score }) };
}
