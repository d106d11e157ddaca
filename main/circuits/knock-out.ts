import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites, buildLogits, pickPosition } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { mul, sub } from "../onnx/elementwise.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { loadDictionarySlice } from "../sae/dictionary-slice.ts";
import { buildSomeFeatures } from "../sae/feature-graph.ts";
import type { Measure, MeasuredText } from "./measure.ts";
import { lastFeed, type Metric } from "./metric.ts";

/**
 * The model as it is and with some features ablated at every position, side by side, summed over texts. Where a metric is
 * measured, the last position of each text is compared, else all of them.
 */
export class KnockOut {
	tokens = 0;
	/** Where the two were compared. */
	positions = 0;
	predictions = 0;
	/** `Σ KL(base ‖ ablated)` over those positions, in nats. */
	kl = 0;
	/** Of each text, summed nats or its metric. */
	readonly baseLosses: number[] = [];
	readonly ablatedLosses: number[] = [];
	/** `Σ p(ablated) − p(base)` over positions, by token. */
	readonly changes: Float64Array;
	readonly #session: GraphSession;
	readonly #measure: Measure;
	/** Probabilities at the position at hand. */
	readonly #before: Float64Array;
	readonly #after: Float64Array;

	private constructor(session: GraphSession, vocabularySize: number, measure: Measure) {
		this.#session = session;
		this.#measure = measure;
		this.changes = new Float64Array(vocabularySize);
		this.#before = new Float64Array(vocabularySize);
		this.#after = new Float64Array(vocabularySize);
	}

	/** `x' = x − Σ_f a_f(x)·W_dec[f]` at every site, activations as they are once earlier sites have been changed. */
	static async load(
		model: LanguageModel,
		pinned: ReadonlyMap<Dictionary, readonly number[]>,
		measure: Measure,
		options: SessionOptions,
	): Promise<KnockOut> {
		const graph = { config: model.config, parameter: mapParameters(model) };
		const bySite = new Map(
			[...pinned].map(([dictionary, features]) => [dictionary.siteName, { dictionary, features }]),
		);
		const on = input("on", ["N", 1, 1]);
		const sites = buildGpt2Sites({
			...graph,
			...buildTokenInputs(graph.parameter),
			intervene(site, x) {
				const found = bySite.get(site);
				if (!found) return x;
				const slice = loadDictionarySlice(found.dictionary, Int32Array.from(found.features));
				const { activations, contribute } = buildSomeFeatures(x, found.dictionary, slice);
				return sub(x, mul(contribute(activations), on));
			},
		});
		const compared = measure === "loss" ? sites.final : pickPosition(input("last", [1, "T"]), sites.final);
		const session = await GraphSession.load({ logits: buildLogits(compared, graph) }, { ...options, prepack: true });
		return new KnockOut(session, model.config.vocabularySize, measure);
	}

	async add({ ids, metric }: MeasuredText): Promise<void> {
		const results = await this.#session.run({
			...tokenFeeds(ids),
			...(this.#measure === "metric" && lastFeed(ids.length)),
			on: { data: Float32Array.of(0, 1), dims: [2, 1, 1] },
		});
		const logits = floats(results, "logits");
		const width = this.changes.length;
		const rows = metric ? 1 : ids.length;
		let [before, after] = [0, 0];
		for (let t = 0; t < rows; t++) {
			const base = logits.subarray(t * width, (t + 1) * width);
			const ablated = logits.subarray((rows + t) * width, (rows + t + 1) * width);
			const [baseSum, ablatedSum] = [softmax(base, this.#before), softmax(ablated, this.#after)];
			this.#compare(base, ablated, baseSum - ablatedSum);
			if (metric) {
				before += metricOf(metric, base, baseSum);
				after += metricOf(metric, ablated, ablatedSum);
				this.predictions++;
				continue;
			}
			const target = ids[t + 1];
			if (target === undefined) continue;
			before += baseSum - (base[target] as number);
			after += ablatedSum - (ablated[target] as number);
			this.predictions++;
		}
		this.tokens += ids.length;
		this.positions += rows;
		this.baseLosses.push(before);
		this.ablatedLosses.push(after);
	}

	/** Adds one position; `shift` is the normaliser of the one less that of the other. */
	#compare(base: Float32Array, ablated: Float32Array, shift: number): void {
		const [before, after, changes] = [this.#before, this.#after, this.changes];
		let kl = 0;
		for (let token = 0; token < changes.length; token++) {
			const p = before[token] as number;
			changes[token] = (changes[token] as number) + (after[token] as number) - p;
			// Σ p·(a − b) with Σ p·(e^{b−a} − 1) = 0 added: no term is negative, and small changes keep their digits.
			kl += p * expBeyondLine((ablated[token] as number) - (base[token] as number) + shift);
		}
		this.kl += kl;
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}

/** The metric of one position's logits, whose normaliser is known. */
const metricOf = ({ terms, normaliser }: Metric, logits: Float32Array, sum: number): number =>
	terms.reduce((value, { token, coefficient }) => value + coefficient * (logits[token] as number), normaliser * sum);

/** Writes the probabilities and returns the normaliser, `log Σ exp`, in double precision. */
function softmax(logits: Float32Array, into: Float64Array): number {
	let most = Number.NEGATIVE_INFINITY;
	for (let i = 0; i < logits.length; i++) most = Math.max(most, logits[i] as number);
	let total = 0;
	for (let i = 0; i < logits.length; i++) total += into[i] = Math.exp((logits[i] as number) - most);
	for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) / total;
	return most + Math.log(total);
}

/** `e^d − 1 − d`, by its series where the difference would lose digits. */
function expBeyondLine(d: number): number {
	if (Math.abs(d) > 0.1) return Math.exp(d) - 1 - d;
	return d * d * (1 / 2 + d * (1 / 6 + d * (1 / 24 + d * (1 / 120 + d * (1 / 720 + d * (1 / 5040 + d / 40320))))));
}

/** In double precision. */
export function logSumExp(logits: Float32Array): number {
	let most = Number.NEGATIVE_INFINITY;
	for (const logit of logits) if (logit > most) most = logit;
	let total = 0;
	for (const logit of logits) total += Math.exp(logit - most);
	return most + Math.log(total);
}
