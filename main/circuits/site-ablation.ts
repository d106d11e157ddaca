import { type Site, siteName } from "#shared/site";
import { buildGpt2Sites, buildLogits, causalMask, type KeysAndValues } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { mul, sub } from "../onnx/elementwise.ts";
import { gather, matMul } from "../onnx/linear.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { reduceLogSumExp } from "../onnx/reductions.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { reshape } from "../onnx/shaping.ts";
import { input, integers } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { CleanPrompt } from "./method-inputs.ts";
import { lastFeed } from "./metric.ts";

/** What one feature adds to its site: `factors[t] · row`. */
export interface Part {
	/** `[T]`: activation times the token's un-normalising factor, 0 where the feature is off. */
	readonly factors: Float32Array;
	/** `[dIn]`. */
	readonly row: Float32Array;
}

export interface SiteAblationOptions {
	readonly model: LanguageModel;
	readonly ids: readonly number[];
	/** The model as it is, with what runs from the site's layer on need. */
	readonly clean: CleanPrompt;
	readonly site: Site;
	readonly dIn: number;
	/** Where effects are read; absent reads none. */
	readonly next?: { readonly site: Site; readonly dIn: number };
	/** Reads the next site at every position and not at the last alone. */
	readonly allPositions: boolean;
	readonly withLogits: boolean;
	/** Positions are skipped where that spares more operations; absent means where it is worth a second graph. */
	readonly skipFrom?: number;
	readonly session?: SessionOptions;
	pause(): Promise<void>;
}

/** One batch of parts taken away; row 0 of everything is the model as it is. */
export interface AblatedBatch {
	/** Indices of the parts, row 1 onwards. */
	readonly parts: readonly number[];
	/** Position of the first row of `next`. */
	readonly firstPosition: number;
	/** Positions in each row of `next`. */
	readonly positions: number;
	/** `[1 + parts, positions, dIn]`. */
	readonly next?: Float32Array;
	/** `[1 + parts, vocabulary]` at the last position: `log p` of the model as it is less `log p` without the part. */
	readonly logitEffects?: Float32Array;
}

const mostAtOnce = 32;
/** A second graph, which skips positions, is worth its loading from so many operations saved on. */
const worthSkipping = 1e10;
/** Rearranging weights for faster products pays off from so many runs on. */
const prepackRuns = 12;

/**
 * Runs the model with one part after another taken off a site. What lies before the site is computed once. Causality
 * spares the positions before the first at which a part is active: the rest see their keys and values from the clean
 * run. In the last layer that is needed only the last position is computed, if no other is read.
 */
export async function* ablateSite(parts: readonly Part[], options: SiteAblationOptions): AsyncGenerator<AblatedBatch> {
	const { model, ids, site, next, clean } = options;
	const { heads, innerWidth, vocabularySize, layers } = model.config;
	if (!next && !options.withLogits) return;
	const begins = parts.map(({ factors }) => factors.findIndex((factor) => factor !== 0));
	// Parts that begin at about the same position share a run.
	const beginOf = (part: number) => begins[part] as number;
	const order = [...parts.keys()].filter((part) => beginOf(part) >= 0).sort((a, b) => beginOf(a) - beginOf(b));
	const { width } = model.config;
	const blocks = layers - Math.max(0, site.layer);
	const spared = order.reduce((sum, part) => sum + beginOf(part), 0) * blocks * 24 * width * width;
	const skips = spared > (options.skipFrom ?? worthSkipping);
	const largest = skips ? mostAtOnce : 2 * mostAtOnce;
	const sessions = new Map<boolean, GraphSession>();
	try {
		for (let first = 0; first < order.length; ) {
			const begin = skips ? beginOf(order[first] as number) : 0;
			const length = ids.length - begin;
			// Attention, the MLP's inside and logits; one row more is the model as it is.
			const bytes = 4 * (length * (heads * ids.length + innerWidth) + (options.withLogits ? vocabularySize : 0));
			const count = Math.min(largest, Math.max(1, rowsAtOnce(bytes) - 1));
			const batch = order.slice(first, first + count);
			first += batch.length;
			await options.pause();
			const session =
				sessions.get(begin > 0) ?? (await loadSession(options, begin > 0, order.length > prepackRuns * mostAtOnce));
			sessions.set(begin > 0, session);
			const results = await session.run({
				...feedsFrom(begin),
				...buildParts(batch, parts, begin, options),
				...lastFeed(length),
				mask: causalMask(length),
			});
			yield {
				parts: batch,
				firstPosition: options.allPositions ? begin : ids.length - 1,
				positions: options.allPositions ? length : 1,
				...(next && { next: floats(results, "next") }),
				...(options.withLogits && { logitEffects: floats(results, "logitEffects") }),
			};
		}
	} finally {
		for (const session of sessions.values()) await session.dispose();
	}

	/** The clean run from a position on: the stream that enters the layer, the site itself, and what lies before. */
	function feedsFrom(begin: number): Record<string, Numbers> {
		const rowsFrom = (numbers: Float32Array, dIn: number): Numbers => ({
			data: numbers.subarray(begin * dIn),
			dims: [numbers.length / dIn - begin, dIn],
		});
		const layer = Math.max(0, site.layer);
		const feeds: Record<string, Numbers> = {
			stream: rowsFrom(clean.streams.get(layer) as Float32Array, model.config.width),
			// A token's embedding enters the stream by addition: what is taken off it is taken off the stream.
			x: rowsFrom(
				(site.kind === "embed" ? clean.streams.get(layer) : clean.activations.get(siteName(site))) as Float32Array,
				options.dIn,
			),
		};
		if (begin > 0)
			for (let each = layer; each < layers; each++)
				for (const name of [`keys:${each}`, `values:${each}`])
					feeds[name] = firstPositions(clean.past[name] as Float32Array, begin, options);
		return feeds;
	}
}

/** `[heads, T, head width]` cut to its first positions. */
function firstPositions(numbers: Float32Array, count: number, { model, ids }: SiteAblationOptions): Numbers {
	const { heads, width } = model.config;
	const headWidth = width / heads;
	const data = new Float32Array(heads * count * headWidth);
	for (let head = 0; head < heads; head++) {
		const from = head * ids.length * headWidth;
		data.set(numbers.subarray(from, from + count * headWidth), head * count * headWidth);
	}
	return { data, dims: [heads, count, headWidth] };
}

function buildParts(
	batch: readonly number[],
	parts: readonly Part[],
	begin: number,
	{ ids, dIn }: SiteAblationOptions,
): Record<string, Numbers> {
	const length = ids.length - begin;
	const factors = new Float32Array((batch.length + 1) * length);
	const rows = new Float32Array((batch.length + 1) * dIn);
	for (const [i, index] of batch.entries()) {
		const part = parts[index] as Part;
		factors.set(part.factors.subarray(begin), (i + 1) * length);
		rows.set(part.row, (i + 1) * dIn);
	}
	return {
		factors: { data: factors, dims: [batch.length + 1, length, 1] },
		rows: { data: rows, dims: [batch.length + 1, 1, dIn] },
	};
}

/** From the site's layer on; what is not asked for is never computed. */
async function loadSession(options: SiteAblationOptions, withPast: boolean, prepack: boolean): Promise<GraphSession> {
	const { model, site, dIn, next, allPositions, withLogits } = options;
	const { heads, width, layers } = model.config;
	const graph = { config: model.config, parameter: mapParameters(model) };
	const row = input("last", [1, "S"]);
	const ablated = sub(input("x", ["S", dIn]), mul(input("factors", ["N", "S", 1]), input("rows", ["N", 1, dIn])));
	// Beyond this layer's keys only the last position counts: nobody mixes positions after it.
	const final = withLogits ? layers - 1 : (next?.site.layer ?? site.layer);
	const lastAlone = final > site.layer && !(allPositions && next?.site.layer === final);
	const sites = buildGpt2Sites({
		...graph,
		firstLayer: Math.max(0, site.layer),
		embedding: site.layer < 0 ? ablated : input("stream", ["S", width]),
		mask: input("mask", ["S", "S"]),
		intervene: (name, computed) => (name === siteName(site) ? ablated : computed),
		...(withPast && {
			past: (layer: number): KeysAndValues => ({
				keys: input(`keys:${layer}`, [heads, "P", width / heads]),
				values: input(`values:${layer}`, [heads, "P", width / heads]),
			}),
		}),
		...(lastAlone && { onlyLast: { layer: final, row } }),
	});
	const atLast = (value: Value) => (value.shape.at(-2) === 1 ? value : matMul(row, value));
	const outputs: Record<string, Value> = {};
	if (next) {
		const value = sites.get(siteName(next.site)) as Value;
		outputs["next"] = allPositions ? value : atLast(value);
	}
	if (withLogits) {
		const last = { ...sites.final, value: atLast(sites.final.value) };
		const logits = reshape(buildLogits(last, graph), ["N", model.config.vocabularySize]);
		const logProbabilities = sub(logits, reduceLogSumExp(logits, [-1]));
		outputs["logitEffects"] = sub(gather(logProbabilities, integers([0])), logProbabilities);
	}
	return await GraphSession.load(outputs, { ...options.session, prepack });
}
