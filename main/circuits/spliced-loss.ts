import type { SiteName } from "#shared/site";
import type { Baseline } from "#shared/validation";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { add, mul, sub } from "../onnx/elementwise.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { buildAllFeatures } from "../sae/feature-graph.ts";
import { buildMeasure, type Measure, type MeasuredText, measureFeeds } from "./measure.ts";

/** Features that keep their activations; at every dictionary all others get the baseline. */
export type KeptFeatures = ReadonlyMap<SiteName, ReadonlySet<number>>;

export interface SplicedLossOptions {
	readonly model: LanguageModel;
	readonly dictionaries: readonly Dictionary[];
	readonly baseline: Baseline;
	readonly errors: "keep" | "remove";
	readonly measure: Measure;
	readonly session: SessionOptions;
}

/**
 * The model with every dictionary spliced in, features outside a set at their baseline: features and errors are computed
 * anew from whatever arrives at each site. Many sets share one run.
 */
export class SplicedLoss {
	readonly #session: GraphSession;
	readonly #options: SplicedLossOptions;

	private constructor(session: GraphSession, options: SplicedLossOptions) {
		this.#session = session;
		this.#options = options;
	}

	static async load(options: SplicedLossOptions): Promise<SplicedLoss> {
		return new SplicedLoss(
			await GraphSession.load(buildLosses(options), { ...options.session, prepack: true }),
			options,
		);
	}

	/** How many sets of features fit in one run over so many tokens. */
	atOnce(tokens: number): number {
		const { dictionaries, model } = this.#options;
		const { heads, innerWidth, vocabularySize } = model.config;
		const widest = Math.max(...dictionaries.map(({ dSae }) => 3 * dSae));
		return rowsAtOnce(4 * tokens * Math.max(heads * tokens + innerWidth, widest, vocabularySize));
	}

	/**
	 * What is measured of a text for each set: summed nats of all predictions, or its metric. `baselines` are `[F]` for the
	 * mean and `[T, F]` for another text's activations, by site; zero needs none.
	 */
	async run(
		text: MeasuredText,
		sets: readonly KeptFeatures[],
		baselines: ReadonlyMap<SiteName, Float32Array>,
	): Promise<Float32Array> {
		const { dictionaries } = this.#options;
		const { ids } = text;
		const feeds: Record<string, Numbers> = { ...tokenFeeds(ids), ...measureFeeds(text) };
		for (const { siteName: site, dSae } of dictionaries) {
			const keep = new Float32Array(sets.length * dSae);
			for (const [row, set] of sets.entries())
				for (const feature of set.get(site) ?? []) keep[row * dSae + feature] = 1;
			feeds[`keep:${site}`] = { data: keep, dims: [sets.length, 1, dSae] };
			const baseline = baselines.get(site);
			if (baseline)
				feeds[`baseline:${site}`] = {
					data: baseline,
					dims: this.#options.baseline === "mean" ? [dSae] : [ids.length, dSae],
				};
		}
		return floats(await this.#session.run(feeds), "losses");
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}

function buildLosses({ model, dictionaries, baseline, errors, measure }: SplicedLossOptions): Record<string, Value> {
	const graph = { config: model.config, parameter: mapParameters(model) };
	const bySite = new Map(dictionaries.map((dictionary) => [dictionary.siteName, dictionary]));
	const sites = buildGpt2Sites({
		...graph,
		...buildTokenInputs(graph.parameter),
		intervene(site, x) {
			const dictionary = bySite.get(site);
			if (!dictionary) return x;
			const { dSae } = dictionary;
			const { activations, contribute, reconstruct } = buildAllFeatures(x, dictionary);
			const dropped = sub(1, input(`keep:${site}`, ["N", 1, dSae]));
			const shape = baseline === "mean" ? [dSae] : ["T", dSae];
			const towards = baseline === "zero" ? mul(activations, -1) : sub(input(`baseline:${site}`, shape), activations);
			const change = mul(towards, dropped);
			return errors === "keep" ? add(x, contribute(change)) : reconstruct(add(activations, change));
		},
	});
	return { losses: buildMeasure(sites.final, graph, measure) };
}
