import { AppError } from "#shared/errors";
import type { SiteName } from "#shared/site";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { checkFinite } from "../model/non-finite.ts";
import { differentiate } from "../onnx/differentiate.ts";
import { ones } from "../onnx/linear.ts";
import { floats, type Numbers, runOnce, type SessionOptions } from "../onnx/session.ts";
import { reshape } from "../onnx/shaping.ts";
import type { Value } from "../onnx/value.ts";
import { buildMetric, lastFeed, type Metric, metricFeeds } from "./metric.ts";

/** The plain model on one prompt: activations and, behind them, the metric's gradient at every site asked for. */
export interface ModelRun {
	readonly tokens: number;
	readonly width: number;
	/** `[T, width of the site]` each. */
	readonly activations: ReadonlyMap<SiteName, Float32Array>;
	/** `∂m/∂x`, the same shape. Empty without a metric. */
	readonly gradients: ReadonlyMap<SiteName, Float32Array>;
	readonly metric: number;
	/** Logit of each token that the metric names, and `∂m/∂logit` of it. */
	readonly logits: readonly { readonly token: number; readonly logit: number; readonly weight: number }[];
}

export interface ModelRunOptions {
	readonly model: LanguageModel;
	readonly ids: readonly number[];
	/** Sites whose activations and gradients are wanted. */
	readonly sites: readonly SiteName[];
	readonly metric: Metric;
	/** Without gradients only activations are computed (the patch prompt of a pair). */
	readonly withGradients: boolean;
	readonly session?: SessionOptions;
}

/** Forward and full backward pass in one run. Throws `bad-file` where its numbers are not finite, naming the weights. */
export async function runModel(options: ModelRunOptions): Promise<ModelRun> {
	const { model, ids, metric, withGradients } = options;
	const graph = { config: model.config, parameter: mapParameters(model) };
	const apart = new Set(options.sites);
	const values = buildGpt2Sites({ ...graph, ...buildTokenInputs(graph.parameter), apart });
	const sites = options.sites.map((name) => values.get(name) as Value);
	const outputs: Record<string, Value> = {};
	for (const [i, name] of options.sites.entries()) outputs[`x:${name}`] = sites[i] as Value;
	if (withGradients) {
		const measured = buildMetric(values.final, graph);
		Object.assign(outputs, { metric: measured.value, logits: measured.logits, normaliser: measured.normaliser });
		const seed = { value: measured.value, cotangent: reshape(ones(1), [1, 1]) };
		for (const [i, gradient] of differentiate([seed], sites).entries())
			if (gradient) outputs[`g:${options.sites[i]}`] = gradient;
	}
	const metricInputs = withGradients ? { ...metricFeeds(metric), ...lastFeed(ids.length) } : {};
	const results = await runOnce(outputs, { ...tokenFeeds(ids), ...metricInputs }, options.session);
	const read = (prefix: string) =>
		new Map(options.sites.map((name) => [name, readOrZeros(results, `${prefix}:${name}`, `x:${name}`)]));
	const normaliser = results["normaliser"]?.data[0] as number | undefined;
	const run: ModelRun = {
		tokens: ids.length,
		width: model.config.width,
		activations: read("x"),
		gradients: withGradients ? read("g") : new Map(),
		metric: Number(results["metric"]?.data[0]),
		logits: metric.terms.map(({ token, coefficient }, i) => {
			const logit = Number(results["logits"]?.data[i]);
			return { token, logit, weight: coefficient + metric.normaliser * Math.exp(logit - (normaliser ?? 0)) };
		}),
	};
	for (const numbers of [...run.activations.values(), ...run.gradients.values()])
		if (!numbers.every(Number.isFinite)) {
			checkFinite(model.tensors.values());
			throw new AppError(
				"bad-file",
				`The model in ${model.dir} computes values that are not finite numbers although its weights are. Choose another model or prompt.`,
				{ path: model.dir },
			);
		}
	return run;
}

/** A site that no path joins to the metric has a zero gradient. */
function readOrZeros(results: Readonly<Record<string, Numbers>>, name: string, like: string): Float32Array {
	return results[name] ? floats(results, name) : new Float32Array(floats(results, like).length);
}
