import { type SiteName, siteName } from "#shared/site";
import { add, geluErf, geluTanh, mul, relu } from "../onnx/elementwise.ts";
import { affine, layerNorm, matMul } from "../onnx/linear.ts";
import { softmax } from "../onnx/reductions.ts";
import { reshape, split, transpose } from "../onnx/shaping.ts";
import type { Value } from "../onnx/value.ts";
import type { Gpt2Config } from "./gpt2-config.ts";

/**
 * GPT-2 as a graph with named sites. Says nothing about where its parameters are: a trainer feeds them, a trace maps
 * them from the model's file. Activations are `[…, T, width]`; leading axes are free (a batch of sequences).
 */
export interface Gpt2GraphOptions {
	readonly config: Pick<Gpt2Config, "layers" | "heads" | "width" | "layerNormEpsilon" | "activation" | "tiedHead">;
	/** The parameter of that Hugging Face name, without `transformer.`. */
	parameter(name: string): Value;
	/** Token plus position embedding, `[…, T, width]`. */
	readonly embedding: Value;
	/** Added to attention scores, `[T, T]`: 0 where query row may see key column, very negative elsewhere. */
	readonly mask: Value;
	/** Puts another value in the place of what the model computes at a site. */
	intervene?(site: SiteName, computed: Value): Value;
}

/** Every site's value; where one is replaced, the new one. Only what is asked for later is ever computed. */
export function buildGpt2Sites(options: Gpt2GraphOptions): ReadonlyMap<SiteName, Value> {
	const { config, parameter } = options;
	const sites = new Map<SiteName, Value>();
	const place = (name: SiteName, computed: Value): Value => {
		const value = options.intervene?.(name, computed) ?? computed;
		sites.set(name, value);
		return value;
	};
	const normalise = (x: Value, name: string) =>
		layerNorm(x, parameter(`${name}.weight`), parameter(`${name}.bias`), config.layerNormEpsilon);

	let residual = place(siteName({ kind: "resid", layer: -1 }), options.embedding);
	for (let layer = 0; layer < config.layers; layer++) {
		const block = `h.${layer}`;
		const heads = buildAttentionHeads(normalise(residual, `${block}.ln_1`), `${block}.attn`, options);
		const z = place(siteName({ kind: "z", layer }), heads);
		const attention = affine(z, parameter(`${block}.attn.c_proj.weight`), parameter(`${block}.attn.c_proj.bias`));
		const mid = place(
			siteName({ kind: "mid", layer }),
			add(residual, place(siteName({ kind: "attn", layer }), attention)),
		);
		const hidden = affine(
			normalise(mid, `${block}.ln_2`),
			parameter(`${block}.mlp.c_fc.weight`),
			parameter(`${block}.mlp.c_fc.bias`),
		);
		const mlp = affine(
			activations[config.activation](hidden),
			parameter(`${block}.mlp.c_proj.weight`),
			parameter(`${block}.mlp.c_proj.bias`),
		);
		residual = place(siteName({ kind: "resid", layer }), add(mid, place(siteName({ kind: "mlp", layer }), mlp)));
	}
	return sites;
}

/** Logits `[…, vocabulary]` of final residuals `[…, width]`: `LNf(x) · W_Uᵀ`. */
export function buildLogits(residual: Value, { config, parameter }: Pick<Gpt2GraphOptions, "config" | "parameter">) {
	return matMul(buildFinalNorm(residual, { config, parameter }), buildUnembedding({ config, parameter }), {
		transB: true,
	});
}

export function buildFinalNorm(residual: Value, { config, parameter }: Pick<Gpt2GraphOptions, "config" | "parameter">) {
	return layerNorm(residual, parameter("ln_f.weight"), parameter("ln_f.bias"), config.layerNormEpsilon);
}

/** Rows are tokens: `[vocabulary, width]`. */
export function buildUnembedding({ config, parameter }: Pick<Gpt2GraphOptions, "config" | "parameter">): Value {
	return parameter(config.tiedHead ? "wte.weight" : "lm_head.weight");
}

const activations = { gelu_tanh: geluTanh, gelu_erf: geluErf, relu };

/** Causal self-attention up to the mixed values of all heads side by side, `[…, T, width]`. */
function buildAttentionHeads(x: Value, name: string, { config, parameter, mask }: Gpt2GraphOptions): Value {
	const { heads, width } = config;
	const headWidth = width / heads;
	const leading = x.shape.slice(0, -1);
	const rank = leading.length;
	const before = Array.from({ length: rank - 1 }, (_, axis) => axis);
	const swap = [...before, rank, rank - 1, rank + 1];
	const separate = (part: Value) => transpose(reshape(part, [...leading, heads, headWidth]), swap);
	const joined = affine(x, parameter(`${name}.c_attn.weight`), parameter(`${name}.c_attn.bias`));
	const [query, key, value] = split(joined, 3).map(separate) as [Value, Value, Value];
	const scores = add(mul(matMul(query, key, { transB: true }), 1 / Math.sqrt(headWidth)), mask);
	const mixed = matMul(softmax(scores), value);
	return reshape(transpose(mixed, swap), [...leading, width]);
}

/** Numbers for `mask`: position `t` sees `0 … t`. A finite lowest number, so that no NaN can arise. */
export function causalMask(tokens: number): { data: Float32Array; dims: readonly number[] } {
	const data = new Float32Array(tokens * tokens);
	for (let query = 0; query < tokens; query++) data.fill(-1e30, query * tokens + query + 1, (query + 1) * tokens);
	return { data, dims: [tokens, tokens] };
}
