import type { EdgeMeasurement } from "#shared/edge-explanation";
import { type SiteName, siteName } from "#shared/site";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites, pickPosition } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import { add, mul, sub } from "../onnx/elementwise.ts";
import { reduceSum } from "../onnx/reductions.ts";
import { floats, type Numbers, runOnce } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { loadDictionarySlice } from "../sae/dictionary-slice.ts";
import { buildAllFeatures, buildSomeFeatures } from "../sae/feature-graph.ts";
import type { EdgeSource, EdgeTarget } from "./edge-ends.ts";
import { type EdgeWays, placeRows } from "./edge-heads.ts";
import { buildMetric, buildNamedLogits, lastFeed, metricFeeds } from "./metric.ts";

/** Rows of the batch: the model as it is; the source out and all sites between held; the source out and nothing held. */
const rows = { clean: 0, held: 1, free: 2 } as const;
const count = 3;

/** Runs the model with the source taken out at its position, once as the edge is defined and once as it would be. */
export async function measureEdge(ways: EdgeWays, weight: number): Promise<EdgeMeasurement> {
	const { context, source, target } = ways;
	const { metric } = context.inputs;
	const results = await runOnce(buildRows(ways), { ...feedRows(ways), ...metricFeeds(metric) }, context.session);
	const amounts = readAmounts(floats(results, "amount"), ways);
	const metrics = floats(results, "metric");
	const [before, held, free] = [amounts(rows.clean), amounts(rows.held), amounts(rows.free)];
	return {
		...{ before, held, free },
		predicted: weight / target.slope,
		weight: target.slope * (held - before),
		metric: {
			before: metrics[rows.clean] as number,
			after: metrics[rows.free] as number,
			predicted: -source.attribution,
		},
	};
}

function buildRows({ context, source, target, given }: EdgeWays): Record<string, Value> {
	const { model } = context.inputs;
	const graph = { config: model.config, parameter: mapParameters(model) };
	const isHeld = (site: SiteName) => given.has(site) && site !== source.site && site !== siteName(embedding);
	const sites = buildGpt2Sites({
		...graph,
		...buildTokenInputs(graph.parameter),
		intervene(site, x) {
			if (site === source.site) return add(x, input("moved", [count, "T", widthOf(source)]));
			if (!isHeld(site)) return x;
			const { width } = given.get(site) as { readonly width: number };
			return add(
				mul(x, input("computed", [count, 1, 1])),
				mul(input(`x:${site}`, ["T", width]), input("held", [count, 1, 1])),
			);
		},
	});
	return { amount: buildAmount(sites, target, graph), metric: buildMetric(sites.final, graph).value };
}

const widthOf = ({ vectors, positions }: EdgeSource) => vectors.length / positions.length;

const embedding = { kind: "embed", layer: -1 } as const;

/** Of every position a feature's activation; what errors do to the metric; or the metric's logits at the last. */
function buildAmount(
	sites: ReturnType<typeof buildGpt2Sites>,
	{ dictionary, node }: EdgeTarget,
	graph: Parameters<typeof buildNamedLogits>[1],
): Value {
	if (!dictionary) return buildNamedLogits(pickPosition(input("last", [1, "T"]), sites.final), graph);
	const x = sites.get(dictionary.siteName) as Value;
	if (node.kind === "feature")
		return buildSomeFeatures(x, dictionary, loadDictionarySlice(dictionary, Int32Array.of(node.feature))).activations;
	const features = buildAllFeatures(x, dictionary);
	const error = sub(x, features.reconstruct(features.activations));
	return reduceSum(mul(error, input("gradient", ["T", dictionary.dIn])), [-2, -1], false);
}

function feedRows({ context, source, target, given }: EdgeWays): Record<string, Numbers> {
	const { runIds } = context.inputs.metric;
	const [T, width] = [runIds.length, widthOf(source)];
	const moved = new Float32Array(count * T * width);
	const out = (placeRows(source.vectors, source.positions, T).data as Float32Array).map((amount) => -amount);
	for (const row of [rows.held, rows.free]) moved.set(out, row * T * width);
	const column = (marks: readonly number[]) => ({ data: Float32Array.from(marks), dims: [count, 1, 1] });
	const feeds: Record<string, Numbers> = {
		...tokenFeeds(runIds),
		...lastFeed(T),
		moved: { data: moved, dims: [count, T, width] },
		computed: column([1, 0, 1]),
		held: column([0, 1, 0]),
		gradient: { data: target.gradient, dims: [T, target.gradient.length / T] },
	};
	for (const [name, { x, width: own }] of given) feeds[`x:${name}`] = { data: x, dims: [T, own] };
	return feeds;
}

/** A row's amount at the target's position; where nothing of the batch reaches it, all rows are one. */
function readAmounts(numbers: Float32Array, { context, target }: EdgeWays): (row: number) => number {
	const { runIds, terms } = context.inputs.metric;
	const { node } = target;
	const each = node.kind === "logit" ? terms.length : node.kind === "feature" ? runIds.length : 1;
	const at = node.kind === "logit" ? node.term : node.kind === "feature" ? node.position : 0;
	return (row) => numbers[(numbers.length === each ? 0 : row * each) + at] as number;
}
