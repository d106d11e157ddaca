import type { CollectionChoice, CollectionSummary } from "#shared/collection";
import { AppError } from "#shared/errors";
import type { BlockPiece } from "#shared/piece";
import { type Posting, unpackPosting } from "#shared/posting";
import { packNumbers, unpackIntegers } from "./blobs.ts";
import { type Database, transact } from "./sqlite.ts";

interface CollectionRow {
	readonly id: number;
	readonly request: string;
	readonly blocks: number;
	readonly sequences: number;
	readonly tokens: number;
	readonly activations: number;
	readonly notes: string;
	readonly started_at: number;
	readonly finished_at: number | null;
}

/** What a collection begins with. */
export interface NewCollection {
	/** Of all that decides what is gathered: the same key goes on where it stopped. */
	readonly key: string;
	readonly choice: CollectionChoice;
	readonly modelHash: string;
	readonly dictionaries: CollectionSummary["dictionaries"];
}

/** A collection as far as it has come. */
export interface CollectionState {
	readonly id: number;
	readonly done: { readonly blocks: number; readonly sequences: number; readonly tokens: number };
	readonly finished: boolean;
}

/** Text of a collection by address: which sequence a token belongs to, and its neighbours. */
export interface CollectedText {
	readonly tokens: number;
	/** First address of each sequence, and behind them the number of tokens. */
	readonly begins: Int32Array;
	/** Token ids from one address up to another. */
	read(from: number, to: number): readonly number[];
}

/**
 * Activations over corpora. A block holds some sequences and, for every feature that is active in them, one row with its
 * entries packed; rows come in the order in which they are written, so that writing never moves what is there, and a
 * feature's entries are found with one look-up a block.
 */
export class Collections {
	readonly #database: Database;
	readonly #list;
	readonly #dictionaries;
	readonly #blocks;
	readonly #posting;
	readonly #all;
	readonly #texts = new Map<string, CollectedText>();

	constructor(database: Database) {
		this.#database = database;
		this.#list = database.prepare<[], CollectionRow>("SELECT * FROM collection ORDER BY started_at DESC, id DESC");
		this.#dictionaries = database.prepare<[number], CollectionSummary["dictionaries"][number] & { number: number }>(
			"SELECT number, hash, name, site, features FROM collection_dictionary WHERE collection = ? ORDER BY number",
		);
		this.#blocks = database.prepare<[number], { block: number; lengths: Uint8Array; ids: Uint8Array }>(
			"SELECT block, lengths, ids FROM collected_text WHERE collection = ? ORDER BY block",
		);
		this.#posting = database.prepare<[number, number, number, number], { count: number; body: Uint8Array }>(
			"SELECT count, body FROM posting WHERE collection = ? AND block = ? AND dictionary = ? AND feature = ?",
		);
		this.#all = database.prepare<[number, number, number], { feature: number; count: number; body: Uint8Array }>(
			"SELECT feature, count, body FROM posting WHERE collection = ? AND block = ? AND dictionary = ?",
		);
	}

	/** Finds a collection by its key, or makes it. */
	open({ key, choice, modelHash, dictionaries }: NewCollection): CollectionState {
		return transact(this.#database, () => {
			const find = this.#database.prepare<[string], CollectionRow>("SELECT * FROM collection WHERE key = ?");
			let row = find.get(key);
			if (!row) {
				const { lastInsertRowid: id } = this.#database
					.prepare("INSERT INTO collection (key, request, model, started_at) VALUES (?, ?, ?, ?)")
					.run(key, JSON.stringify(choice), modelHash, Date.now());
				const add = this.#database.prepare("INSERT INTO collection_dictionary VALUES (?, ?, ?, ?, ?, ?)");
				for (const [number, { hash, name, site, features }] of dictionaries.entries())
					add.run(id, number, hash, name, site, features);
				row = find.get(key) as CollectionRow;
			}
			const { id, blocks, sequences, tokens, finished_at } = row;
			return { id, done: { blocks, sequences, tokens }, finished: finished_at !== null };
		});
	}

	/** All of a block or nothing of it; one that is there already is left alone. */
	addBlock(id: number, block: BlockPiece): void {
		transact(this.#database, () => {
			const { number, lengths, ids, activations, dictionaries } = block;
			const { changes } = this.#database
				.prepare("INSERT OR IGNORE INTO collected_text VALUES (?, ?, ?, ?)")
				.run(id, number, packNumbers(lengths), packNumbers(ids));
			if (changes === 0) return;
			const add = this.#database.prepare("INSERT INTO posting VALUES (?, ?, ?, ?, ?, ?)");
			for (const [dictionary, { features, counts, ends, bytes }] of dictionaries.entries())
				for (const [i, feature] of features.entries())
					add.run(id, number, dictionary, feature, counts[i], bytes.subarray(ends[i - 1] ?? 0, ends[i]));
			this.#database
				.prepare(
					`UPDATE collection SET blocks = blocks + 1, sequences = sequences + ?, tokens = tokens + ?,
					 activations = activations + ? WHERE id = ?`,
				)
				.run(lengths.length, ids.length, activations, id);
		});
	}

	finish(id: number, notes: readonly string[]): void {
		this.#database
			.prepare("UPDATE collection SET finished_at = ?, notes = ? WHERE id = ?")
			.run(Date.now(), JSON.stringify(notes), id);
	}

	delete(id: number): void {
		this.#database.prepare("DELETE FROM collection WHERE id = ?").run(id);
	}

	/** Newest first. */
	list(): readonly CollectionSummary[] {
		return this.#list.all().map((row) => ({
			id: row.id,
			choice: JSON.parse(row.request) as CollectionChoice,
			sequences: row.sequences,
			tokens: row.tokens,
			activations: row.activations,
			finished: row.finished_at !== null,
			at: row.started_at,
			notes: JSON.parse(row.notes) as string[],
			dictionaries: this.#dictionaries.all(row.id).map(({ hash, name, site, features }) => ({
				hash,
				name,
				site,
				features,
			})),
		}));
	}

	/** The newest collection with something of a dictionary in it. */
	withDictionary(hash: string): { readonly id: number; readonly number: number; readonly tokens: number } | undefined {
		return this.#database
			.prepare<[string], { id: number; number: number; tokens: number }>(
				`SELECT collection.id, number, tokens FROM collection_dictionary JOIN collection ON collection.id = collection
				 WHERE hash = ? AND tokens > 0 ORDER BY finished_at IS NULL, started_at DESC LIMIT 1`,
			)
			.get(hash);
	}

	/** Where one feature is active. */
	posting(id: number, dictionary: number, feature: number): Posting {
		const parts = this.#blockStarts(id).flatMap(({ block, start }) => {
			const row = this.#posting.get(id, block, dictionary, feature);
			return row ? [unpackPosting(row.body, row.count, start)] : [];
		});
		return joinPostings(parts);
	}

	/** Every feature of a dictionary that is active anywhere; in no order. */
	*postings(id: number, dictionary: number): Generator<{ readonly feature: number; readonly posting: Posting }> {
		const parts = new Map<number, Posting[]>();
		for (const { block, start } of this.#blockStarts(id))
			for (const { feature, count, body } of this.#all.iterate(id, block, dictionary)) {
				const mine = parts.get(feature) ?? [];
				mine.push(unpackPosting(body, count, start));
				parts.set(feature, mine);
			}
		for (const [feature, mine] of parts) yield { feature, posting: joinPostings(mine) };
	}

	text(id: number): CollectedText {
		const { blocks } = this.#database
			.prepare<[number], { blocks: number }>("SELECT blocks FROM collection WHERE id = ?")
			.get(id) ?? { blocks: 0 };
		const key = `${id} ${blocks}`;
		const known = this.#texts.get(key);
		if (known) return known;
		const rows = this.#blocks.all(id);
		if (rows.length === 0) throw new AppError("not-found", "This collection holds no text. Gather it again.", { id });
		const ids = rows.map((row) => unpackIntegers(row.ids));
		const lengths = rows.flatMap((row) => [...unpackIntegers(row.lengths)]);
		const begins = new Int32Array(lengths.length + 1);
		for (const [i, length] of lengths.entries()) begins[i + 1] = (begins[i] as number) + length;
		const all = new Int32Array(begins.at(-1) ?? 0);
		let at = 0;
		for (const part of ids) {
			all.set(part, at);
			at += part.length;
		}
		const text = { tokens: all.length, begins, read: (from: number, to: number) => [...all.subarray(from, to)] };
		this.#texts.clear();
		this.#texts.set(key, text);
		return text;
	}

	/** Address before which each block begins. */
	#blockStarts(id: number): readonly { readonly block: number; readonly start: number }[] {
		let start = 0;
		return this.#database
			.prepare<[number], { block: number; bytes: number }>(
				"SELECT block, length(ids) AS bytes FROM collected_text WHERE collection = ? ORDER BY block",
			)
			.all(id)
			.map(({ block, bytes }) => {
				const begin = start;
				start += bytes / 4;
				return { block, start: begin };
			});
	}
}

function joinPostings(parts: readonly Posting[]): Posting {
	const [first] = parts;
	if (first && parts.length === 1) return first;
	const count = parts.reduce((sum, { values }) => sum + values.length, 0);
	const addresses = new Int32Array(count);
	const values = new Float32Array(count);
	let at = 0;
	for (const part of parts) {
		addresses.set(part.addresses, at);
		values.set(part.values, at);
		at += part.values.length;
	}
	return { addresses, values };
}
