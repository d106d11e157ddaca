import { batchFeeds, buildTokenInputs } from "../model/activation-session.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { toFloat } from "../onnx/elementwise.ts";
import { mappedBytes, rowsAtOnce } from "../onnx/memory.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import type { Value } from "../onnx/value.ts";
import { type Dictionary, describeNotFinite } from "./dictionary.ts";
import { buildEncoder } from "./encoder-session.ts";

const mostTokensAtOnce = 2048;

export interface ActivationSink {
	/** One activation, not zero; `dictionary` and `sequence` count in the lists that were given. */
	add(dictionary: number, feature: number, sequence: number, position: number, value: number): void;
}

/** Dictionaries whose encoders are in one graph. */
interface Group {
	/** Where they begin in the list of all. */
	readonly first: number;
	readonly dictionaries: readonly Dictionary[];
}

/**
 * Model and encoders over several sequences at once; shorter ones are padded behind. All encoders are one graph, which
 * stays loaded; where memory does not hold them, one group after another is loaded for each run.
 */
export class CorpusEncoder {
	readonly #model: LanguageModel;
	readonly #groups: readonly Group[];
	readonly #options: SessionOptions | undefined;
	readonly #tokensAtOnce: number;
	#whole: GraphSession | undefined;

	private constructor(model: LanguageModel, dictionaries: readonly Dictionary[], options?: SessionOptions) {
		this.#model = model;
		this.#options = options;
		this.#groups = planGroups(dictionaries);
		const perToken = this.#groups.map((group) =>
			group.dictionaries.reduce((sum, { dSae, config }) => sum + 4 * (config.k ? 2 * config.k : dSae), 0),
		);
		const widest = Math.max(...dictionaries.map(({ dSae }) => 4 * dSae));
		this.#tokensAtOnce = Math.min(mostTokensAtOnce, rowsAtOnce(Math.max(...perToken) + 2 * widest));
	}

	static async load(
		model: LanguageModel,
		dictionaries: readonly Dictionary[],
		options?: SessionOptions,
	): Promise<CorpusEncoder> {
		const encoder = new CorpusEncoder(model, dictionaries, options);
		const [only, ...others] = encoder.#groups;
		if (only && others.length === 0) encoder.#whole = await encoder.#load(only, true);
		return encoder;
	}

	async #load({ dictionaries }: Group, prepack: boolean): Promise<GraphSession> {
		const parameter = mapParameters(this.#model);
		const outputs: Record<string, Value> = {};
		const bySite = new Map(dictionaries.map((dictionary) => [dictionary.siteName, dictionary]));
		buildGpt2Sites({
			config: this.#model.config,
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
		return await GraphSession.load(outputs, { ...this.#options, prepack });
	}

	/** Whether another sequence would be too much for one run. */
	isFull(batch: readonly (readonly number[])[]): boolean {
		const longest = batch.reduce((most, { length }) => Math.max(most, length), 0);
		return (batch.length + 1) * longest > this.#tokensAtOnce;
	}

	/** Tells every activation: dictionary by dictionary, sequence by sequence, in the order of positions. */
	async run(batch: readonly (readonly number[])[], sink: ActivationSink): Promise<void> {
		if (this.#whole) return tell(await this.#whole.run(batchFeeds(batch)), batch, this.#groups[0] as Group, sink);
		for (const group of this.#groups) {
			const session = await this.#load(group, false);
			try {
				tell(await session.run(batchFeeds(batch)), batch, group, sink);
			} finally {
				await session.dispose();
			}
		}
	}

	async dispose(): Promise<void> {
		await this.#whole?.dispose();
	}
}

/** As many encoders beside each other as memory holds. */
function planGroups(dictionaries: readonly Dictionary[]): readonly Group[] {
	const most = mappedBytes();
	const groups: { first: number; dictionaries: Dictionary[] }[] = [];
	let held = 0;
	for (const [i, dictionary] of dictionaries.entries()) {
		const bytes = dictionary.encoder.tensor.bytes;
		const last = groups.at(-1);
		if (last && held + bytes <= most) {
			last.dictionaries.push(dictionary);
			held += bytes;
		} else {
			groups.push({ first: i, dictionaries: [dictionary] });
			held = bytes;
		}
	}
	return groups;
}

function tell(
	results: Readonly<Record<string, Numbers>>,
	batch: readonly (readonly number[])[],
	{ first, dictionaries }: Group,
	sink: ActivationSink,
): void {
	const longest = batch.reduce((most, { length }) => Math.max(most, length), 0);
	for (const [number, dictionary] of dictionaries.entries()) {
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
					sink.add(first + number, indices ? (indices[i] as number) : i - from, row, t, value);
				}
			}
	}
}
