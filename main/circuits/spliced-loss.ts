import type { SiteName } from "#shared/site";
import type { Baseline } from "#shared/validation";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { differentiate } from "../onnx/differentiate.ts";
import { add, mul, sub } from "../onnx/elementwise.ts";
import { ones } from "../onnx/linear.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { buildAllFeatures } from "../sae/feature-graph.ts";
import { buildMeasure, type Measure, type MeasuredText, measureFeeds } from "./measure.ts";

type Features = ReadonlyMap<SiteName, ReadonlySet<number>>;

/** Features that keep their activations, or all but some; at every dictionary the others get the baseline. */
export type FeatureSet = { readonly only: Features } | { readonly allBut: Features };

/** A set in the address of a piece. */
export const listSet = (set: FeatureSet): readonly unknown[] => {
	const list = (features: Features) => [...features].map(([site, numbers]) => [site, [...numbers]]);
	return "only" in set ? list(set.only) : ["all but", list(set.allBut)];
};

export interface SplicedLossOptions {
	readonly model: LanguageModel;
	readonly dictionaries: readonly Dictionary[];
	readonly baseline: Baseline;
	readonly errors: "keep" | "remove";
	readonly measure: Measure;
	readonly session: SessionOptions;
}

type Baselines = ReadonlyMap<SiteName, Float32Array>;

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
		const { losses } = buildLosses(options);
		return new SplicedLoss(await GraphSession.load({ losses }, { ...options.session, prepack: true }), options);
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
	async run(text: MeasuredText, sets: readonly FeatureSet[], baselines: Baselines): Promise<Float32Array> {
		return floats(await this.#session.run(splicedFeeds(this.#options, text, sets, baselines)), "losses");
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}

/** How what is measured changes with how much of each feature is kept, in the very graph of `SplicedLoss`. */
export class SplicedGradient {
	readonly #session: GraphSession;
	readonly #options: SplicedLossOptions;

	private constructor(session: GraphSession, options: SplicedLossOptions) {
		this.#session = session;
		this.#options = options;
	}

	static async load(options: SplicedLossOptions): Promise<SplicedGradient> {
		const { losses, kept } = buildLosses(options);
		const sites = [...kept.keys()];
		const gradients = differentiate([{ value: losses, cotangent: ones(1) }], [...kept.values()]);
		const outputs = sites.flatMap((site, i) => (gradients[i] ? [[`g:${site}`, gradients[i]] as const] : []));
		return new SplicedGradient(await GraphSession.load(Object.fromEntries(outputs), options.session), options);
	}

	/** `∂m/∂keep`, `[F]` a site, where the set's features are kept. A site that reaches nothing has none. */
	async run(text: MeasuredText, set: FeatureSet, baselines: Baselines): Promise<ReadonlyMap<SiteName, Float32Array>> {
		const results = await this.#session.run(splicedFeeds(this.#options, text, [set], baselines));
		const sites = this.#options.dictionaries.map(({ siteName }) => siteName);
		return new Map(sites.filter((site) => results[`g:${site}`]).map((site) => [site, floats(results, `g:${site}`)]));
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}

function splicedFeeds(
	{ dictionaries, baseline: kind }: SplicedLossOptions,
	text: MeasuredText,
	sets: readonly FeatureSet[],
	baselines: Baselines,
): Record<string, Numbers> {
	const { ids } = text;
	const feeds: Record<string, Numbers> = { ...tokenFeeds(ids), ...measureFeeds(text) };
	for (const { siteName: site, dSae } of dictionaries) {
		const keep = new Float32Array(sets.length * dSae);
		for (const [row, set] of sets.entries()) {
			const listed = "only" in set ? set.only : set.allBut;
			if ("allBut" in set) keep.fill(1, row * dSae, (row + 1) * dSae);
			for (const feature of listed.get(site) ?? []) keep[row * dSae + feature] = "only" in set ? 1 : 0;
		}
		feeds[`keep:${site}`] = { data: keep, dims: [sets.length, 1, dSae] };
		const data = baselines.get(site);
		if (data) feeds[`baseline:${site}`] = { data, dims: kind === "mean" ? [dSae] : [ids.length, dSae] };
	}
	return feeds;
}

/** `losses` are `[N]`, one a set; `kept` the inputs `[N, 1, F]` that say which features are. */
function buildLosses({ model, dictionaries, baseline, errors, measure }: SplicedLossOptions) {
	const graph = { config: model.config, parameter: mapParameters(model) };
	const bySite = new Map(dictionaries.map((dictionary) => [dictionary.siteName, dictionary]));
	const kept = new Map<SiteName, Value>();
	const sites = buildGpt2Sites({
		...graph,
		...buildTokenInputs(graph.parameter),
		intervene(site, x) {
			const dictionary = bySite.get(site);
			if (!dictionary) return x;
			const { dSae } = dictionary;
			const { activations, contribute, reconstruct } = buildAllFeatures(x, dictionary);
			const keep = input(`keep:${site}`, ["N", 1, dSae]);
			kept.set(site, keep);
			const dropped = sub(1, keep);
			const shape = baseline === "mean" ? [dSae] : ["T", dSae];
			const towards = baseline === "zero" ? mul(activations, -1) : sub(input(`baseline:${site}`, shape), activations);
			const change = mul(towards, dropped);
			return errors === "keep" ? add(x, contribute(change)) : reconstruct(add(activations, change));
		},
	});
	return { losses: buildMeasure(sites.final, graph, measure), kept };
}
