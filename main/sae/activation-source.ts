import { AppError } from "#shared/errors";
import { seededRandom, shuffle } from "#shared/random";
import { type Site, siteName } from "#shared/site";
import type { TrainingRequest } from "#shared/training";
import { batchFeeds, buildTokenInputs } from "../model/activation-session.ts";
import { type CorpusNotes, readDocuments, readSequences } from "../model/corpus.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { measureSite } from "../model/site-width.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import type { Value } from "../onnx/value.ts";

/** Activations that are mixed before they are drawn, in batches. */
const mixedBatches = 16;
const tokensAtOnce = 2048;

export interface ActivationSourceOptions {
	readonly request: Pick<TrainingRequest, "corpus" | "column" | "bos" | "maxLength" | "batch" | "seed">;
	readonly model: LanguageModel;
	readonly tokenizer: Tokenizer;
	readonly site: Site;
	readonly session: SessionOptions;
	readonly notes: CorpusNotes;
	/** Called between runs; may throw to stop. */
	pause(): Promise<void>;
}

/** Activations of one site over a corpus that is read again and again, mixed. */
export class ActivationSource {
	/** Read so far, over all rounds. */
	sequences: number;
	readonly #options: ActivationSourceOptions;
	readonly #random: () => number;
	#session: GraphSession | undefined;
	#reader: AsyncGenerator<readonly number[]> | undefined;
	/** Rows that wait to be drawn, in a random order. */
	#rows: Float32Array[] = [];

	constructor(options: ActivationSourceOptions, skip: number) {
		this.#options = options;
		this.sequences = skip;
		this.#random = seededRandom(options.request.seed + 1);
	}

	async open(): Promise<void> {
		const { model, site, session } = this.#options;
		const parameter = mapParameters(model);
		const values = buildGpt2Sites({
			config: model.config,
			parameter,
			...buildTokenInputs(parameter, ["N", "T"]),
		});
		this.#session = await GraphSession.load({ x: values.get(siteName(site)) as Value }, { ...session, prepack: true });
		let skip = this.sequences;
		this.#reader = this.#readForever();
		for (; skip > 0; skip--) await this.#reader.next();
	}

	/** `1/√mean square`, so that rates and penalties mean the same everywhere. */
	async measureScale(): Promise<number> {
		if (this.#rows.length === 0) await this.#fill();
		let [sum, count] = [0, 0];
		for (const row of this.#rows) {
			for (const number of row) sum += number * number;
			count += row.length;
		}
		return 1 / Math.sqrt(sum / count);
	}

	/** `[batch, width]`, scaled. */
	async draw(scale: number): Promise<Float32Array> {
		const { request, site, model } = this.#options;
		const { batch } = request;
		const width = measureSite(site, model.config);
		if (this.#rows.length < batch) await this.#fill();
		const drawn = new Float32Array(batch * width);
		for (let i = 0; i < batch; i++) {
			const row = this.#rows.pop() as Float32Array;
			for (let at = 0; at < width; at++) drawn[i * width + at] = (row[at] as number) * scale;
		}
		return drawn;
	}

	async dispose(): Promise<void> {
		await this.#session?.dispose();
	}

	async #fill(): Promise<void> {
		const { request, site, model } = this.#options;
		const width = measureSite(site, model.config);
		const rows = [...this.#rows];
		while (rows.length < mixedBatches * request.batch) {
			await this.#options.pause();
			const sequences: (readonly number[])[] = [];
			for (let tokens = 0; tokens < tokensAtOnce; ) {
				const { value } = await (this.#reader as AsyncGenerator<readonly number[]>).next();
				sequences.push(value as readonly number[]);
				this.sequences++;
				tokens += (value as readonly number[]).length;
			}
			const longest = Math.max(...sequences.map(({ length }) => length));
			const results = await (this.#session as GraphSession).run(batchFeeds(sequences));
			const x = floats(results, "x");
			for (const [row, sequence] of sequences.entries())
				for (let t = 0; t < sequence.length; t++) {
					const at = (row * longest + t) * width;
					rows.push(x.slice(at, at + width));
				}
		}
		this.#rows = shuffle(rows, this.#random);
	}

	async *#readForever(): AsyncGenerator<readonly number[]> {
		const { request, tokenizer, notes, model } = this.#options;
		for (;;) {
			let any = false;
			const documents = readDocuments(request.corpus, notes, request.column);
			const reading = {
				model,
				tokenizer,
				bos: request.bos === "on",
				length: request.maxLength,
				long: "parted" as const,
			};
			for await (const ids of readSequences(documents, reading, notes)) {
				any = true;
				yield ids;
			}
			if (!any)
				throw new AppError("bad-file", `The corpus ${request.corpus} holds no text. Give documents to read.`, {
					path: request.corpus,
				});
		}
	}
}
