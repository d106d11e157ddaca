import { AppError } from "#shared/errors";
import { parseNodeId } from "#shared/node-id";
import type { ResponseCurve, ResponsePoint, ResponseRequest, ResponseResult } from "#shared/response";
import { type SiteName, siteName } from "#shared/site";
import { pickExtremes } from "#shared/top";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites, buildLogits, pickPosition } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import { add, mul } from "../onnx/elementwise.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider } from "../onnx/providers.ts";
import { floats, GraphSession, type Numbers } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { loadDictionarySlice } from "../sae/dictionary-slice.ts";
import { buildSomeFeatures } from "../sae/feature-graph.ts";
import { describeReading } from "../sae/reading-notes.ts";
import { groupPins } from "./method-inputs.ts";
import { buildMetric, lastFeed, metricFeeds } from "./metric.ts";
import { softmax } from "./steering.ts";
import { loadTraceInputs, type TraceInputs } from "./trace-inputs.ts";

const shownTokens = 8;

/** One row of a batch: which nodes are scaled, and by what. */
interface Row {
	readonly nodes: readonly string[];
	readonly coefficient: number;
}

/**
 * The metric, the next token and watched features when features are scaled: `x' = x + Σ_u (c − 1)·a_u(x)·W_dec[u]`, with
 * the dictionary's own un-normalising; what the dictionary misses stays. As many coefficients as fit share a run.
 */
export async function computeResponse(request: ResponseRequest, signal: AbortSignal): Promise<ResponseResult> {
	const inputs = loadTraceInputs(request);
	const { model, tokenizer, dictionaries, metric } = inputs;
	const scaled = groupPins(request.nodes, dictionaries);
	const watched = groupPins(request.watch, dictionaries);
	const watchedTokens = request.watchTokens.map((text) => tokenizer.resolveToken(text));
	const { provider } = await chooseProvider(request.provider);
	const { length } = metric.runIds;
	const groups = request.together ? [request.nodes] : request.nodes.map((node) => [node]);
	// The first is the prompt as it is, whatever was asked for.
	const rows: Row[] = [{ nodes: [], coefficient: 1 }];
	for (const nodes of groups) for (const coefficient of request.coefficients) rows.push({ nodes, coefficient });
	const { heads, innerWidth, vocabularySize } = model.config;
	const widest = Math.max(
		...[...scaled.keys(), ...watched.keys()].map(({ dSae, config }) => (config.k ? 2 * dSae : 0)),
	);
	// Attention, the MLP's inside, topk's pre-activations and logits.
	const perRow = 4 * (length * (heads * length + innerWidth + widest) + vocabularySize);
	const atOnce = rowsAtOnce(perRow);
	const readings: Reading[] = [];
	const session = await GraphSession.load(buildResponse(inputs, scaled, watched), { provider });
	try {
		for (let first = 0; first < rows.length; first += atOnce) {
			await pauseBetweenRuns(signal, "The response was cancelled.");
			const batch = rows.slice(first, first + atOnce);
			const results = await session.run({
				...tokenFeeds(metric.runIds),
				...metricFeeds(metric),
				...lastFeed(length),
				...buildFactors(batch, scaled, length),
			});
			if (first === 0) checkActive(request.nodes, scaled, results, length);
			const logits = floats(results, "logits");
			for (const row of batch.keys())
				readings.push({
					value: floats(results, "metric")[row] as number,
					probabilities: softmax(logits.subarray(row * vocabularySize, (row + 1) * vocabularySize)),
					watched: request.watch.map((id) => readWatched(id, watched, results, row, batch.length, length)),
					active: first === 0 && row === 0 ? readPositions(scaled, results, length) : new Map(),
				});
		}
	} finally {
		await session.dispose();
	}
	const base = readings[0] as Reading;
	const text = (id: number) => tokenizer.tokenText(id);
	return {
		metric: metric.name,
		notes: describeReading(dictionaries),
		watched: [...request.watch, ...watchedTokens.map(text)],
		curves: groups.map((nodes, group): ResponseCurve => {
			const positions = new Set(nodes.flatMap((node) => listPositions(node, base.active)));
			return {
				nodes,
				positions: [...positions].sort((a, b) => a - b),
				points: request.coefficients.map((coefficient, i) => {
					const reading = readings[1 + group * request.coefficients.length + i] as Reading;
					return describePoint(coefficient, base, reading, watchedTokens, text);
				}),
			};
		}),
	};
}

interface Reading {
	readonly value: number;
	/** After the prompt. */
	readonly probabilities: Float64Array;
	readonly watched: readonly number[];
	/** Positions at which each scaled feature is active, of the first reading. */
	readonly active: ReadonlyMap<string, readonly number[]>;
}

function buildResponse(
	{ model }: TraceInputs,
	scaled: ReadonlyMap<Dictionary, readonly number[]>,
	watched: ReadonlyMap<Dictionary, readonly number[]>,
): Record<string, Value> {
	const graph = { config: model.config, parameter: mapParameters(model) };
	const outputs: Record<string, Value> = {};
	const bySite = new Map([...scaled].map(([dictionary, features]) => [dictionary.siteName, { dictionary, features }]));
	const watchedSites = new Map([...watched].map(([one, features]) => [one.siteName, { dictionary: one, features }]));
	const build = (x: Value, { dictionary, features }: { dictionary: Dictionary; features: readonly number[] }) =>
		buildSomeFeatures(x, dictionary, loadDictionarySlice(dictionary, Int32Array.from(features)));
	const sites = buildGpt2Sites({
		...graph,
		...buildTokenInputs(graph.parameter),
		intervene(site, x) {
			// What arrives at a site is read before it is changed there.
			const seen = watchedSites.get(site);
			if (seen) outputs[`watched:${site}`] = build(x, seen).activations;
			const found = bySite.get(site);
			if (!found) return x;
			const { activations, contribute } = build(x, found);
			outputs[`active:${site}`] = activations;
			return add(x, contribute(mul(activations, input(`more:${site}`, ["N", "T", found.features.length]))));
		},
	});
	outputs["metric"] = buildMetric(sites.final, graph).value;
	outputs["logits"] = buildLogits(pickPosition(input("last", [1, "T"]), sites.final), graph);
	return outputs;
}

/** `c − 1` for each row, position and feature of a site, 0 where it is not meant. */
function buildFactors(
	batch: readonly Row[],
	scaled: ReadonlyMap<Dictionary, readonly number[]>,
	length: number,
): Record<string, Numbers> {
	const feeds: Record<string, Numbers> = {};
	for (const [dictionary, features] of scaled) {
		const n = features.length;
		const data = new Float32Array(batch.length * length * n);
		for (const [row, { nodes, coefficient }] of batch.entries())
			for (const node of nodes) {
				const ref = parseNodeId(node);
				if (ref.kind !== "feature" || siteName(ref.site) !== dictionary.siteName) continue;
				for (let t = 0; t < length; t++)
					if (ref.position === undefined || ref.position === t)
						data[(row * length + t) * n + features.indexOf(ref.feature)] = coefficient - 1;
			}
		feeds[`more:${dictionary.siteName}`] = { data, dims: [batch.length, length, n] };
	}
	return feeds;
}

/** Positions at which each scaled feature is active on the prompt as it is, by id without position. */
function readPositions(
	scaled: ReadonlyMap<Dictionary, readonly number[]>,
	results: Readonly<Record<string, Numbers>>,
	length: number,
): ReadonlyMap<string, readonly number[]> {
	const found = new Map<string, readonly number[]>();
	for (const [{ siteName: site }, features] of scaled) {
		// Row 0, whether or not a batch axis has come in upstream.
		const values = floats(results, `active:${site}`);
		for (const [column, feature] of features.entries()) {
			const positions = Array.from({ length }, (_, t) => t);
			found.set(
				`${site}.${feature}`,
				positions.filter((t) => values[t * features.length + column] !== 0),
			);
		}
	}
	return found;
}

function listPositions(node: string, active: Reading["active"]): readonly number[] {
	const ref = parseNodeId(node);
	if (ref.kind !== "feature") return [];
	const positions = active.get(`${siteName(ref.site)}.${ref.feature}`) ?? [];
	return positions.filter((t) => ref.position === undefined || t === ref.position);
}

function checkActive(
	nodes: readonly string[],
	scaled: ReadonlyMap<Dictionary, readonly number[]>,
	results: Readonly<Record<string, Numbers>>,
	length: number,
): void {
	const active = readPositions(scaled, results, length);
	const silent = nodes.find((node) => listPositions(node, active).length === 0);
	if (silent !== undefined)
		throw new AppError(
			"no-effect",
			`${silent} is not active on this prompt, so scaling it changes nothing. Choose a feature of the circuit that this prompt gave.`,
			{ node: silent },
		);
}

/** A feature upstream of every change has no batch axis: all rows are one. */
function readWatched(
	id: string,
	watched: ReadonlyMap<Dictionary, readonly number[]>,
	results: Readonly<Record<string, Numbers>>,
	row: number,
	rows: number,
	length: number,
): number {
	const ref = parseNodeId(id) as Extract<ReturnType<typeof parseNodeId>, { kind: "feature" }>;
	const site: SiteName = siteName(ref.site);
	const features = [...watched].find(([dictionary]) => dictionary.siteName === site)?.[1] ?? [];
	const values = floats(results, `watched:${site}`);
	const position = ref.position ?? length - 1;
	if (position >= length)
		throw new AppError("not-found", `${id} lies behind the prompt, which has the positions 0 to ${length - 1}.`, {
			node: id,
		});
	const batched = values.length === rows * length * features.length ? row : 0;
	return values[(batched * length + position) * features.length + features.indexOf(ref.feature)] as number;
}

function describePoint(
	coefficient: number,
	base: Reading,
	{ value, probabilities, watched }: Reading,
	watchedTokens: readonly number[],
	text: (id: number) => string,
): ResponsePoint {
	const changes = probabilities.map((after, id) => after - (base.probabilities[id] as number));
	const list = (end: "largest" | "smallest", sign: 1 | -1) =>
		pickExtremes(changes, shownTokens, end)
			.filter((one) => sign * one.value > 0)
			.map(({ index }) => ({
				token: text(index),
				before: base.probabilities[index] as number,
				after: probabilities[index] as number,
			}));
	return {
		coefficient,
		value,
		watched: [...watched, ...watchedTokens.map((id) => probabilities[id] as number)],
		gains: list("largest", 1),
		losses: list("smallest", -1),
	};
}
