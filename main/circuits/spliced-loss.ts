import type { SiteName } from "#shared/site";
import type { Baseline } from "#shared/validation";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildFinalNorm, buildGpt2Sites, buildUnembedding, type FinalStream } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { add, mul, sub } from "../onnx/elementwise.ts";
import { gather, matMul } from "../onnx/linear.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { reduceLogSumExp, reduceSum } from "../onnx/reductions.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { buildAllFeatures } from "../sae/feature-graph.ts";

/** Features that keep their activations; at every dictionary all others get the baseline. */
export type KeptFeatures = ReadonlyMap<SiteName, ReadonlySet<number>>;

export interface SplicedLossOptions {
	readonly model: LanguageModel;
	readonly dictionaries: readonly Dictionary[];
	readonly baseline: Baseline;
	readonly errors: "keep" | "remove";
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
	 * Summed nats of all predictions of a sequence for each set. `baselines` are `[F]` for the mean and `[T, F]` for
	 * another sequence's activations, by site; zero needs none.
	 */
	async run(
		ids: readonly number[],
		sets: readonly KeptFeatures[],
		baselines: ReadonlyMap<SiteName, Float32Array>,
	): Promise<Float32Array> {
		const { dictionaries } = this.#options;
		const feeds: Record<string, Numbers> = { ...tokenFeeds(ids), ...targetFeeds(ids) };
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

function buildLosses({ model, dictionaries, baseline, errors }: SplicedLossOptions): Record<string, Value> {
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
	return { losses: buildSummedLoss(sites.final, graph) };
}

/** `Σ_t −log p(target_t)` of final streams `[N, T, width]`, `[N]`; inputs `targets` and `counted` (`targetFeeds`). */
export function buildSummedLoss(last: FinalStream, graph: Parameters<typeof buildUnembedding>[0]): Value {
	const hidden = buildFinalNorm(last, graph);
	const unembedding = buildUnembedding(graph);
	const normaliser = reduceLogSumExp(matMul(hidden, unembedding, { transB: true }), [-1]);
	const logit = reduceSum(mul(hidden, gather(unembedding, input("targets", ["T"], "int64"))), [-1]);
	return reduceSum(mul(sub(normaliser, logit), input("counted", ["T", 1])), [-1, -2], false);
}

/** Each token predicts the next; the last has nothing to predict and does not count. */
export function targetFeeds(ids: readonly number[]): Record<string, Numbers> {
	const targets = BigInt64Array.from(ids, (_, t) => BigInt(ids[t + 1] ?? 0));
	const counted = Float32Array.from(ids, (_, t) => (t + 1 < ids.length ? 1 : 0));
	return { targets: { data: targets, dims: [ids.length] }, counted: { data: counted, dims: [ids.length, 1] } };
}
