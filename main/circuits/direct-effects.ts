import type { SiteName } from "#shared/site";
import { compareSites, siteName } from "#shared/site";
import { placeFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites, pickPosition } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { differentiate, type Seed } from "../onnx/differentiate.ts";
import { mul } from "../onnx/elementwise.ts";
import { gather, matMul } from "../onnx/linear.ts";
import { reduceSum } from "../onnx/reductions.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { transpose } from "../onnx/shaping.ts";
import { input } from "../onnx/sources.ts";
import { sortNodes, type Value } from "../onnx/value.ts";
import { buildSliceGraph, sliceFeeds } from "../sae/slice-graph.ts";
import { buildNamedLogits, lastFeed, type Metric, metricFeeds } from "./metric.ts";
import { columnOf, type SiteActivity } from "./site-activity.ts";

/**
 * A node whose inputs are wanted: a feature with its `∂m/∂a`, an error with its gradient, errors of several positions as
 * one, a logit with `∂m/∂logit`.
 */
export type DownNode =
	| { readonly kind: "feature"; readonly feature: number; readonly position: number; readonly weight: number }
	| { readonly kind: "error"; readonly position: number }
	| { readonly kind: "errors"; readonly positions: readonly number[] }
	| { readonly kind: "logit"; readonly term: number; readonly position: number; readonly weight: number };

/** What reaches one down node from one site upstream: direct effects of ablating features, errors or tokens there. */
export interface DirectEffects {
	readonly down: DownNode;
	/** `tokens` are the embedding's own nodes. */
	readonly from: SiteName | "tokens";
	/** By position; index into the site's contributions, and effect. */
	readonly features: readonly { readonly entry: number; readonly effect: number }[];
	readonly errors: readonly { readonly position: number; readonly effect: number }[];
}

export interface DirectEffectsOptions {
	readonly model: LanguageModel;
	readonly metric: Metric;
	readonly ids: readonly number[];
	/** Every dictionary's activity, in the order of computation: paths stop there. */
	readonly activities: readonly SiteActivity[];
	/** Rows of `wte` for the prompt, `[T, width]`: where tokens enter if no dictionary sits there. */
	readonly tokenRows: Float32Array;
	/** What tokens hold beyond their baseline: their rows, or what these have more than the patch prompt's. */
	readonly tokenContributions: Float32Array;
	/** The site of the down nodes; absent for logits. */
	readonly into?: SiteActivity;
	/** `∂m/∂x` at that site, for its errors. */
	readonly gradient?: Float32Array;
	readonly downNodes: readonly DownNode[];
	readonly session?: SessionOptions;
	/** Called between runs, so that other work can be done or the trace be stopped. */
	pause(): Promise<void>;
}

const batchBytes = 67_108_864;

/**
 * Direct effects into the down nodes of one site: `y = w_d · a_d` (for errors `Σ g · e`) differentiated along every path
 * that crosses no other dictionary, times what each node upstream holds beyond its baseline, with a minus: the effect of
 * moving it there, which with a baseline of zero is ablating it.
 *
 * Sites upstream are inputs of the graph and so constant. Many down nodes share one forward pass, one batch row each;
 * where no path mixes positions, nodes of different positions share a row.
 */
export async function computeDirectEffects(options: DirectEffectsOptions): Promise<readonly DirectEffects[]> {
	const { model, into, downNodes, activities, metric, ids } = options;
	const { width } = model.config;
	const tokens = ids.length;
	const graph = { config: model.config, parameter: mapParameters(model) };
	const upstream = activities.filter(
		({ dictionary }) => !into || compareSites(dictionary.site, into.dictionary.site) < 0,
	);
	const given = new Map<SiteName, Value>();
	for (const { dictionary } of upstream)
		given.set(dictionary.siteName, input(`x:${dictionary.siteName}`, ["T", dictionary.dIn]));
	// Tokens enter here, if no dictionary holds what they are.
	const embeddingName = siteName({ kind: "embed", layer: -1 });
	const embedding = given.get(embeddingName) ?? input(`x:${embeddingName}`, ["T", width]);
	const sites = buildGpt2Sites({
		...graph,
		embedding: {
			tokens: embedding,
			positions: gather(graph.parameter("wpe.weight"), input("positions", ["T"], "int64")),
		},
		mask: input("mask", ["T", "T"]),
		intervene: (site, computed) => given.get(site) ?? computed,
	});

	const seeds: Seed[] = [];
	if (into) {
		const site = buildSliceGraph(sites.get(into.dictionary.siteName) as Value, into.dictionary);
		seeds.push({ value: site.activations, cotangent: input("feature_cotangents", ["K", "T", "F"]) });
		seeds.push({ value: site.error, cotangent: input("error_cotangents", ["K", "T", into.dictionary.dIn]) });
	} else {
		const last = pickPosition(input("last", [1, "T"]), sites.final);
		seeds.push({ value: buildNamedLogits(last, graph), cotangent: input("logit_cotangents", ["K", 1, "M"]) });
	}
	const targets = new Map<SiteName, Value>([...given, [embeddingName, embedding]]);
	const cotangents = differentiate(seeds, [...targets.values()], { batchRank: 1 });
	const mixing = sortNodes(seeds.map(({ value }) => value)).some(({ operator }) => operator.name === "Softmax");

	const outputs: Record<string, Value> = {};
	const feeds: Record<string, Numbers> = {};
	const layouts = new Map<SiteName, UpLayout>();
	for (const [i, name] of [...targets.keys()].entries()) {
		const cotangent = cotangents[i];
		if (!cotangent) continue;
		const activity = upstream.find(({ dictionary }) => dictionary.siteName === name);
		if (name === embeddingName && !activity) {
			outputs["tokens"] = buildContribution(cotangent, "tokens", width);
			feeds["tokens"] = { data: options.tokenContributions, dims: [tokens, width] };
		}
		if (!activity) continue;
		const layout = layOutEntries(activity);
		layouts.set(name, layout);
		Object.assign(outputs, buildUpOutputs(cotangent, activity, layout));
		Object.assign(feeds, upFeeds(activity, layout));
	}
	const effects: DirectEffects[] = [];
	if (Object.keys(outputs).length === 0) return effects;

	const session = await GraphSession.load(outputs, options.session);
	try {
		for (const { dictionary, x } of upstream)
			feeds[`x:${dictionary.siteName}`] = { data: x, dims: [tokens, dictionary.dIn] };
		feeds[`x:${embeddingName}`] ??= { data: options.tokenRows, dims: [tokens, width] };
		Object.assign(feeds, { ...placeFeeds(tokens), ...lastFeed(tokens), ...metricFeeds(metric) });
		if (into) {
			Object.assign(feeds, sliceFeeds(into.slice, into.dictionary.dIn));
			feeds["active"] = { data: into.active, dims: [tokens, into.slice.features.length] };
		}
		const rows = mixing || !into ? downNodes.map((node) => [node]) : packPositions(downNodes);
		const widest = Math.max(
			4 * width,
			into?.slice.features.length ?? 0,
			...[...layouts.values()].map((layout) => layout.width),
		);
		const perRow = 4 * tokens * (widest + (mixing ? 4 * model.config.heads * tokens : 0));
		const step = Math.max(1, Math.floor(batchBytes / perRow));
		for (let first = 0; first < rows.length; first += step) {
			await options.pause();
			const batch = rows.slice(first, first + step);
			const results = await session.run({ ...feeds, ...cotangentFeeds(batch, options) });
			for (const [row, nodes] of batch.entries())
				for (const down of nodes) {
					// In a packed row, what arrives at a position belongs to the node of that position.
					const position = mixing || !into || down.kind === "errors" ? undefined : down.position;
					for (const [name, layout] of layouts)
						effects.push(readEffects(down, name, row, batch.length, layout, results, tokens, position));
					if (outputs["tokens"]) effects.push(readTokens(down, row, results, tokens, position));
				}
		}
		return effects;
	} finally {
		await session.dispose();
	}
}

/** How a site's sparse entries are laid out as `[T, width]`, padded, or over the whole slice where that is no larger. */
interface UpLayout {
	readonly width: number;
	readonly dense: boolean;
	/** Column of each entry of the contributions. */
	readonly columns: Int32Array;
	readonly positions: Int32Array;
}

function layOutEntries({ contributions, slice, tokens, columns: sliceColumns }: SiteActivity): UpLayout {
	const counts = new Int32Array(tokens);
	const columns = Int32Array.from(contributions.positions, (position) => {
		counts[position] = (counts[position] as number) + 1;
		return (counts[position] as number) - 1;
	});
	const longest = Math.max(1, ...counts);
	const n = slice.features.length;
	// Gathering each position's own rows costs T × longest of them; one product with all rows costs n.
	if (longest * 4 <= n) return { width: longest, dense: false, columns, positions: contributions.positions };
	const all = Int32Array.from(contributions.features, (feature) => columnOf(sliceColumns, feature));
	return { width: n, dense: true, columns: all, positions: contributions.positions };
}

/** `c · contribution` at every position, `[K, T]`; contributions `[T, width]` are an input. */
function buildContribution(cotangent: Value, name: string, width: number): Value {
	return reduceSum(mul(cotangent, input(name, ["T", width])), [-1], false);
}

function buildUpOutputs(cotangent: Value, { dictionary }: SiteActivity, layout: UpLayout): Record<string, Value> {
	const name = dictionary.siteName;
	const rows = input(`decoder:${name}`, [layout.dense ? layout.width : `U:${name}`, dictionary.dIn]);
	const factors = input(`factors:${name}`, ["T", layout.width]);
	const errors = buildContribution(cotangent, `errors:${name}`, dictionary.dIn);
	if (layout.dense) {
		const products = matMul(cotangent, rows, { transB: true });
		return { [`errors:${name}`]: errors, [`features:${name}`]: mul(products, factors) };
	}
	const own = gather(rows, input(`indices:${name}`, ["T", layout.width], "int64"));
	const products = matMul(transpose(cotangent, [1, 0, 2]), own, { transB: true });
	return { [`errors:${name}`]: errors, [`features:${name}`]: mul(transpose(products, [1, 0, 2]), factors) };
}

function upFeeds(activity: SiteActivity, layout: UpLayout): Record<string, Numbers> {
	const { dictionary, contributions, slice, tokens, scale, columns: sliceColumns } = activity;
	const name = dictionary.siteName;
	const dims = [tokens, layout.width];
	const factors = new Float32Array(tokens * layout.width);
	const indices = new BigInt64Array(layout.dense ? 0 : factors.length);
	for (let i = 0; i < contributions.features.length; i++) {
		const position = contributions.positions[i] as number;
		const at = position * layout.width + (layout.columns[i] as number);
		factors[at] = (contributions.activations[i] as number) * (scale[position] as number);
		if (!layout.dense) indices[at] = BigInt(columnOf(sliceColumns, contributions.features[i] as number));
	}
	return {
		[`decoder:${name}`]: { data: slice.decoder, dims: [slice.features.length, dictionary.dIn] },
		[`factors:${name}`]: { data: factors, dims },
		[`errors:${name}`]: { data: activity.errorContributions, dims: [tokens, dictionary.dIn] },
		...(!layout.dense && { [`indices:${name}`]: { data: indices, dims } }),
	};
}

/** Nodes of different positions side by side: as few rows as the fullest position has nodes. Joined errors take a row. */
function packPositions(nodes: readonly DownNode[]): readonly (readonly DownNode[])[] {
	const rows: DownNode[][] = [];
	const filled = new Map<number, number>();
	for (const node of nodes) {
		if (node.kind === "errors") continue;
		const row = filled.get(node.position) ?? 0;
		filled.set(node.position, row + 1);
		const nodesOfRow = rows[row] ?? [];
		nodesOfRow.push(node);
		rows[row] = nodesOfRow;
	}
	for (const node of nodes) if (node.kind === "errors") rows.push([node]);
	return rows;
}

function cotangentFeeds(
	rows: readonly (readonly DownNode[])[],
	options: DirectEffectsOptions,
): Record<string, Numbers> {
	const { into, gradient, ids, metric } = options;
	const [K, T] = [rows.length, ids.length];
	if (!into) {
		const M = metric.terms.length;
		const logits = new Float32Array(K * M);
		for (const [row, nodes] of rows.entries())
			for (const node of nodes) if (node.kind === "logit") logits[row * M + node.term] = node.weight;
		return { logit_cotangents: { data: logits, dims: [K, 1, M] } };
	}
	const F = into.slice.features.length;
	const D = into.dictionary.dIn;
	const features = new Float32Array(K * T * F);
	const errors = new Float32Array(K * T * D);
	for (const [row, nodes] of rows.entries())
		for (const node of nodes) {
			if (node.kind === "feature")
				features[(row * T + node.position) * F + columnOf(into.columns, node.feature)] = node.weight;
			const positions = node.kind === "error" ? [node.position] : node.kind === "errors" ? node.positions : [];
			for (const t of positions) if (gradient) errors.set(gradient.subarray(t * D, (t + 1) * D), (row * T + t) * D);
		}
	return {
		feature_cotangents: { data: features, dims: [K, T, F] },
		error_cotangents: { data: errors, dims: [K, T, D] },
	};
}

function readEffects(
	down: DownNode,
	from: SiteName,
	row: number,
	rows: number,
	layout: UpLayout,
	results: Readonly<Record<string, Numbers>>,
	tokens: number,
	only: number | undefined,
): DirectEffects {
	const values = floats(results, `features:${from}`);
	const stride = values.length / rows;
	const features: { entry: number; effect: number }[] = [];
	for (let entry = 0; entry < layout.columns.length; entry++) {
		const position = layout.positions[entry] as number;
		if (only !== undefined && position !== only) continue;
		const effect = -(values[row * stride + position * layout.width + (layout.columns[entry] as number)] as number);
		if (effect !== 0) features.push({ entry, effect });
	}
	return { down, from, features, errors: readPositions(floats(results, `errors:${from}`), row, tokens, only) };
}

function readTokens(
	down: DownNode,
	row: number,
	results: Readonly<Record<string, Numbers>>,
	tokens: number,
	only: number | undefined,
): DirectEffects {
	return { down, from: "tokens", features: [], errors: readPositions(floats(results, "tokens"), row, tokens, only) };
}

function readPositions(values: Float32Array, row: number, tokens: number, only: number | undefined) {
	const found: { position: number; effect: number }[] = [];
	for (let position = 0; position < tokens; position++) {
		const effect = -(values[row * tokens + position] as number);
		if (effect !== 0 && (only === undefined || position === only)) found.push({ position, effect });
	}
	return found;
}
