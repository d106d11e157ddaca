import { AppError } from "#shared/errors";
import { type SiteName, siteName } from "#shared/site";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { checkFinite } from "../model/non-finite.ts";
import { differentiate, type Seed } from "../onnx/differentiate.ts";
import { ones } from "../onnx/linear.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { floats, type Numbers, runOnce, type SessionOptions } from "../onnx/session.ts";
import { reshape } from "../onnx/shaping.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { buildMetric, lastFeed, type Metric, metricFeeds } from "./metric.ts";

/** The plain model on one prompt: activations and, behind them, the metric's gradient at every site asked for. */
export interface ModelRun {
	readonly tokens: number;
	readonly width: number;
	/** `[T, width of the site]` each. */
	readonly activations: ReadonlyMap<SiteName, Float32Array>;
	/** `∂m/∂x`, the same shape. Empty without a metric. Whoever has read one for the last time takes it out. */
	readonly gradients: Map<SiteName, Float32Array>;
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
	/** Called between runs with the share that is done, so that other work can be done or the trace be stopped. */
	pause?(share: number): Promise<void>;
}

/** Forward and full backward pass. Throws `bad-file` where its numbers are not finite, naming the weights. */
export async function runModel(options: ModelRunOptions): Promise<ModelRun> {
	const { model, ids, metric, withGradients } = options;
	const results = await runGroups(options, planGroups(options));
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

/** Layers that are computed in one run, `from` to `to`, the end excluded. */
interface Group {
	readonly from: number;
	readonly to: number;
}

/** As many layers at once as memory allows: attention's weights and the MLP's inside are kept until they are differentiated. */
function planGroups({ model, ids }: ModelRunOptions): readonly Group[] {
	const { layers, heads, width, innerWidth } = model.config;
	const tokens = ids.length;
	const each = rowsAtOnce(4 * tokens * (3 * heads * tokens + 8 * innerWidth + 12 * width));
	return Array.from({ length: Math.ceil(layers / each) }, (_, i) => ({
		from: i * each,
		to: Math.min(layers, (i + 1) * each),
	}));
}

/**
 * Forward through all groups and back again. What lies inside a group is not kept until the backward pass comes to it but
 * computed again from the stream that enters it; the last one does both at once.
 */
async function runGroups(options: ModelRunOptions, groups: readonly Group[]): Promise<Record<string, Numbers>> {
	const { ids, metric, withGradients, session, pause } = options;
	const runs = 2 * groups.length - 1;
	let done = 0;
	const results: Record<string, Numbers> = {};
	const fixed = { ...tokenFeeds(ids), ...metricFeeds(metric), ...lastFeed(ids.length) };
	const run = async (group: Group, backward: boolean, feeds: Record<string, Numbers>) => {
		await pause?.(done++ / runs);
		const { stream, arriving, ...found } = await runOnce(
			buildGroup(options, group, backward),
			{ ...fixed, ...feeds },
			session,
		);
		Object.assign(results, found);
		return { stream, arriving };
	};
	const entering = new Map<Group, Record<string, Numbers>>();
	let feeds: Record<string, Numbers> = {};
	for (const group of groups) {
		entering.set(group, feeds);
		if (group === groups.at(-1) && withGradients) break;
		const { stream } = await run(group, false, feeds);
		feeds = stream ? { stream } : {};
	}
	if (!withGradients) return results;
	let cotangent: Numbers | undefined;
	for (const group of groups.toReversed()) {
		const { arriving } = await run(group, true, { ...entering.get(group), ...(cotangent && { cotangent }) });
		cotangent = arriving;
	}
	return results;
}

/**
 * Activations of a group's sites (forward, or in the last group) and their gradients (backward). `stream` is what leaves
 * it, `arriving` the gradient of what enters.
 */
function buildGroup(options: ModelRunOptions, { from, to }: Group, backward: boolean): Record<string, Value> {
	const { model } = options;
	const { width, layers } = model.config;
	const graph = { config: model.config, parameter: mapParameters(model) };
	const isLast = to === layers;
	const tokenInputs = buildTokenInputs(graph.parameter);
	const entering = from === 0 ? undefined : input("stream", ["T", width]);
	const values = buildGpt2Sites({
		...graph,
		...tokenInputs,
		...(entering && { embedding: entering, firstLayer: from }),
		apart: new Set(options.sites),
	});
	const names = options.sites.filter((name) => {
		const layer = layerOf(name);
		return layer < to && layer >= (from === 0 ? -1 : from);
	});
	const outputs: Record<string, Value> = {};
	if (!backward || isLast) for (const name of names) outputs[`x:${name}`] = values.get(name) as Value;
	const leaving = values.get(siteName({ kind: "resid", layer: to - 1 })) as Value;
	if (!backward) return isLast ? outputs : { ...outputs, stream: leaving };
	let seed: Seed = { value: leaving, cotangent: input("cotangent", ["T", width]) };
	if (isLast) {
		const measured = buildMetric(values.final, graph);
		Object.assign(outputs, { metric: measured.value, logits: measured.logits, normaliser: measured.normaliser });
		seed = { value: measured.value, cotangent: reshape(ones(1), [1, 1]) };
	}
	const targets = [...names.map((name) => values.get(name) as Value), ...(entering ? [entering] : [])];
	const gradients = differentiate([seed], targets);
	for (const [i, name] of names.entries()) if (gradients[i]) outputs[`g:${name}`] = gradients[i];
	if (entering) outputs["arriving"] = gradients[names.length] as Value;
	return outputs;
}

const layerOf = (name: SiteName) => Number(/_(-?\d+)/.exec(name)?.[1]);

/** A site that no path joins to the metric has a zero gradient. */
function readOrZeros(results: Readonly<Record<string, Numbers>>, name: string, like: string): Float32Array {
	return results[name] ? floats(results, name) : new Float32Array(floats(results, like).length);
}
