import { statSync } from "node:fs";
import { AppError } from "#shared/errors";
import { type NodeRef, parseNodeId } from "#shared/node-id";
import type { SampleRequest, SampleResult } from "#shared/sample";
import type { SiteName } from "#shared/site";
import { batchFeeds, loadActivationBatches } from "../model/activation-session.ts";
import { readDocuments, readSequences, startNotes } from "../model/corpus.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { measureSite } from "../model/site-width.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { cacheBytes } from "../onnx/memory.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { loadDictionarySlice } from "../sae/dictionary-slice.ts";
import { EncoderSession } from "../sae/encoder-session.ts";
import { choiceOf } from "../sae/feature-choice.ts";
import { buildSomeFeatures } from "../sae/feature-graph.ts";
import { describePosting } from "./describe-posting.ts";
import { PostingLists } from "./posting-lists.ts";
import { RunLength } from "./run-length.ts";

export interface SampleOptions {
	readonly request: SampleRequest;
	readonly model: LanguageModel;
	readonly tokenizer: Tokenizer;
	readonly dictionary: Dictionary;
	readonly prependBos: boolean;
	readonly session: SessionOptions;
	progress(done: number, total: number): void;
	/** Called between runs; may throw to stop. */
	pause(): Promise<void>;
}

/** A sample as tokens, by address. */
interface SampleText {
	readonly key: string;
	readonly sequences: readonly (readonly number[])[];
	readonly begins: Int32Array;
	readonly tokens: number;
	read(from: number, to: number): readonly number[];
}

interface SiteRows {
	/** `[tokens, width]`, filled up to sequence `done`. */
	readonly rows: Float32Array;
	done: number;
}

/**
 * What single features do on a small text, while others are not computed. The model runs once over the text for as many
 * sites as the budget holds; what was done stays when a run is stopped, so that the next goes on there.
 */
export class SampleReader {
	readonly #most: number;
	#text: SampleText | undefined;
	/** Least recently used first. */
	readonly #sites = new Map<SiteName, SiteRows>();
	/** Kinds that choose among all features tell of all of them at once: by dictionary, with the tokens read so far. */
	readonly #chosen = new Map<string, { readonly lists: PostingLists; done: number }>();
	readonly #modelRun = new RunLength();
	readonly #encoderRun = new RunLength();

	/** At most so many bytes of activations stay in memory from one call to the next. */
	constructor(mostBytes = 268_435_456) {
		this.#most = mostBytes;
	}

	async describe(options: SampleOptions): Promise<SampleResult> {
		const { request, tokenizer, dictionary } = options;
		const text = await this.#open(options);
		const features = [...new Set(request.features)]
			.filter((feature) => feature < dictionary.dSae)
			.sort((a, b) => a - b);
		const lists = choiceOf(dictionary.config)
			? await this.#choose(options, text)
			: await this.#compute(options, text, features);
		return {
			dictionary: dictionary.hash,
			tokens: text.tokens,
			facts: features.map((feature) => ({
				...describePosting(feature, lists.read(feature), text, request, tokenizer.tokenText),
				raises: [],
				lowers: [],
			})),
		};
	}

	/** The text is kept from one call to the next; another one makes everything anew. */
	async #open({ request, model, tokenizer, prependBos, pause }: SampleOptions): Promise<SampleText> {
		const { corpus, maxLength, maxTokens } = request;
		const { size, mtimeMs } = statSync(corpus, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
		const key = [model.hash, model.dir, corpus, size, mtimeMs, maxLength, maxTokens, prependBos].join(" ");
		if (this.#text?.key === key) return this.#text;
		this.#sites.clear();
		this.#chosen.clear();
		this.#text = undefined;
		const notes = startNotes();
		const sequences: (readonly number[])[] = [];
		let tokens = 0;
		const reading = { model, tokenizer, bos: prependBos, length: maxLength, long: "parted" as const };
		for await (const ids of readSequences(readDocuments(corpus, notes), reading, notes)) {
			if (tokens + ids.length > maxTokens) break;
			sequences.push(ids);
			tokens += ids.length;
			if (sequences.length % 256 === 0) await pause();
		}
		if (tokens === 0)
			throw new AppError("bad-file", `The sample ${corpus} holds no text. Fetch it again.`, { path: corpus });
		const begins = new Int32Array(sequences.length + 1);
		for (const [i, { length }] of sequences.entries()) begins[i + 1] = (begins[i] as number) + length;
		const all = sequences.flat();
		this.#text = { key, sequences, begins, tokens, read: (from, to) => all.slice(from, to) };
		return this.#text;
	}

	/** Of some features, from the columns of the encoder that are theirs. */
	async #compute(options: SampleOptions, text: SampleText, features: readonly number[]): Promise<PostingLists> {
		const { dictionary, session, pause } = options;
		const rows = await this.#capture(options, text);
		const lists = new PostingLists();
		const width = rows.length / text.tokens;
		const slice = loadDictionarySlice(dictionary, Int32Array.from(features));
		const { activations } = buildSomeFeatures(input("x", ["T", width]), dictionary, slice);
		const graph = await GraphSession.load({ activations }, session);
		try {
			for (let first = 0; first < text.tokens; ) {
				await pause();
				const count = Math.min(this.#encoderRun.tokens, text.tokens - first);
				const data = rows.subarray(first * width, (first + count) * width);
				const results = await this.#encoderRun.time(() => graph.run({ x: { data, dims: [count, width] } }));
				const values = floats(results, "activations");
				for (let i = 0; i < values.length; i++) {
					const value = values[i] as number;
					if (value === 0) continue;
					const feature = features[i % features.length] as number;
					lists.add(feature, first + Math.floor(i / features.length), value);
				}
				first += count;
			}
		} finally {
			await graph.dispose();
		}
		return lists;
	}

	/** Of all features, for kinds whose choice needs all of them anyway. */
	async #choose(options: SampleOptions, text: SampleText): Promise<PostingLists> {
		const { dictionary, session, pause, progress } = options;
		let state = this.#chosen.get(dictionary.hash);
		if (!state) {
			state = { lists: new PostingLists(), done: 0 };
			this.#chosen.set(dictionary.hash, state);
		}
		if (state.done === text.tokens) return state.lists;
		const rows = await this.#capture(options, text);
		const width = rows.length / text.tokens;
		const encoder = await EncoderSession.load(dictionary, session);
		try {
			while (state.done < text.tokens) {
				await pause();
				const count = Math.min(this.#encoderRun.tokens, text.tokens - state.done);
				const x = rows.subarray(state.done * width, (state.done + count) * width);
				const { positions, features, activations } = await this.#encoderRun.time(() => encoder.run(x));
				for (const [i, feature] of features.entries())
					state.lists.add(feature, state.done + (positions[i] as number), activations[i] as number);
				state.done += count;
				progress(state.done, text.tokens);
			}
		} finally {
			await encoder.dispose();
		}
		return state.lists;
	}

	/** What arrives at the dictionary's site, `[tokens, width]`, and at the next ones as far as memory allows. */
	async #capture(options: SampleOptions, text: SampleText): Promise<Float32Array> {
		const { request, model, session, pause, progress } = options;
		const own = request.site;
		const known = this.#sites.get(own);
		if (known) {
			this.#sites.delete(own);
			this.#sites.set(own, known);
			if (known.done === text.sequences.length) return known.rows;
		}
		const sites = this.#makeRoom(own, request.nextSites, text.tokens, (site) =>
			measureSite(siteOf(site), model.config),
		);
		const graph = await loadActivationBatches(model, sites, session);
		const first = Math.min(...sites.map((site) => this.#sites.get(site)?.done ?? 0));
		try {
			for (let next = first; next < text.sequences.length; ) {
				await pause();
				const batch = takeBatch(text.sequences, next, this.#modelRun.tokens);
				const longest = Math.max(...batch.map(({ length }) => length));
				const results = await this.#modelRun.time(() => graph.run(batchFeeds(batch)));
				for (const site of sites) {
					const values = floats(results, site);
					const { rows } = this.#sites.get(site) as SiteRows;
					const width = rows.length / text.tokens;
					for (const [row, sequence] of batch.entries())
						rows.set(
							values.subarray(row * longest * width, (row * longest + sequence.length) * width),
							(text.begins[next + row] as number) * width,
						);
				}
				next += batch.length;
				for (const site of sites) (this.#sites.get(site) as SiteRows).done = next;
				progress(next, text.sequences.length);
			}
		} finally {
			await graph.dispose();
		}
		return (this.#sites.get(own) as SiteRows).rows;
	}

	/** The sites that the next pass captures, the own one first; what was used longest ago makes room. */
	#makeRoom(
		own: SiteName,
		nextSites: readonly SiteName[],
		tokens: number,
		widthOf: (site: SiteName) => number,
	): readonly SiteName[] {
		const widest = Math.max(...[own, ...nextSites].map(widthOf));
		const most = Math.max(1, Math.floor(Math.min(this.#most, cacheBytes(0)) / (4 * tokens * widest)));
		const isDone = (site: SiteName) => this.#sites.get(site)?.done === this.#text?.sequences.length;
		const open = [...new Set([own, ...nextSites])].filter((site) => !isDone(site)).slice(0, most);
		const fresh = open.filter((site) => !this.#sites.has(site));
		for (const site of this.#sites.keys()) {
			if (this.#sites.size + fresh.length <= most) break;
			if (!open.includes(site)) this.#sites.delete(site);
		}
		for (const site of fresh) this.#sites.set(site, { rows: new Float32Array(tokens * widthOf(site)), done: 0 });
		return open;
	}
}

const siteOf = (name: SiteName) => (parseNodeId(`${name}.0`) as Extract<NodeRef, { kind: "feature" }>).site;

function takeBatch(
	sequences: readonly (readonly number[])[],
	first: number,
	tokens: number,
): readonly (readonly number[])[] {
	let [end, longest] = [first, 0];
	while (end < sequences.length) {
		longest = Math.max(longest, sequences[end]?.length ?? 0);
		if (end > first && (end + 1 - first) * longest > tokens) break;
		end++;
	}
	return sequences.slice(first, end);
}
