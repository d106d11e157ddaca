import { buildFinalNorm, buildUnembedding, type FinalStream, type Gpt2GraphOptions } from "../model/gpt2-graph.ts";
import { mul, sub } from "../onnx/elementwise.ts";
import { gather, matMul } from "../onnx/linear.ts";
import { reduceLogSumExp, reduceSum } from "../onnx/reductions.ts";
import type { Numbers } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { buildMetric, lastFeed, type Metric, metricFeeds } from "./metric.ts";

/** A text that the model runs on, and what is measured of it: a metric at its end, else the loss of every prediction. */
export interface MeasuredText {
	readonly ids: readonly number[];
	readonly metric?: Metric;
	/** As many tokens of the prompt that it is compared with. */
	readonly patch?: readonly number[];
}

export type Measure = "loss" | "metric";

/** What is measured of final streams `[N, T, width]`, one number a row: `[N]`. Its inputs are `measureFeeds`. */
export function buildMeasure(
	final: FinalStream,
	graph: Pick<Gpt2GraphOptions, "config" | "parameter">,
	measure: Measure,
): Value {
	if (measure === "loss") return buildSummedLoss(final, graph);
	return reduceSum(buildMetric(final, graph).value, [-1, -2], false);
}

export function measureFeeds({ ids, metric }: MeasuredText): Record<string, Numbers> {
	return metric ? { ...metricFeeds(metric), ...lastFeed(ids.length) } : targetFeeds(ids);
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
