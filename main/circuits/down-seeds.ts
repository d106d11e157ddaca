import { assert } from "#shared/errors";
import { differentiate } from "../onnx/differentiate.ts";
import { floats, onProcessor, runOnce, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { DictionarySlice } from "../sae/dictionary-slice.ts";
import { buildNormalised } from "../sae/normalization.ts";
import type { DownNode } from "./direct-effects.ts";
import type { Metric } from "./metric.ts";
import type { PathRow } from "./paths.ts";
import { columnOf, columnsOf, type LoadedSite, rowsOf, type SiteActivity } from "./site-activity.ts";
import { sumRows } from "./sparse-rows.ts";

/** `∂y/∂x` at a site of its down nodes: where their backward passes begin, with no matrix of the dictionary needed again. */
export interface DownSeeds {
	of(node: DownNode): PathRow;
}

/**
 * Of `nodes` at one site. A feature's is `w · W_enc` through the normalisation. An error `g · e` moves with `x` itself and
 * with what the features of its position take away as they move: `∂(g·e)/∂x = g·(1 − ∂x̂/∂x|ₐ) − Σ ∂m/∂a · ∂a/∂x`.
 */
export async function loadDownSeeds(
	nodes: readonly DownNode[],
	{ activity: { dictionary, x, tokens, sparse, contributions, slopes }, errorGradient }: LoadedSite,
	slice: DictionarySlice,
	session?: SessionOptions,
): Promise<DownSeeds> {
	const { dIn } = dictionary;
	const columns = columnsOf(slice.features);
	const features = nodes.flatMap((node) => (node.kind === "feature" ? [node] : []));
	const errorRows = nodes.some(({ kind }) => kind === "error" || kind === "errors") ? tokens : 0;
	const rows = new Float32Array((errorRows + features.length) * dIn);
	const encoded = new Float32Array(rows.length);
	if (errorRows > 0) {
		rows.set(x);
		const active = rowsOf(sparse, slice.features, slice.encoder);
		encoded.set(await sumRows(active, slopesOf(sparse, contributions, slopes), tokens, session));
	}
	for (const [i, { feature, position, weight }] of features.entries()) {
		const at = (errorRows + i) * dIn;
		rows.set(x.subarray(position * dIn, (position + 1) * dIn), at);
		const column = columnOf(columns, feature) * dIn;
		for (let j = 0; j < dIn; j++) encoded[at + j] = weight * (slice.encoder[column + j] as number);
	}
	const moved = rows.length > 0 ? await passNormalisation(rows, encoded, dictionary, session) : rows;
	const errors = moved.subarray(0, errorRows * dIn).map((value, i) => (errorGradient[i] as number) - value);
	const ofFeatures = new Map(
		// Copies, which keep nothing else in memory.
		features.map((node, i) => [node, moved.slice((errorRows + i) * dIn, (errorRows + i + 1) * dIn)]),
	);
	return {
		of(node) {
			if (node.kind === "feature")
				return { positions: [node.position], cotangents: ofFeatures.get(node) as Float32Array };
			assert(node.kind !== "logit", "a logit lies at no site");
			const positions = node.kind === "errors" ? node.positions : [node.position];
			const cotangents = new Float32Array(positions.length * dIn);
			for (const [i, t] of positions.entries()) cotangents.set(errors.subarray(t * dIn, (t + 1) * dIn), i * dIn);
			return { positions, cotangents };
		},
	};
}

/** A logit begins at itself, beside the other tokens that the metric names. */
export function logitSeeds({ terms }: Metric): DownSeeds {
	return {
		of(node) {
			assert(node.kind === "logit", "of logits alone");
			const cotangents = new Float32Array(terms.length);
			cotangents[node.term] = node.weight;
			return { positions: [node.position], cotangents };
		},
	};
}

/** Slopes of the prompt's own entries, which all are among the contributions, in the same order. */
function slopesOf(
	sparse: SiteActivity["sparse"],
	contributions: SiteActivity["contributions"],
	slopes: Float32Array,
): Float32Array {
	if (sparse === contributions) return slopes;
	let at = 0;
	return Float32Array.from(sparse.features, (feature, i) => {
		while (contributions.features[at] !== feature || contributions.positions[at] !== sparse.positions[i]) at++;
		return slopes[at] as number;
	});
}

/** From cotangents `[rows, dIn]` of what the encoder reads to those of `x [rows, dIn]`. */
async function passNormalisation(
	x: Float32Array,
	cotangents: Float32Array,
	dictionary: SiteActivity["dictionary"],
	session: SessionOptions | undefined,
): Promise<Float32Array> {
	const { dIn } = dictionary;
	const site = input("x", ["T", dIn]);
	const { input: normalised } = buildNormalised(site, dictionary);
	if (normalised === site) return cotangents;
	const [moved] = differentiate([{ value: normalised, cotangent: input("cotangents", ["T", dIn]) }], [site]);
	const dims = [x.length / dIn, dIn];
	const feeds = { x: { data: x, dims }, cotangents: { data: cotangents, dims } };
	return floats(await runOnce({ moved: moved as Value }, feeds, onProcessor(session)), "moved");
}
