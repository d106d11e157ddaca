import type { CollectRequest, CollectTotals } from "#shared/collection";
import { AppError } from "#shared/errors";
import type { PackedPostings, PieceMemory } from "#shared/piece";
import { largestPosting, packPosting } from "#shared/posting";
import type { Progress } from "#shared/trace";
import { type CorpusNotes, describeNotes, readDocuments, readSequences, startNotes } from "../model/corpus.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { SessionOptions } from "../onnx/session.ts";
import { type ActivationSink, CorpusEncoder } from "../sae/corpus-encoder.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { describeReading } from "../sae/reading-notes.ts";

/** Entries that are gathered before they are stored: the memory that a corpus of any size takes. */
const blockEntries = 1_000_000;

export interface CollectOptions {
	readonly request: CollectRequest;
	readonly model: LanguageModel;
	readonly tokenizer: Tokenizer;
	readonly dictionaries: readonly Dictionary[];
	readonly prependBos: boolean;
	readonly session: SessionOptions;
	readonly memory: PieceMemory;
	progress(progress: Progress): void;
	/** Called between runs; may throw to stop. */
	pause(): Promise<void>;
}

/**
 * One pass over a corpus: where every feature is active, block by block. What was stored by an earlier run that stopped
 * is read over and not computed again. Memory is bounded by a block, whatever the corpus.
 */
export async function collectActivations(options: CollectOptions): Promise<CollectTotals> {
	const { request, dictionaries, memory, model, tokenizer, prependBos } = options;
	const notes = startNotes();
	const block = new Block(dictionaries.length, request.done.blocks, request.done.tokens);
	const totals = { sequences: request.done.sequences, tokens: request.done.tokens, activations: 0 };
	const limit = request.maxTokens ?? Number.POSITIVE_INFINITY;
	const encoder = await CorpusEncoder.load(model, dictionaries, options.session);
	const store = async () => {
		if (block.sequences === 0) return;
		totals.activations += block.entries;
		await memory.keep("", block.pack());
	};
	try {
		let batch: (readonly number[])[] = [];
		let read = 0;
		const run = async () => {
			await options.pause();
			block.addSequences(batch);
			await encoder.run(batch, block);
			totals.sequences += batch.length;
			totals.tokens += batch.reduce((sum, ids) => sum + ids.length, 0);
			batch = [];
			options.progress({ step: `${totals.tokens} tokens`, done: totals.tokens, total: request.expectedTokens });
			if (block.entries >= blockEntries) await store();
		};
		const sequences = readSequences(
			readDocuments(request.corpus, notes, request.column),
			{ model, tokenizer, bos: prependBos, length: request.maxLength, long: "parted" },
			notes,
		);
		for await (const ids of sequences) {
			// A stop comes in here too while a long beginning is read over.
			if (read++ % 512 === 0) await options.pause();
			if (read <= request.done.sequences) continue;
			const waiting = batch.reduce((sum, { length }) => sum + length, 0);
			if (totals.tokens + waiting + ids.length > limit) break;
			batch.push(ids);
			if (encoder.isFull(batch)) await run();
		}
		if (batch.length > 0) await run();
		await store();
	} catch (error) {
		// What has been computed is not computed again.
		if (error instanceof AppError && error.code === "cancelled") await store();
		throw error;
	} finally {
		await encoder.dispose();
	}
	if (totals.sequences === 0) throw refuseEmpty(request.corpus, notes);
	return { ...totals, notes: [...describeReading(dictionaries), ...describeNotes(notes, "parted")] };
}

function refuseEmpty(path: string, notes: CorpusNotes): AppError {
	const why = describeNotes(notes, "parted").join(" ");
	return new AppError("bad-file", `The corpus ${path} holds no text. ${why}Give documents to read.`, { path });
}

/** Entries of one dictionary in the order of their addresses. */
interface Entries {
	count: number;
	features: Int32Array;
	addresses: Int32Array;
	values: Float32Array;
}

const startEntries = (): Entries => ({
	count: 0,
	features: new Int32Array(4096),
	addresses: new Int32Array(4096),
	values: new Float32Array(4096),
});

/** What is gathered until it is stored. */
class Block implements ActivationSink {
	#number: number;
	#firstToken: number;
	#lengths: number[] = [];
	#ids: number[] = [];
	/** Address of the first token of each sequence of the run. */
	#begins: readonly number[] = [];
	readonly #dictionaries: Entries[];

	constructor(dictionaries: number, number: number, firstToken: number) {
		this.#number = number;
		this.#firstToken = firstToken;
		this.#dictionaries = Array.from({ length: dictionaries }, startEntries);
	}

	get sequences(): number {
		return this.#lengths.length;
	}

	get entries(): number {
		return this.#dictionaries.reduce((sum, { count }) => sum + count, 0);
	}

	/** The sequences of the next run. */
	addSequences(sequences: readonly (readonly number[])[]): void {
		this.#begins = sequences.map((ids) => {
			const address = this.#firstToken + this.#ids.length;
			this.#lengths.push(ids.length);
			for (const id of ids) this.#ids.push(id);
			return address;
		});
	}

	add(dictionary: number, feature: number, sequence: number, position: number, value: number): void {
		const entries = this.#dictionaries[dictionary] as Entries;
		if (entries.count === entries.values.length) {
			const grow = <T extends Int32Array | Float32Array>(old: T, larger: T): T => {
				larger.set(old);
				return larger;
			};
			entries.features = grow(entries.features, new Int32Array(2 * entries.count));
			entries.addresses = grow(entries.addresses, new Int32Array(2 * entries.count));
			entries.values = grow(entries.values, new Float32Array(2 * entries.count));
		}
		entries.features[entries.count] = feature;
		entries.addresses[entries.count] = (this.#begins[sequence] as number) + position;
		entries.values[entries.count++] = value;
	}

	/** The block as it is stored; the next begins empty. */
	pack() {
		const packed = {
			kind: "block" as const,
			number: this.#number++,
			lengths: Int32Array.from(this.#lengths),
			ids: Int32Array.from(this.#ids),
			activations: this.entries,
			dictionaries: this.#dictionaries.map((entries) => packEntries(entries, this.#firstToken)),
		};
		this.#firstToken += this.#ids.length;
		[this.#lengths, this.#ids] = [[], []];
		for (const entries of this.#dictionaries) entries.count = 0;
		return packed;
	}
}

/** Sorted by feature (a counting sort, which keeps the addresses' order) and packed one posting behind the other. */
function packEntries({ count, features, addresses, values }: Entries, firstToken: number): PackedPostings {
	const most = features.subarray(0, count).reduce((a, b) => Math.max(a, b), -1);
	const begins = new Int32Array(most + 2);
	for (let i = 0; i < count; i++) {
		const next = (features[i] as number) + 1;
		begins[next] = (begins[next] as number) + 1;
	}
	for (let f = 0; f <= most; f++) begins[f + 1] = (begins[f + 1] as number) + (begins[f] as number);
	const sortedAddresses = new Int32Array(count);
	const sortedValues = new Float32Array(count);
	const filled = begins.slice();
	for (let i = 0; i < count; i++) {
		const feature = features[i] as number;
		const at = filled[feature] as number;
		filled[feature] = at + 1;
		sortedAddresses[at] = addresses[i] as number;
		sortedValues[at] = values[i] as number;
	}
	const bytes = new Uint8Array(largestPosting(count));
	const [present, counts, ends]: [number[], number[], number[]] = [[], [], []];
	let end = 0;
	for (let feature = 0; feature <= most; feature++) {
		const [from, to] = [begins[feature] as number, begins[feature + 1] as number];
		if (from === to) continue;
		const posting = { addresses: sortedAddresses.subarray(from, to), values: sortedValues.subarray(from, to) };
		end += packPosting(posting, firstToken, bytes, end);
		present.push(feature);
		counts.push(to - from);
		ends.push(end);
	}
	return {
		features: Int32Array.from(present),
		counts: Int32Array.from(counts),
		ends: Int32Array.from(ends),
		bytes: bytes.slice(0, end),
	};
}
