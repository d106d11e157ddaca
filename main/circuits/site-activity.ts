import { assert } from "#shared/errors";
import { differentiate } from "../onnx/differentiate.ts";
import { floats, runOnce, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { type Dictionary, describeNotFinite } from "../sae/dictionary.ts";
import { type DictionarySlice, loadDictionarySlice } from "../sae/dictionary-slice.ts";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { buildSliceGraph, sliceFeeds } from "../sae/slice-graph.ts";

/** One dictionary on one prompt: which features are active and what they, and the rest, are made of. */
export interface SiteActivity {
	readonly dictionary: Dictionary;
	readonly tokens: number;
	/** The site's activation `[T, dIn]`. */
	readonly x: Float32Array;
	/** Entries of the clean prompt, by position and then by feature. */
	readonly sparse: SparseActivations;
	/** Holds every feature that is active anywhere, also on a patch prompt. */
	readonly slice: DictionarySlice;
	/** Column in the slice, by feature. */
	readonly columns: ReadonlyMap<number, number>;
	/** `[T, n]`: 1 where the feature is active. */
	readonly active: Float32Array;
	/** `x − x̂`, `[T, dIn]`, and its norm at each position. */
	readonly errors: Float32Array;
	readonly errorNorms: Float32Array;
	/**
	 * What the nodes hold beyond their baseline, `a − a_baseline`: with a baseline of zero `sparse` itself, with a patch
	 * prompt `a − a_patch` of the features active on either, by position and then by feature.
	 */
	readonly contributions: SparseActivations;
	/** The same of the errors: `e`, or `e − e_patch`, `[T, dIn]`. */
	readonly errorContributions: Float32Array;
	/** Un-normalising factor at each position. */
	readonly scale: Float32Array;
	/** `g · W_dec` with the un-normalising factor, `[T, n]`: `∂m/∂a` where a gradient `g [T, dIn]` was given. */
	readonly slopes: Float32Array | undefined;
}

/** The same site on another prompt of the same length, which differs from position `from` on. */
export interface PatchActivity {
	readonly x: Float32Array;
	readonly sparse: SparseActivations;
	readonly from: number;
}

export interface SiteActivityOptions {
	readonly dictionary: Dictionary;
	readonly x: Float32Array;
	readonly gradient?: Float32Array;
	readonly sparse: SparseActivations;
	/** The baseline, if it is not zero. */
	readonly patch?: PatchActivity;
	/** The slice, where it has been read before. */
	readonly slice?: DictionarySlice;
	readonly session?: SessionOptions;
}

/** Throws `bad-file` where the dictionary computes what is no number. */
export async function loadSiteActivity(options: SiteActivityOptions): Promise<SiteActivity> {
	const { dictionary, x, gradient, sparse } = options;
	const { dIn } = dictionary;
	const tokens = x.length / dIn;
	const slice = options.slice ?? loadActiveSlice(options);
	const { features } = slice;
	const columns = new Map(Array.from(features, (feature, column) => [feature, column]));
	const active = markActive(sparse, columns, tokens);

	const graph = buildSliceGraph(input("x", ["T", dIn]), dictionary);
	const outputs: Record<string, Value> = { errors: graph.error };
	if (graph.scale) outputs["scale"] = graph.scale;
	if (gradient) {
		const seed = { value: graph.reconstruction, cotangent: input("gradient", ["T", dIn]) };
		outputs["slopes"] = differentiate([seed], [graph.activations])[0] as Value;
	}
	const feeds = {
		x: { data: x, dims: [tokens, dIn] },
		...(gradient && { gradient: { data: gradient, dims: [tokens, dIn] } }),
		...sliceFeeds(slice, dIn),
		active: { data: active, dims: [tokens, features.length] },
	};
	const results = await runOnce(outputs, feeds, options.session);
	const errors = floats(results, "errors");
	if (!errors.every(Number.isFinite)) throw describeNotFinite(dictionary);
	return {
		dictionary,
		tokens,
		x,
		sparse,
		slice,
		columns,
		active,
		errors,
		errorNorms: Float32Array.from({ length: tokens }, (_, t) => Math.sqrt(dotRows(errors, errors, t, dIn))),
		...(options.patch
			? await subtractPatch(options, options.patch, errors, slice)
			: { contributions: sparse, errorContributions: errors }),
		scale: graph.scale ? floats(results, "scale") : new Float32Array(tokens).fill(graph.factor),
		slopes: gradient && floats(results, "slopes"),
	};
}

/** `[T, n]`: 1 where a feature of the slice is active. */
function markActive({ positions, features }: SparseActivations, columns: ReadonlyMap<number, number>, tokens: number) {
	const active = new Float32Array(tokens * columns.size);
	for (const [i, feature] of features.entries())
		active[(positions[i] as number) * columns.size + columnOf(columns, feature)] = 1;
	return active;
}

/** What there is beyond a patch prompt. Before its first difference that is nothing, to the last digit. */
async function subtractPatch(
	{ dictionary, sparse, session }: SiteActivityOptions,
	patch: PatchActivity,
	errors: Float32Array,
	slice: DictionarySlice,
): Promise<Pick<SiteActivity, "contributions" | "errorContributions">> {
	const { x } = patch;
	const baseline = await loadSiteActivity({ dictionary, x, sparse: patch.sparse, slice, ...(session && { session }) });
	const { dIn } = dictionary;
	return {
		contributions: subtractActivations(sparse, patch),
		errorContributions: errors.map((value, i) => (i < patch.from * dIn ? 0 : value - (baseline.errors[i] as number))),
	};
}

function subtractActivations(clean: SparseActivations, patch: PatchActivity): SparseActivations {
	const entries = new Map<string, { position: number; feature: number; value: number }>();
	const add = ({ positions, features, activations }: SparseActivations, sign: 1 | -1) => {
		for (const [i, feature] of features.entries()) {
			const position = positions[i] as number;
			const key = `${feature}@${position}`;
			const value = position < patch.from ? 0 : sign * (activations[i] as number);
			entries.set(key, { position, feature, value: value + (entries.get(key)?.value ?? 0) });
		}
	};
	add(clean, 1);
	add(patch.sparse, -1);
	const sorted = [...entries.values()].sort((a, b) => a.position - b.position || a.feature - b.feature);
	return {
		positions: Int32Array.from(sorted, ({ position }) => position),
		features: Int32Array.from(sorted, ({ feature }) => feature),
		activations: Float32Array.from(sorted, ({ value }) => value),
	};
}

function loadActiveSlice({ dictionary, sparse, patch }: SiteActivityOptions): DictionarySlice {
	const known = new Set([...sparse.features, ...(patch?.sparse.features ?? [])]);
	// An empty slice would need graphs of its own; an inactive feature changes nothing.
	return loadDictionarySlice(dictionary, Int32Array.from(known.size > 0 ? known : [0]).sort());
}

export function columnOf(columns: ReadonlyMap<number, number>, feature: number): number {
	const column = columns.get(feature);
	assert(column !== undefined, `feature ${feature} is not in the slice`);
	return column;
}

/** Product of row `t` of two `[T, width]` arrays, summed in double precision. */
export function dotRows(a: Float32Array, b: Float32Array, t: number, width: number): number {
	let sum = 0;
	for (let i = t * width; i < (t + 1) * width; i++) sum += (a[i] as number) * (b[i] as number);
	return sum;
}
