import { type SiteName, siteName } from "#shared/site";
import { add, exp, geluErf, geluTanh, mul, relu, sigmoid, sub } from "../onnx/elementwise.ts";
import { affine, layerNorm, matMul, ones } from "../onnx/linear.ts";
import { reduceLogSumExp, reduceSum, softmax } from "../onnx/reductions.ts";
import { concat, expandLike, reshape, split, transpose } from "../onnx/shaping.ts";
import { constant } from "../onnx/sources.ts";
import type { Dim, Value } from "../onnx/value.ts";
import type { Gpt2Config } from "./gpt2-config.ts";

/**
 * GPT-2 as a graph with named sites. Says nothing about where its parameters are: a trainer feeds them, a trace maps
 * them from the model's file. Activations are `[…, T, width]`; leading axes are free (a batch of sequences).
 */
export interface Gpt2GraphOptions {
	readonly config: Pick<Gpt2Config, "layers" | "heads" | "width" | "layerNormEpsilon" | "activation" | "tiedHead"> &
		Pick<Gpt2Config, "unscaledAttention" | "attentionByLayer">;
	/** The parameter of that Hugging Face name, without `transformer.`. */
	parameter(name: string): Value;
	/**
	 * Embeddings of tokens `[…, T, width]` and of positions `[T, width]`; a single value is the residual stream that enters
	 * `firstLayer`.
	 */
	readonly embedding: Value | { readonly tokens: Value; readonly positions: Value };
	/** Layers before it are not built. Default 0. */
	readonly firstLayer?: number;
	/** Added to attention scores, `[T, T]`: 0 where query row may see key column, very negative elsewhere. */
	readonly mask: Value;
	/** Puts another value in the place of what the model computes at a site. */
	intervene?(site: SiteName, computed: Value): Value;
	/**
	 * Sites whose gradients are wanted although nothing is put in their place. Normalised streams, what only the MLP reads and
	 * single heads lie on the path to what is behind them only where they are named here or replaced: elsewhere one operator
	 * does it all.
	 */
	readonly apart?: ReadonlySet<SiteName>;
	/**
	 * Positions before those at hand, which these see too, by their keys and values or by the normalised stream that these
	 * are made of; `mask […, T, earlier T]` is added to the scores where not every one of them is seen.
	 */
	past?(layer: number): ((KeysAndValues | NormalisedStream) & { readonly mask?: Value }) | undefined;
	/** Told what the positions at hand hold. */
	remember?(layer: number, present: Queries & KeysAndValues & NormalisedStream): void;
	/**
	 * From this layer's queries on only one position is computed, chosen by `row [1, T]`; the layer's keys are of all.
	 * Nothing is built after it.
	 */
	readonly onlyLast?: { readonly layer: number; readonly row: Value };
	/** Where only keys and values are asked for: a backward pass multiplies by their part of the weights alone. */
	readonly onlyKeys?: number;
}

/** Of one layer, `[…, heads, T, head width]`. */
export interface Queries {
	readonly queries: Value;
}

/** Of one layer, `[…, heads, T, head width]`. */
export interface KeysAndValues {
	readonly keys: Value;
	readonly values: Value;
}

/** What a layer's queries, keys and values are projected from, `[rows, T, width]`. */
export interface NormalisedStream {
	readonly stream: Value;
}

/** What the logits are read from: the last residual stream, or its normalised form where that was replaced. */
export interface FinalStream {
	/** `[…, T, width]`. */
	readonly value: Value;
	readonly normalised: boolean;
}

/** Every site's value; where one is replaced, the new one. Only what is asked for later is ever computed. */
export type Gpt2Sites = ReadonlyMap<SiteName, Value> & { readonly final: FinalStream };

export function buildGpt2Sites(options: Gpt2GraphOptions): Gpt2Sites {
	const { config, parameter } = options;
	const sites = new Map<SiteName, Value>();
	const place = (name: SiteName, computed: Value): Value => {
		const value = options.intervene?.(name, computed) ?? computed;
		sites.set(name, value);
		return value;
	};
	const isApart = (name: SiteName, computed: Value, value: Value) => value !== computed || options.apart?.has(name);
	const normalise = (x: Value, name: string, kind: "ln1" | "ln2", layer: number) => {
		const [gain, bias] = [parameter(`${name}.weight`), parameter(`${name}.bias`)];
		const site = siteName({ kind, layer });
		const plain = buildNormalisedStream(x, options);
		const placed = place(site, plain);
		return isApart(site, plain, placed)
			? add(mul(placed, gain), bias)
			: layerNorm(x, gain, bias, config.layerNormEpsilon);
	};
	/** What the MLP reads of the middle of a block, which goes on to the block's end as it is. */
	const placeMlpInput = (mid: Value, layer: number) => {
		const site = siteName({ kind: "mlpin", layer });
		const copy = mul(mid, 1);
		const placed = place(site, copy);
		return isApart(site, copy, placed) ? placed : mid;
	};
	const placeHeads = (heads: Value, layer: number) => {
		const parts = split(heads, config.heads);
		const names = parts.map((_, head) => siteName({ kind: "z", layer, head }));
		const placed = parts.map((part, head) => place(names[head] as SiteName, part));
		const apart = names.some((name, head) => isApart(name, parts[head] as Value, placed[head] as Value));
		// Replaced ones may have a batch axis that the others lack.
		const [widest] = placed.toSorted((a, b) => b.shape.length - a.shape.length);
		return apart ? concat(placed.map((part) => expandLike(part, widest as Value))) : heads;
	};

	const { firstLayer = 0, onlyLast } = options;
	const entering =
		"tokens" in options.embedding
			? add(place(siteName({ kind: "embed", layer: -1 }), options.embedding.tokens), options.embedding.positions)
			: options.embedding;
	let residual = place(siteName({ kind: "resid", layer: firstLayer - 1 }), entering);
	const lastLayer = onlyLast?.layer ?? config.layers - 1;
	for (let layer = firstLayer; layer <= lastLayer; layer++) {
		const block = `h.${layer}`;
		const heads = buildAttentionHeads(normalise(residual, `${block}.ln_1`, "ln1", layer), layer, options);
		if (onlyLast?.layer === layer) residual = matMul(onlyLast.row, residual);
		const z = place(siteName({ kind: "z", layer }), placeHeads(heads, layer));
		const attention = affine(z, parameter(`${block}.attn.c_proj.weight`), parameter(`${block}.attn.c_proj.bias`));
		const mid = place(
			siteName({ kind: "mid", layer }),
			add(residual, place(siteName({ kind: "attn", layer }), attention)),
		);
		const hidden = affine(
			normalise(placeMlpInput(mid, layer), `${block}.ln_2`, "ln2", layer),
			parameter(`${block}.mlp.c_fc.weight`),
			parameter(`${block}.mlp.c_fc.bias`),
		);
		const mlp = affine(
			place(siteName({ kind: "post", layer }), activations[config.activation](hidden)),
			parameter(`${block}.mlp.c_proj.weight`),
			parameter(`${block}.mlp.c_proj.bias`),
		);
		residual = place(siteName({ kind: "resid", layer }), add(mid, place(siteName({ kind: "mlp", layer }), mlp)));
	}
	const final = { value: residual, normalised: false };
	if (lastLayer < config.layers - 1) return Object.assign(sites, { final });
	const name = siteName({ kind: "lnf", layer: lastLayer });
	const plain = buildNormalisedStream(residual, options);
	const placed = place(name, plain);
	return Object.assign(sites, { final: isApart(name, plain, placed) ? { value: placed, normalised: true } : final });
}

/** `(x − mean)/√(variance + ε)`: what a layer norm multiplies by its gain. */
function buildNormalisedStream(x: Value, { config }: Pick<Gpt2GraphOptions, "config">): Value {
	const zeros = constant(new Float32Array(config.width));
	return layerNorm(x, ones(config.width), zeros, config.layerNormEpsilon);
}

/** One position of all, by `row [1, T]`. */
export function pickPosition(row: Value, final: FinalStream): FinalStream {
	return { ...final, value: matMul(row, final.value) };
}

/** Logits `[…, vocabulary]`: `LNf(x) · W_Uᵀ`. */
export function buildLogits(final: FinalStream, { config, parameter }: Pick<Gpt2GraphOptions, "config" | "parameter">) {
	return matMul(buildFinalNorm(final, { config, parameter }), buildUnembedding({ config, parameter }), {
		transB: true,
	});
}

export function buildFinalNorm(
	{ value, normalised }: FinalStream,
	{ config, parameter }: Pick<Gpt2GraphOptions, "config" | "parameter">,
): Value {
	const [gain, bias] = [parameter("ln_f.weight"), parameter("ln_f.bias")];
	return normalised ? add(mul(value, gain), bias) : layerNorm(value, gain, bias, config.layerNormEpsilon);
}

/** Rows are tokens: `[vocabulary, width]`. */
export function buildUnembedding({ config, parameter }: Pick<Gpt2GraphOptions, "config" | "parameter">): Value {
	return parameter(config.tiedHead ? "wte.weight" : "lm_head.weight");
}

const activations = {
	gelu_tanh: geluTanh,
	gelu_erf: geluErf,
	relu,
	silu: (x: Value) => mul(x, sigmoid(x)),
	// The constant is that of the paper (Hendrycks & Gimpel 2016).
	quick_gelu: (x: Value) => mul(x, sigmoid(mul(x, 1.702))),
};

/** Causal self-attention up to the mixed values of all heads side by side, `[…, T, width]`. */
function buildAttentionHeads(x: Value, layer: number, options: Gpt2GraphOptions): Value {
	const { config, parameter, onlyLast } = options;
	const { heads, width } = config;
	const headWidth = width / heads;
	const name = `h.${layer}.attn.c_attn`;
	const rank = x.shape.length - 1;
	const before = Array.from({ length: rank - 1 }, (_, axis) => axis);
	const swap = [...before, rank, rank - 1, rank + 1];
	const separate = (part: Value) => transpose(reshape(part, [...part.shape.slice(0, -1), heads, headWidth]), swap);
	const row = onlyLast?.layer === layer ? onlyLast.row : undefined;
	const [weights, biases] = [parameter(`${name}.weight`), parameter(`${name}.bias`)];
	const isApart = row !== undefined || options.onlyKeys === layer;
	const [query, key, value] = isApart
		? projectApart(row ? matMul(row, x) : x, x, split(weights, 3), split(biases, 3))
		: (split(affine(x, weights, biases), 3) as [Value, Value, Value]);
	const queries = separate(query);
	const present = { keys: separate(key), values: separate(value) };
	options.remember?.(layer, { queries, ...present, stream: x });
	const divisor = (config.unscaledAttention ? 1 : Math.sqrt(headWidth)) * (config.attentionByLayer ? layer + 1 : 1);
	const score = (keys: Value) => mul(matMul(queries, keys, { transB: true }), 1 / divisor);
	const scores = add(score(present.keys), row ? matMul(row, options.mask) : options.mask);
	const past = options.past?.(layer);
	const attend = (): Value => {
		if (!past) return matMul(softmax(scores), present.values);
		if ("keys" in past)
			return mixWithPast(scores, present.values, masked(score(past.keys), past.mask), (weights) =>
				matMul(weights, past.values),
			);
		const absorbed = absorbProjections(queries, past.stream, { weights, biases, heads });
		return mixWithPast(scores, present.values, masked(mul(absorbed.scores, 1 / divisor), past.mask), absorbed.mix);
	};
	const mixed = attend();
	return reshape(transpose(mixed, swap), [...(row ? [...x.shape.slice(0, -2), 1] : x.shape.slice(0, -1)), width]);
}

const masked = (scores: Value, mask: Value | undefined): Value => (mask ? add(scores, mask) : scores);

/** Queries of what asks, keys and values of all. */
function projectApart(
	asking: Value,
	x: Value,
	weights: readonly Value[],
	biases: readonly Value[],
): readonly [Value, Value, Value] {
	const project = (from: Value, part: 0 | 1 | 2) => affine(from, weights[part] as Value, biases[part] as Value);
	return [project(asking, 0), project(x, 1), project(x, 2)];
}

/** Softmax over two groups of positions, each summed by itself: what is past need not be copied behind what is new. */
function mixWithPast(scores: Value, values: Value, pastScores: Value, mixPast: (weights: Value) => Value): Value {
	const sums = concat([reduceLogSumExp(scores, [-1]), reduceLogSumExp(pastScores, [-1])]);
	const total = reduceLogSumExp(sums, [-1]);
	return add(matMul(exp(sub(scores, total)), values), mixPast(exp(sub(pastScores, total))));
}

/**
 * Attention of queries `[R, heads, Q, head width]` to a stream `[R, T, width]` whose keys and values are never computed:
 * `q · (x W_K + b_K)ᵀ = (q W_Kᵀ) · xᵀ + q · b_K`, and `p · (x W_V + b_V) = (p x) · W_V + Σp · b_V`. What goes back to a
 * position then is a sum of two vectors a head and query, not a product with both matrices, which pays for few queries.
 */
function absorbProjections(
	queries: Value,
	stream: Value,
	{ weights, biases, heads }: { readonly weights: Value; readonly biases: Value; readonly heads: number },
): { readonly scores: Value; mix(weights: Value): Value } {
	const width = stream.shape.at(-1) as number;
	const headWidth = width / heads;
	const byHead = (part: Value) => transpose(reshape(part, [width, heads, headWidth]), [1, 0, 2]);
	const [, keyWeights, valueWeights] = split(weights, 3).map(byHead) as [Value, Value, Value];
	const [, keyBiases, valueBiases] = split(biases, 3).map((part) => reshape(part, [heads, 1, headWidth])) as [
		Value,
		Value,
		Value,
	];
	const [R = "R", , Q = "Q"] = queries.shape;
	const T = stream.shape.at(-2) as Dim;
	const asked = reshape(matMul(queries, keyWeights, { transB: true }), [R, "heads*Q", width]);
	const products = reshape(matMul(stream, asked, { transB: true }), [R, T, heads, Q]);
	return {
		scores: add(transpose(products, [0, 2, 3, 1]), matMul(queries, keyBiases, { transB: true })),
		mix(shares) {
			const byPosition = reshape(transpose(shares, [0, 3, 1, 2]), [R, T, "heads*Q"]);
			const mixed = reshape(matMul(byPosition, stream, { transA: true }), [R, heads, Q, width]);
			return add(matMul(mixed, valueWeights), mul(reduceSum(shares, [-1]), valueBiases));
		},
	};
}

/** Numbers for `mask`: position `t` sees `0 … t`. A finite lowest number, so that no NaN can arise. */
export function causalMask(tokens: number): { data: Float32Array; dims: readonly number[] } {
	const data = new Float32Array(tokens * tokens);
	for (let query = 0; query < tokens; query++) data.fill(-1e30, query * tokens + query + 1, (query + 1) * tokens);
	return { data, dims: [tokens, tokens] };
}
