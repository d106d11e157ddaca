import type { Site, SiteName } from "#shared/site";
import { siteName } from "#shared/site";
import { placeFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { measureSite } from "../model/site-width.ts";
import { differentiate } from "../onnx/differentiate.ts";
import { gather, ones } from "../onnx/linear.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { expandLike, reshape } from "../onnx/shaping.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { DictionarySlice } from "../sae/dictionary-slice.ts";
import { buildMetric, lastFeed, type Metric, metricFeeds } from "./metric.ts";
import { rowsOf, type SiteActivity } from "./site-activity.ts";
import { sumRows } from "./sparse-rows.ts";

export interface PathOptions {
	readonly model: LanguageModel;
	readonly metric: Metric;
	readonly site: Site;
	/** Activations of the prompt at this site and beside it, `[T, width of the site]`. */
	readonly activations: ReadonlyMap<SiteName, Float32Array>;
	/** From the prompt's reconstruction to the baseline's, `[T, width of the site]`. */
	readonly direction: Float32Array;
	readonly steps: number;
	readonly session?: SessionOptions;
}

/**
 * Integrated gradients (Sundararajan et al. 2017) at one site: the mean of `∂m/∂x [T, width]` at
 * `x + α·direction` for `α = i/N, i = 0 … N−1`, only this site moved, its error kept.
 */
export async function integrateGradients(options: PathOptions): Promise<Float32Array> {
	const { model, site, steps, direction, metric } = options;
	const name = siteName(site);
	const x = options.activations.get(name) as Float32Array;
	const { width } = model.config;
	const siteWidth = measureSite(site, model.config);
	const tokens = x.length / siteWidth;
	const graph = { config: model.config, parameter: mapParameters(model) };
	const start = input("start", ["N", "T", siteWidth]);
	const given = new Map<SiteName, Value>([[name, start]]);
	const beside = residualBeside(site);
	if (beside) given.set(beside, input("beside", ["T", width]));
	const sites = buildGpt2Sites({
		...graph,
		embedding: {
			tokens: input("embedding", ["T", width]),
			positions: gather(graph.parameter("wpe.weight"), input("positions", ["T"], "int64")),
		},
		mask: input("mask", ["T", "T"]),
		intervene: (place, computed) => given.get(place) ?? computed,
	});
	const { value } = buildMetric(sites.final, graph);
	const seed = { value, cotangent: expandLike(reshape(ones(1), [1, 1, 1]), value) };
	const [gradient] = differentiate([seed], [start]);
	const session = await GraphSession.load({ gradient: gradient as Value }, options.session);
	const fixed: Record<string, Numbers> = {
		...placeFeeds(tokens),
		...(beside && { beside: { data: options.activations.get(beside) as Float32Array, dims: [tokens, width] } }),
		...metricFeeds(metric),
		...lastFeed(tokens),
	};
	const bytesEach = 4 * tokens * (4 * tokens * model.config.heads + 12 * width) * (model.config.layers - site.layer);
	const batch = Math.min(steps, rowsAtOnce(bytesEach));
	const mean = new Float64Array(x.length);
	for (let first = 0; first < steps; first += batch) {
		const count = Math.min(batch, steps - first);
		const points = new Float32Array(count * x.length);
		for (let i = 0; i < points.length; i++) {
			const at = i % x.length;
			const alpha = (first + Math.floor(i / x.length)) / steps;
			points[i] = (x[at] as number) + alpha * (direction[at] as number);
		}
		const results = await session.run({ ...fixed, start: { data: points, dims: [count, tokens, siteWidth] } });
		for (const [i, number] of floats(results, "gradient").entries()) {
			const at = i % x.length;
			mean[at] = (mean[at] as number) + number / steps;
		}
	}
	await session.dispose();
	return Float32Array.from(mean);
}

/** What is computed beside a sublayer and stays as it was: the residual stream that its output is added to. */
export function residualBeside({ kind, layer }: Site): SiteName | undefined {
	if (kind === "ln1" || kind === "attn" || kind === "z") return siteName({ kind: "resid", layer: layer - 1 });
	if (kind === "mlpin" || kind === "ln2" || kind === "post" || kind === "mlp") return siteName({ kind: "mid", layer });
	return undefined;
}

/**
 * Where a site moves when its features go to the baseline, `[T, width]`: `Σ (a_baseline − a) · W_dec` with the prompt's
 * own un-normalising factors, so that attributions along the path add up to its effect.
 */
export async function directionToBaseline(
	{ scale, tokens, contributions }: SiteActivity,
	slice: DictionarySlice,
	session?: SessionOptions,
): Promise<Float32Array> {
	const amounts = contributions.activations.map(
		(amount, i) => -amount * (scale[contributions.positions[i] as number] as number),
	);
	return await sumRows(rowsOf(contributions, slice.features, slice.decoder), amounts, tokens, session);
}
