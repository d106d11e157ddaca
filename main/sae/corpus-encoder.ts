import { batchFeeds, buildTokenInputs } from "../model/activation-session.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { toFloat } from "../onnx/elementwise.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import type { Value } from "../onnx/value.ts";
import { type Dictionary, describeNotFinite } from "./dictionary.ts";
import { buildEncoder } from "./encoder-session.ts";

/** Dense activations of one run stay below this. */
const denseBytes = 134_217_728;
const mostTokensAtOnce = 2048;

export interface ActivationSink {
	/** One activation, not zero; `dictionary` and `sequence` count in the lists that were given. */
	add(dictionary: number, feature: number, sequence: number, position: number, value: number): void;
}

/** Model and all encoders as one graph, over several sequences at once; shorter ones are padded behind. */
export class CorpusEncoder {
	readonly #session: GraphSession;
	readonly #dictionaries: readonly Dictionary[];
	readonly #tokensAtOnce: number;

	private constructor(session: GraphSession, dictionaries: readonly Dictionary[]) {
		this.#session = session;
		this.#dictionaries = dictionaries;
		const perToken = dictionaries.reduce((sum, { dSae, config }) => sum + 4 * (config.k ? 2 * config.k : dSae), 0);
		const widest = Math.max(...dictionaries.map(({ dSae }) => 4 * dSae));
		this.#tokensAtOnce = Math.min(mostTokensAtOnce, Math.floor(denseBytes / (perToken + 2 * widest)));
	}

	static async load(
		model: LanguageModel,
		dictionaries: readonly Dictionary[],
		options?: SessionOptions,
	): Promise<CorpusEncoder> {
		const parameter = mapParameters(model);
		const outputs: Record<string, Value> = {};
		const bySite = new Map(dictionaries.map((dictionary) => [dictionary.siteName, dictionary]));
		buildGpt2Sites({
			config: model.config,
			parameter,
			...buildTokenInputs(parameter, ["N", "T"]),
			intervene(site, x) {
				const dictionary = bySite.get(site);
				if (!dictionary) return x;
				const { values, indices } = buildEncoder(x, dictionary);
				outputs[`values:${site}`] = values;
				// As floats, which are exact for any feature's number and need no big integers in JavaScript.
				if (indices) outputs[`indices:${site}`] = toFloat(indices);
				return x;
			},
		});
		return new CorpusEncoder(await GraphSession.load(outputs, { ...options, prepack: true }), dictionaries);
	}

	/** Whether another sequence would be too much for one run. */
	isFull(batch: readonly (readonly number[])[]): boolean {
		const longest = batch.reduce((most, { length }) => Math.max(most, length), 0);
		return (batch.length + 1) * longest > this.#tokensAtOnce;
	}

	/** Tells every activation: dictionary by dictionary, sequence by sequence, in the order of positions. */
	async run(batch: readonly (readonly number[])[], sink: ActivationSink): Promise<void> {
		const longest = batch.reduce((most, { length }) => Math.max(most, length), 0);
		const results = await this.#session.run(batchFeeds(batch));
		for (const [number, dictionary] of this.#dictionaries.entries()) {
			const values = floats(results, `values:${dictionary.siteName}`);
			const indices = dictionary.config.k ? floats(results, `indices:${dictionary.siteName}`) : undefined;
			const width = values.length / (batch.length * longest);
			for (const [row, sequence] of batch.entries())
				for (let t = 0; t < sequence.length; t++) {
					const from = (row * longest + t) * width;
					for (let i = from; i < from + width; i++) {
						const value = values[i] as number;
						if (value === 0) continue;
						if (!Number.isFinite(value)) throw describeNotFinite(dictionary);
						sink.add(number, indices ? (indices[i] as number) : i - from, row, t, value);
					}
				}
		}
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}
