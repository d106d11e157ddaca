import type { Site, SiteName } from "#shared/site";
import { siteName } from "#shared/site";
import {
	buildGpt2Sites,
	causalMask,
	type Gpt2GraphOptions,
	type Gpt2Sites,
	type KeysAndValues,
	type NormalisedStream,
} from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { differentiate, type Seed } from "../onnx/differentiate.ts";
import { gather, matMul } from "../onnx/linear.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { expandLike, reshape, transpose } from "../onnx/shaping.ts";
import { input } from "../onnx/sources.ts";
import { sortNodes, type Value } from "../onnx/value.ts";
import { buildNamedLogits, type Metric, metricFeeds } from "./metric.ts";
import type { Given } from "./upstream.ts";

/** A scalar at one or more positions of a site, by `∂y/∂x` there. */
export interface PathRow {
	readonly positions: readonly number[];
	/** One behind the other, `[positions, width of the site]`; for logits `[1, terms]`. */
	readonly cotangents: Float32Array;
}

/** What arrives at one site upstream from the rows of a batch. */
export interface Arrival {
	readonly from: Given["from"];
	/** By paths that stay at the rows' own positions, or that lead from one position to another; a site may get both. */
	readonly at: "own" | "all";
	/** `own`: `[rows · positions, width]`; `all`: `[tokens, rows, width]`. */
	readonly cotangents: Float32Array;
}

export interface PathOptions {
	readonly model: LanguageModel;
	readonly metric: Metric;
	/** Where paths stop; the embedding is one of these places. */
	readonly given: ReadonlyMap<SiteName, Given>;
	/** Where paths begin; absent for the metric's logits. */
	readonly into?: Site;
	/** For one row of many positions: keys and values of all are computed, which is too much for a few queries. */
	readonly wide?: boolean;
	readonly session?: SessionOptions;
}

/**
 * The backward passes from one site to those given upstream, each of which is an input and so constant.
 *
 * A row asks at its own positions alone. From there down to the nearest attention everything is computed for these
 * positions and no others; that attention's queries are theirs, against the keys and values of all positions; below it
 * every row has cotangents at all positions, as many as come before its last.
 */
export class Paths {
	readonly #session: GraphSession;
	readonly #options: PathOptions;
	readonly #graph: PathGraph;

	private constructor(session: GraphSession, options: PathOptions, graph: PathGraph) {
		this.#session = session;
		this.#options = options;
		this.#graph = graph;
	}

	/** Undefined where no path leads to any given site. */
	static async load(options: PathOptions): Promise<Paths | undefined> {
		const graph = buildPathGraph(options);
		if (graph.outputs.length === 0) return undefined;
		const outputs = Object.fromEntries(graph.outputs.map((output) => [keyOf(output), output.value]));
		return new Paths(await GraphSession.load(outputs, options.session), options, graph);
	}

	/** Whether rows have cotangents at other positions than their own. */
	get mixes(): boolean {
		return this.#graph.mixes;
	}

	/** Bytes that one row of `positions` positions takes, of which the last is the prompt's `tokens`-th. */
	rowBytes(positions: number, tokens: number): number {
		const { heads, width, innerWidth } = this.#options.model.config;
		const own = positions * (6 * innerWidth + 16 * width);
		if (!this.#graph.mixes) return 4 * own;
		const top = 6 * heads * positions * tokens + 14 * tokens * width;
		const below = this.#graph.deep ? tokens * (4 * heads * tokens + 4 * innerWidth) : 0;
		return 4 * (own + top + below);
	}

	/** How many positions of one row, of which the last is the prompt's `tokens`-th, share a run. */
	positionsAtOnce(tokens: number): number {
		const { heads, width, innerWidth } = this.#options.model.config;
		return rowsAtOnce(4 * (6 * innerWidth + 16 * width + (this.#graph.mixes ? 8 * heads * tokens : 0)));
	}

	/** What arrives from rows with as many positions each. */
	async run(rows: readonly PathRow[]): Promise<readonly Arrival[]> {
		const results = await this.#session.run({ ...this.#inputs(rows), ...metricFeeds(this.#options.metric) });
		return this.#graph.outputs.map((output) => ({
			from: (this.#options.given.get(output.name) as Given).from,
			at: output.at,
			cotangents: floats(results, keyOf(output)),
		}));
	}

	#inputs(rows: readonly PathRow[]): Record<string, Numbers> {
		const [R, Q] = [rows.length, rows[0]?.positions.length ?? 0];
		const positions = rows.flatMap((row) => row.positions);
		const cotangents = concatenate(rows.map((row) => row.cotangents));
		const W = cotangents.length / positions.length;
		if (!this.#graph.mixes)
			return {
				positions: { data: BigInt64Array.from(positions, BigInt), dims: [positions.length] },
				...this.#eachGiven((x, width) => ({ data: pickRows(x, positions, width), dims: [positions.length, width] })),
				cotangents: { data: cotangents, dims: [positions.length, W] },
			};
		const T = Math.max(...positions) + 1;
		return {
			positions: { data: BigInt64Array.from({ length: T }, (_, t) => BigInt(t)), dims: [T] },
			...this.#eachGiven((x, width) => ({ data: x.subarray(0, T * width), dims: [T, width] })),
			...(this.#graph.deep && { mask: causalMask(T) }),
			asking: { data: BigInt64Array.from(positions, BigInt), dims: [R, Q] },
			apart: { data: new Float32Array(R), dims: [R, 1, 1] },
			...rowMasks(positions, R, Q, T),
			...(this.#session.takes("places") && { places: markPlaces(positions, R, Q, T) }),
			cotangents: { data: cotangents, dims: [R, Q, W] },
		};
	}

	/** Of the sites that the graph reads: most of those given lie behind others. */
	#eachGiven(read: (x: Float32Array, width: number) => Numbers): Record<string, Numbers> {
		const taken = [...this.#options.given].filter(([name]) => this.#session.takes(`x:${name}`));
		return Object.fromEntries(taken.map(([name, { x, width }]) => [`x:${name}`, read(x, width)]));
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}

interface PathOutput extends Pick<Arrival, "at"> {
	readonly name: SiteName;
	readonly value: Value;
}

const keyOf = ({ at, name }: PathOutput) => `${at}:${name}`;

interface PathGraph {
	readonly outputs: readonly PathOutput[];
	/** An attention lies between. */
	readonly mixes: boolean;
	/** And others below it. */
	readonly deep: boolean;
}

function buildPathGraph(options: PathOptions): PathGraph {
	const { model, into } = options;
	const parameter = mapParameters(model);
	const given = new Map<SiteName, Value>();
	for (const [name, { width }] of options.given) given.set(name, input(`x:${name}`, ["T", width]));
	const embedding = given.get(siteName({ kind: "embed", layer: -1 })) as Value;
	const shared = { config: model.config, parameter };
	const begin = (sites: Gpt2Sites) =>
		into ? (sites.get(siteName(into)) as Value) : buildNamedLogits(sites.final, shared);
	const whole: Omit<Gpt2GraphOptions, "remember"> = {
		...shared,
		embedding: {
			tokens: embedding,
			positions: gather(parameter("wpe.weight"), input("positions", ["T"], "int64")),
		},
		mask: input("mask", ["T", "T"]),
		intervene: (site, computed) => given.get(site) ?? computed,
	};
	const keys = new Map<number, Value>();
	const start = begin(buildGpt2Sites({ ...whole, remember: (layer, present) => keys.set(layer, present.keys) }));
	const reached = new Set(sortNodes([start]));
	const layers = [...keys].filter(([, value]) => reached.has(value.node)).map(([layer]) => layer);
	if (layers.length === 0) {
		const arrived = differentiate([{ value: start, cotangent: input("cotangents", start.shape) }], [...given.values()]);
		return { outputs: listOutputs([...given.keys()], arrived, "own"), mixes: false, deep: false };
	}
	const outputs = buildMixing(whole, given, Math.max(...layers), options.wide ?? false, begin);
	return { outputs, mixes: true, deep: isDeep(outputs) };
}

const isDeep = (outputs: PathGraph["outputs"]) =>
	sortNodes(outputs.map(({ value }) => value)).some(({ source }) => source?.kind === "input" && source.name === "mask");

/** Rows `[R, Q, …]` from where they begin to the attention of layer `top`, and from there all positions of each row. */
function buildMixing(
	whole: Omit<Gpt2GraphOptions, "remember">,
	given: ReadonlyMap<SiteName, Value>,
	top: number,
	wide: boolean,
	begin: (sites: Gpt2Sites) => Value,
): PathGraph["outputs"] {
	const presents = new Map<number, KeysAndValues & NormalisedStream>();
	const below = buildGpt2Sites({
		...whole,
		...(wide && { onlyKeys: top }),
		remember: (layer, present) => presents.set(layer, present),
	});
	const { keys, values, stream } = presents.get(top) as KeysAndValues & NormalisedStream;
	const entering = below.get(siteName({ kind: "resid", layer: top - 1 })) as Value;
	const asking = input("asking", ["R", "Q"], "int64");
	const rowsEntering = gather(entering, asking);
	const ownGiven = new Map([...given].map(([name, value]) => [name, gather(value, asking)] as const));
	// Each row's own copy, so that what arrives there is kept apart.
	const apart = input("apart", ["R", 1, 1]);
	const seen = wide ? [keys, values] : [stream];
	const copies = seen.map((value) => expandLike(value, wide ? reshape(apart, ["R", 1, 1, 1]) : apart));
	const past = {
		...(wide ? { keys: copies[0] as Value, values: copies[1] as Value } : { stream: copies[0] as Value }),
		mask: input("earlier", ["R", 1, "Q", "T"]),
	};
	const above = buildGpt2Sites({
		...whole,
		firstLayer: top,
		embedding: rowsEntering,
		mask: input("own", ["Q", "Q"]),
		past: (layer) => (layer === top ? past : undefined),
		intervene: (site, computed) => ownGiven.get(site) ?? computed,
	});
	const start = begin(above);
	const names = [...given.keys()];
	const upper = differentiate(
		[{ value: start, cotangent: input("cotangents", start.shape) }],
		[...ownGiven.values(), rowsEntering, ...copies],
	);
	const [atEntering, ...atSeen] = upper.slice(names.length);
	const seeds: Seed[] = [];
	if (atEntering) seeds.push({ value: entering, cotangent: matMul(input("places", ["R", "T", "Q"]), atEntering) });
	for (const [i, value] of seen.entries()) if (atSeen[i]) seeds.push({ value, cotangent: atSeen[i] });
	const lower = differentiate(seeds, [...given.values()], { batchRank: 1 });
	const byPosition = lower.map((value) => value && transpose(value, [1, 0, 2]));
	return [...listOutputs(names, upper, "own"), ...listOutputs(names, byPosition, "all")];
}

function listOutputs(
	names: readonly SiteName[],
	values: readonly (Value | undefined)[],
	at: Arrival["at"],
): readonly PathOutput[] {
	return names.flatMap((name, i) => (values[i] ? [{ name, at, value: values[i] }] : []));
}

/** Where rows ask, `[R, T, Q]`: what arrives at their own positions is put there among all. */
function markPlaces(positions: readonly number[], R: number, Q: number, T: number): Numbers {
	const places = new Float32Array(R * T * Q);
	for (const [i, position] of positions.entries()) places[(Math.floor(i / Q) * T + position) * Q + (i % Q)] = 1;
	return { data: places, dims: [R, T, Q] };
}

/** What rows see: themselves as `own`, all before as `earlier`. */
function rowMasks(positions: readonly number[], R: number, Q: number, T: number): Record<string, Numbers> {
	const [earlier, own] = [new Float32Array(R * Q * T), new Float32Array(Q * Q).fill(unseen)];
	for (const [i, position] of positions.entries()) earlier.fill(unseen, i * T + position, (i + 1) * T);
	for (let q = 0; q < Q; q++) own[q * Q + q] = 0;
	return { earlier: { data: earlier, dims: [R, 1, Q, T] }, own: { data: own, dims: [Q, Q] } };
}

/** Added to scores; finite, so that no NaN can arise. */
const unseen = -1e30;

function pickRows(x: Float32Array, positions: readonly number[], width: number): Float32Array {
	const rows = new Float32Array(positions.length * width);
	for (const [i, t] of positions.entries()) rows.set(x.subarray(t * width, (t + 1) * width), i * width);
	return rows;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
	const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
