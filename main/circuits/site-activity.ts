import { assert } from "#shared/errors";
import { differentiate } from "../onnx/differentiate.ts";
import { sub } from "../onnx/elementwise.ts";
import { floats, onProcessor, runOnce, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { type Dictionary, describeNotFinite } from "../sae/dictionary.ts";
import { type DictionarySlice, loadDictionarySlice } from "../sae/dictionary-slice.ts";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { buildNormalised } from "../sae/normalization.ts";
import { multiplyRows, type SparseRows, sumRows } from "./sparse-rows.ts";

/** One dictionary on one prompt: which features are active and what they, and the rest, are made of. */
export interface SiteActivity {
	readonly dictionary: Dictionary;
	readonly tokens: number;
	/** The site's activation `[T, dIn]`. */
	readonly x: Float32Array;
	/** Entries of the clean prompt, by position and then by feature. */
	readonly sparse: SparseActivations;
	/** Norm of `x − x̂` at each position. */
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
	/** `∂m/∂a` of each contribution: `g · W_dec` with the un-normalising factor. */
	readonly slopes: Float32Array;
}

/** A site with what its down nodes begin with, needed no more once they have. */
export interface LoadedSite {
	readonly activity: SiteActivity;
	/** `∂(g · e)/∂x` with the features' activations held, `[T, dIn]`. */
	readonly errorGradient: Float32Array;
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
	/** `∂m/∂x`, `[T, dIn]`. */
	readonly gradient: Float32Array;
	readonly sparse: SparseActivations;
	/** The baseline, if it is not zero. */
	readonly patch?: PatchActivity;
	/** Of the features that are active on either. */
	readonly slice: DictionarySlice;
	readonly session?: SessionOptions;
}

/** Throws `bad-file` where the dictionary computes what is no number. */
export async function loadSiteActivity(options: SiteActivityOptions): Promise<LoadedSite> {
	const { dictionary, x, gradient, sparse, patch, slice, session } = options;
	const { dIn } = dictionary;
	const tokens = x.length / dIn;
	const found = await decodeErrors(options, x, sparse, gradient);
	const { errors, outputGradient } = found;
	const baseline = patch && (await decodeErrors(options, patch.x, patch.sparse));
	const contributions = patch ? subtractActivations(sparse, patch) : sparse;
	const activity: SiteActivity = {
		...{ dictionary, tokens, x, sparse, contributions },
		errorNorms: Float32Array.from({ length: tokens }, (_, t) => Math.sqrt(dotRows(errors, errors, t, dIn))),
		// Before the first difference there is nothing beyond a patch prompt, to the last digit.
		errorContributions: baseline
			? errors.map((value, i) => (i < (patch?.from ?? 0) * dIn ? 0 : value - (baseline.errors[i] as number)))
			: errors,
		scale: found.scale ?? new Float32Array(tokens).fill(found.factor),
		slopes: await multiplyRows(
			outputGradient as Float32Array,
			rowsOf(contributions, slice.features, slice.decoder),
			session,
		),
	};
	return { activity, errorGradient: found.errorGradient as Float32Array };
}

/** `∂m/∂a` of a site's contributions for another gradient `[T, dIn]`. */
export async function measureSlopes(
	options: Omit<SiteActivityOptions, "patch">,
	contributions: SparseActivations,
): Promise<Float32Array> {
	const { x, sparse, gradient, slice, session } = options;
	const { outputGradient } = await decodeErrors(options, x, sparse, gradient);
	const rows = rowsOf(contributions, slice.features, slice.decoder);
	return await multiplyRows(outputGradient as Float32Array, rows, session);
}

/** What the features leave of `x [T, dIn]`; with a gradient also how that moves with the decoder's output and with `x`. */
async function decodeErrors(
	{ dictionary, slice, session }: Pick<SiteActivityOptions, "dictionary" | "slice" | "session">,
	x: Float32Array,
	sparse: SparseActivations,
	gradient?: Float32Array,
) {
	const { dIn, decoderBias } = dictionary;
	const dims = [x.length / dIn, dIn];
	const rows = rowsOf(sparse, slice.features, slice.decoder);
	const output = await sumRows(rows, sparse.activations, x.length / dIn, session);
	for (let at = 0; at < output.length; at += dIn)
		for (let j = 0; j < dIn; j++) output[at + j] = (output[at + j] as number) + (decoderBias[j] as number);

	const [site, decoded] = [input("x", ["T", dIn]), input("output", ["T", dIn])];
	const { restore, scale, factor } = buildNormalised(site, dictionary);
	const reconstruction = restore(decoded);
	const errors = sub(site, reconstruction);
	const outputs: Record<string, Value> = { errors, ...(scale && { scale }) };
	if (gradient) {
		const cotangent = input("gradient", ["T", dIn]);
		outputs["outputGradient"] = differentiate([{ value: reconstruction, cotangent }], [decoded])[0] as Value;
		outputs["errorGradient"] = differentiate([{ value: errors, cotangent }], [site])[0] as Value;
	}
	const feeds = {
		...{ x: { data: x, dims }, output: { data: output, dims } },
		...(gradient && { gradient: { data: gradient, dims } }),
	};
	const results = await runOnce(outputs, feeds, onProcessor(session));
	const numbers = floats(results, "errors");
	if (!numbers.every(Number.isFinite)) throw describeNotFinite(dictionary);
	return {
		errors: numbers,
		factor,
		...(scale && { scale: floats(results, "scale") }),
		...(gradient && {
			outputGradient: floats(results, "outputGradient"),
			errorGradient: floats(results, "errorGradient"),
		}),
	};
}

/** Entries with the rows of a table that holds one for each feature of a slice. */
export function rowsOf(
	{ positions, features: active }: Pick<SparseActivations, "positions" | "features">,
	features: Int32Array,
	table: Float32Array,
): SparseRows {
	const columns = new Int32Array((features.at(-1) as number) + 1).fill(-1);
	for (const [column, feature] of features.entries()) columns[feature] = column;
	const rows = active.map((feature) => columns[feature] ?? -1);
	assert(!rows.includes(-1), "a feature is not in the slice");
	return { positions, rows, table, width: table.length / features.length };
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

/** The part of a dictionary that is active on a prompt, or on another beside it. */
export function loadActiveSlice(dictionary: Dictionary, ...prompts: readonly SparseActivations[]): DictionarySlice {
	const known = new Set(prompts.flatMap(({ features }) => [...features]));
	// An empty slice would need graphs of its own; an inactive feature changes nothing.
	return loadDictionarySlice(dictionary, Int32Array.from(known.size > 0 ? known : [0]).sort());
}

/** Place of each feature in a slice. */
export function columnsOf(features: Int32Array): ReadonlyMap<number, number> {
	return new Map(Array.from(features, (feature, column) => [feature, column]));
}

export function columnOf(columns: ReadonlyMap<number, number>, feature: number): number {
	const column = columns.get(feature);
	assert(column !== undefined, `feature ${feature} is not in the slice`);
	return column;
}

/** Activation of a feature at a position, 0 where it is off. Entries are sorted by position and then by feature. */
export function activationAt(entries: SparseActivations, position: number, feature: number): number {
	const entry = findEntry(entries, position, feature);
	return entry === undefined ? 0 : (entries.activations[entry] as number);
}

/** Which entry is a feature's at a position. Entries are sorted by position and then by feature. */
export function findEntry(
	{ positions, features }: Pick<SparseActivations, "positions" | "features">,
	position: number,
	feature: number,
): number | undefined {
	let [low, high] = [0, positions.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		const before = (positions[middle] as number) - position || (features[middle] as number) - feature;
		if (before === 0) return middle;
		if (before < 0) low = middle + 1;
		else high = middle;
	}
	return undefined;
}

/** Product of row `t` of two `[T, width]` arrays, summed in double precision. */
export function dotRows(a: Float32Array, b: Float32Array, t: number, width: number): number {
	let sum = 0;
	for (let i = t * width; i < (t + 1) * width; i++) sum += (a[i] as number) * (b[i] as number);
	return sum;
}
