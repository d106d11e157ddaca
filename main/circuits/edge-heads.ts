import type { HeadShare } from "#shared/edge-explanation";
import { type SiteName, siteName } from "#shared/site";
import {
	buildGpt2Sites,
	causalMask,
	type Gpt2GraphOptions,
	type Gpt2Sites,
	type KeysAndValues,
	type Queries,
} from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import { differentiate, type Seed } from "../onnx/differentiate.ts";
import { mul } from "../onnx/elementwise.ts";
import { gather } from "../onnx/linear.ts";
import { reduceSum } from "../onnx/reductions.ts";
import { floats, type Numbers, runOnce } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import { sortNodes, type Value } from "../onnx/value.ts";
import type { EdgeContext, EdgeSource, EdgeTarget } from "./edge-ends.ts";
import { buildNamedLogits, metricFeeds } from "./metric.ts";
import type { Given } from "./upstream.ts";

/** Where the source's site is cut from, and everything else that is constant on the way. */
export interface EdgeWays {
	readonly context: EdgeContext;
	readonly source: EdgeSource;
	readonly target: EdgeTarget;
	/** Every site before the target where ways stop, the source's own among them. */
	readonly given: ReadonlyMap<SiteName, Given>;
}

export interface EdgeParts {
	readonly straight: number;
	readonly heads: readonly HeadShare[];
}

const shownReads = 8;

/**
 * The edge as a sum over the last attention on the way. With `v` what the source holds and `c` the target's slope at its
 * position `t`, every linear way from `v` to `y` either crosses no attention (only at `t` itself), or has a last one, of
 * layer `λ`, which writes at `t`:
 *
 * `edge = −(∂y/∂x[t] · v|no attention) − Σ_λ Σ_h ∂y/∂z_λh[t]|no attention behind · ∂z_λh[t]/∂x_source · v`
 *
 * where the second derivative takes all ways below, other attentions included; and with `z = Σ_j p_j v_j` it is a sum of what
 * moves the values, the keys (each by position `j`) and the queries. First derivatives go backwards from the target; how
 * keys, queries and values move with `v` goes forwards, as the derivative of a backward pass by its cotangents.
 */
export async function takeEdgeApart(ways: EdgeWays): Promise<EdgeParts> {
	const { source, target } = ways;
	const crossed = listCrossed(ways);
	const { heads, straight } = await runAbove(ways, crossed);
	const beside = target.seed.positions.reduce((sum, t, i) => {
		const j = source.positions.indexOf(t);
		return j < 0 ? sum : sum - dotAt(straight, i, source.vectors, j, source.vectors.length / source.positions.length);
	}, 0);
	if (crossed.length === 0) return { straight: beside, heads: [] };
	return { straight: beside, heads: await runBelow(ways, crossed, heads) };
}

/** The model up to the target with everything given as inputs, and where the target's backward pass begins. */
function build({ context, target, given }: EdgeWays, more: Omit<Gpt2GraphOptions, "config" | "parameter">) {
	const { model } = context.inputs;
	const shared = { config: model.config, parameter: mapParameters(model) };
	const sites = buildGpt2Sites({ ...shared, ...more });
	const start = target.dictionary
		? (sites.get(target.dictionary.siteName) as Value)
		: buildNamedLogits(sites.final, shared);
	return { sites, start, given };
}

/** `[T, width]` of all positions up to the target's. */
function buildWhole(ways: EdgeWays) {
	const inputs = new Map([...ways.given].map(([name, { width }]) => [name, input(`x:${name}`, ["T", width])] as const));
	const presents = new Map<number, Queries & KeysAndValues>();
	const parameter = mapParameters(ways.context.inputs.model);
	const { sites, start } = build(ways, {
		embedding: {
			tokens: inputs.get(siteName({ kind: "embed", layer: -1 })) as Value,
			positions: gather(parameter("wpe.weight"), input("positions", ["T"], "int64")),
		},
		mask: input("mask", ["T", "T"]),
		intervene: (site, computed) => inputs.get(site) ?? computed,
		remember: (layer, present) => presents.set(layer, present),
	});
	return { sites, start, presents, from: inputs.get(ways.source.site) as Value };
}

/** Layers whose attention lies on a way from the source to the target. */
function listCrossed(ways: EdgeWays): readonly number[] {
	const { start, presents, from } = buildWhole(ways);
	const reached = new Set(sortNodes([start]));
	return [...presents]
		.filter(([, { keys, queries }]) => reached.has(keys.node) && sortNodes([keys, queries]).includes(from.node))
		.map(([layer]) => layer);
}

/** At the target's positions alone, every attention's heads being given: what moves it there. */
async function runAbove(ways: EdgeWays, crossed: readonly number[]) {
	const { context, source, target, given } = ways;
	const { heads, width, layers } = context.inputs.model.config;
	const { positions, cotangents } = target.seed;
	const P = positions.length;
	const inputs = new Map<SiteName, Value>();
	const feeds: Record<string, Numbers> = { ...metricFeeds(context.inputs.metric), positions: integersOf(positions) };
	/** Some columns of `x [T, width]` at these positions. */
	const give = (name: SiteName, x: Float32Array, rowWidth: number, first = 0, columns = rowWidth) => {
		inputs.set(name, input(`x:${name}`, ["T", columns]));
		const data = new Float32Array(P * columns);
		for (const [i, t] of positions.entries())
			data.set(x.subarray(t * rowWidth + first, t * rowWidth + first + columns), i * columns);
		feeds[`x:${name}`] = { data, dims: [P, columns] };
	};
	for (let layer = 0; layer < layers; layer++) {
		const z = context.clean.activations.get(siteName({ kind: "z", layer }));
		for (let head = 0; z && head < heads; head++)
			give(siteName({ kind: "z", layer, head }), z, width, (head * width) / heads, width / heads);
	}
	for (const [name, { x, width: own }] of given) give(name, x, own);
	const parameter = mapParameters(context.inputs.model);
	const { start } = build(ways, {
		embedding: {
			tokens: inputs.get(siteName({ kind: "embed", layer: -1 })) as Value,
			positions: gather(parameter("wpe.weight"), input("positions", ["T"], "int64")),
		},
		mask: input("mask", ["T", "T"]),
		intervene: (site, computed) => inputs.get(site) ?? computed,
	});
	const names = crossed.flatMap((layer) =>
		Array.from({ length: heads }, (_, head) => siteName({ kind: "z", layer, head })).filter((name) => !given.has(name)),
	);
	const wanted = [source.site, ...names];
	const cotangent = input("cotangent", start.shape);
	const arrived = differentiate(
		[{ value: start, cotangent }],
		wanted.map((name) => inputs.get(name) as Value),
	);
	const outputs = Object.fromEntries(wanted.flatMap((name, i) => (arrived[i] ? [[name, arrived[i]]] : [])));
	feeds["cotangent"] = { data: cotangents, dims: [P, cotangents.length / P] };
	const results = Object.keys(outputs).length > 0 ? await runOnce(outputs, feeds, context.session) : {};
	const read = (name: SiteName, length: number) => (results[name] ? floats(results, name) : new Float32Array(length));
	return {
		straight: read(source.site, (P * source.vectors.length) / source.positions.length),
		/** Of a crossed layer, `[positions, width]`: heads side by side. */
		heads: (layer: number) => {
			const rows = new Float32Array(P * width);
			const own = width / heads;
			for (let head = 0; head < heads; head++) {
				const part = read(siteName({ kind: "z", layer, head }), P * own);
				for (let i = 0; i < P; i++) rows.set(part.subarray(i * own, (i + 1) * own), i * width + head * own);
			}
			return rows;
		},
	};
}

type Projection = "queries" | "keys" | "values";
const projections = ["queries", "keys", "values"] as const satisfies readonly Projection[];

/** What each head of the crossed layers brings to the target's position, by what moves it. */
async function runBelow(
	ways: EdgeWays,
	crossed: readonly number[],
	cotangentOf: (layer: number) => Float32Array,
): Promise<readonly HeadShare[]> {
	const { context, source, target, given } = ways;
	const { heads, width } = context.inputs.model.config;
	const { sites, presents, from } = buildWhole(ways);
	const places = crossed.flatMap((layer) =>
		projections.map((kind) => ({ layer, kind, value: (presents.get(layer) as Queries & KeysAndValues)[kind] })),
	);
	const moved = moveForwards(places, from);
	const pulled = pullBackwards(sites, crossed, places);
	const outputs: Record<string, Value> = {};
	for (const [i, { layer, kind }] of places.entries()) {
		const [forwards, backwards] = [moved[i], pulled[i]];
		if (forwards && backwards) outputs[`${kind}:${layer}`] = reduceSum(mul(forwards, backwards), [-1], false);
	}
	const { positions } = target.seed;
	const T = (positions.at(-1) as number) + 1;
	const feeds: Record<string, Numbers> = {
		positions: integersOf(Array.from({ length: T }, (_, t) => t)),
		mask: causalMask(T),
		vector: placeRows(source.vectors, source.positions, T),
	};
	for (const [name, { x, width: own }] of given) feeds[`x:${name}`] = { data: x.subarray(0, T * own), dims: [T, own] };
	for (const layer of crossed) {
		feeds[`cotangent:${layer}`] = placeRows(cotangentOf(layer), positions, T);
		const zeros = { data: new Float32Array(T * width), dims: [heads, T, width / heads] };
		for (const kind of projections) feeds[`by:${kind}:${layer}`] = zeros;
	}
	const results = Object.keys(outputs).length > 0 ? await runOnce(outputs, feeds, context.session) : {};
	return crossed.flatMap((layer) =>
		Array.from({ length: heads }, (_, head) => {
			const rows = (kind: Projection) => {
				const name = `${kind}:${layer}`;
				const all = results[name] ? floats(results, name) : new Float32Array(heads * T);
				return all.subarray(head * T, (head + 1) * T);
			};
			return describeHead(layer, head, rows("values"), rows("keys"), rows("queries"));
		}),
	);
}

/** How projections move with the source: the backward pass from all of them is linear in its cotangents. */
function moveForwards(
	places: readonly { readonly layer: number; readonly kind: Projection; readonly value: Value }[],
	from: Value,
): readonly (Value | undefined)[] {
	const seeds = places.map(
		({ layer, kind, value }): Seed => ({ value, cotangent: input(`by:${kind}:${layer}`, value.shape) }),
	);
	const [backward] = differentiate(seeds, [from]);
	if (!backward) return places.map(() => undefined);
	const vector = input("vector", from.shape);
	return differentiate(
		[{ value: backward, cotangent: vector }],
		seeds.map(({ cotangent }) => cotangent),
	);
}

/** From the heads' outputs to their own projections and no further. */
function pullBackwards(
	sites: Gpt2Sites,
	crossed: readonly number[],
	places: readonly { readonly value: Value }[],
): readonly (Value | undefined)[] {
	const values = places.map(({ value }) => value);
	const seeds = crossed.map((layer): Seed => {
		const value = sites.get(siteName({ kind: "z", layer })) as Value;
		return { value, cotangent: input(`cotangent:${layer}`, value.shape) };
	});
	return differentiate(seeds, values, { cutAt: new Set(values) });
}

function describeHead(
	layer: number,
	head: number,
	values: Float32Array,
	keys: Float32Array,
	queries: Float32Array,
): HeadShare {
	const sum = (numbers: Float32Array) => -numbers.reduce((total, number) => total + number, 0);
	const reads = Array.from(values, (value, position) => ({ position, weight: -(value + (keys[position] as number)) }));
	const [moved, drawn, asked] = [sum(values), sum(keys), sum(queries)];
	return {
		...{ layer, head, weight: moved + drawn + asked, values: moved, keys: drawn, queries: asked },
		reads: reads
			.filter(({ weight }) => weight !== 0)
			.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
			.slice(0, shownReads),
	};
}

/** Rows among zeros, `[tokens, width]`; those behind the last token are left out. */
export function placeRows(rows: Float32Array, positions: readonly number[], tokens: number): Numbers {
	const width = rows.length / positions.length;
	const data = new Float32Array(tokens * width);
	for (const [i, t] of positions.entries())
		if (t < tokens) data.set(rows.subarray(i * width, (i + 1) * width), t * width);
	return { data, dims: [tokens, width] };
}

const integersOf = (numbers: readonly number[]): Numbers => ({
	data: BigInt64Array.from(numbers, BigInt),
	dims: [numbers.length],
});

/** Product of row `i` of one table and row `j` of another. */
function dotAt(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
	let sum = 0;
	for (let k = 0; k < width; k++) sum += (a[i * width + k] as number) * (b[j * width + k] as number);
	return sum;
}
