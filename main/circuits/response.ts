import { AppError } from "#shared/errors";
import { parseNodeId } from "#shared/node-id";
import type { ResponsePoint, ResponseRequest, ResponseResult } from "#shared/response";
import { siteName } from "#shared/site";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites, buildLogits } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import { add, mul } from "../onnx/elementwise.ts";
import { matMul } from "../onnx/linear.ts";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider } from "../onnx/providers.ts";
import { floats, GraphSession } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { EncoderSession } from "../sae/encoder-session.ts";
import { buildMetric, lastFeed, metricFeeds } from "./metric.ts";
import { runModel } from "./model-run.ts";
import { columnOf, loadSiteActivity, type SiteActivity } from "./site-activity.ts";
import { loadTraceInputs } from "./trace-inputs.ts";

const shownTokens = 8;
/** Attention, the MLP's inside and logits of the coefficients of one run stay below this. */
const batchBytes = 134_217_728;

/**
 * The metric and the next token when a feature's part of its site is scaled: `x' = x + (c − 1)·a_u·W_dec[u]`, with the
 * dictionary's own un-normalising; what the dictionary misses stays. As many coefficients as fit in memory share a run.
 */
export async function computeResponse(request: ResponseRequest, signal: AbortSignal): Promise<ResponseResult> {
	const ref = parseNodeId(request.node);
	if (ref.kind !== "feature")
		throw new AppError("usage", `"${request.node}" is no feature. Only features can be scaled.`, {
			node: request.node,
		});
	const { model, tokenizer, dictionaries, metric } = loadTraceInputs({
		...request,
		choice: { by: "count", count: 1 },
		upNodes: 1,
		lastPositionOnly: false,
		allNodes: false,
		keepUnconnected: false,
	});
	const name = siteName(ref.site);
	const dictionary = dictionaries.find((one) => one.siteName === name);
	if (!dictionary)
		throw new AppError("not-found", `No dictionary sits at ${name}, where ${request.node} is. Add its folder.`, {
			node: request.node,
		});
	const { provider } = await chooseProvider(request.provider);
	const session = { provider };
	const ids = metric.runIds;
	const clean = await runModel({ model, ids, sites: [name], metric, withGradients: false, session });
	const x = clean.activations.get(name) as Float32Array;
	const encoder = await EncoderSession.load(dictionary, session);
	const sparse = await encoder.run(x).finally(() => encoder.dispose());
	const activity = await loadSiteActivity({ dictionary, x, sparse, session });
	const { part, positions } = partOf(activity, ref.feature, ref.position);
	if (positions.length === 0)
		throw new AppError(
			"no-effect",
			`${request.node} is not active on this prompt, so scaling it changes nothing. Choose a feature of the circuit that this prompt gave.`,
			{ node: request.node },
		);

	const parameter = mapParameters(model);
	const graph = { config: model.config, parameter };
	const sites = buildGpt2Sites({
		...graph,
		...buildTokenInputs(parameter),
		intervene: (site, computed) =>
			site === name ? add(computed, mul(input("more", ["N", 1, 1]), input("part", ["T", dictionary.dIn]))) : computed,
	});
	const last = sites.get(siteName({ kind: "resid", layer: model.config.layers - 1 })) as Value;
	const feeds = {
		...tokenFeeds(ids),
		...metricFeeds(metric),
		...lastFeed(ids.length),
		part: { data: part, dims: [ids.length, dictionary.dIn] },
	};
	// The first is the prompt as it is, whatever was asked for.
	const more = Float32Array.of(0, ...request.coefficients.map((coefficient) => coefficient - 1));
	const { heads, innerWidth, vocabularySize } = model.config;
	const atOnce = Math.max(
		1,
		Math.floor(batchBytes / (4 * (ids.length * (heads * ids.length + innerWidth) + vocabularySize))),
	);
	const values: number[] = [];
	const rows: Float64Array[] = [];
	const scaled = await GraphSession.load(
		{ metric: buildMetric(last, graph).value, logits: buildLogits(matMul(input("last", [1, "T"]), last), graph) },
		session,
	);
	try {
		for (let first = 0; first < more.length; first += atOnce) {
			await pauseBetweenRuns(signal, "The response was cancelled.");
			const batch = more.subarray(first, first + atOnce);
			const results = await scaled.run({
				...feeds,
				more: { data: batch, dims: [batch.length, 1, 1] },
			});
			values.push(...floats(results, "metric"));
			const logits = floats(results, "logits");
			for (let row = 0; row < batch.length; row++)
				rows.push(softmax(logits.subarray(row * vocabularySize, (row + 1) * vocabularySize)));
		}
	} finally {
		await scaled.dispose();
	}
	const before = rows[0] as Float64Array;
	return {
		node: request.node,
		metric: metric.name,
		positions,
		points: request.coefficients.map((coefficient, i): ResponsePoint => {
			const after = rows[i + 1] as Float64Array;
			const change = (id: number) => (after[id] as number) - (before[id] as number);
			const sorted = Array.from(after.keys()).sort((a, b) => change(b) - change(a));
			const show = (tokens: readonly number[]) =>
				tokens.map((id) => ({
					token: tokenizer.tokenText(id),
					before: before[id] as number,
					after: after[id] as number,
				}));
			return {
				coefficient,
				value: values[i + 1] as number,
				gains: show(sorted.slice(0, shownTokens).filter((id) => change(id) > 0)),
				losses: show(
					sorted
						.slice(-shownTokens)
						.reverse()
						.filter((id) => change(id) < 0),
				),
			};
		}),
	};
}

/** What the feature adds to its site, `[T, dIn]`: zero where it is not active or not meant. */
function partOf(
	{ sparse, slice, columns, dictionary, scale, tokens }: SiteActivity,
	feature: number,
	only: number | undefined,
) {
	const { dIn } = dictionary;
	const part = new Float32Array(tokens * dIn);
	const positions: number[] = [];
	for (const [i, one] of sparse.features.entries()) {
		const position = sparse.positions[i] as number;
		if (one !== feature || (only !== undefined && position !== only)) continue;
		positions.push(position);
		const row = columnOf(columns, feature) * dIn;
		const factor = (sparse.activations[i] as number) * (scale[position] as number);
		for (let at = 0; at < dIn; at++) part[position * dIn + at] = factor * (slice.decoder[row + at] as number);
	}
	return { part, positions };
}

function softmax(logits: Float32Array): Float64Array {
	const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
	const powers = Float64Array.from(logits, (logit) => Math.exp(logit - most));
	const total = powers.reduce((a, b) => a + b, 0);
	return powers.map((power) => power / total);
}
