import type { ValueBiases } from "#shared/conventions";
import type { Site } from "#shared/site";
import type { LanguageModel } from "../model/language-model.ts";
import { readTensor, type StoredTensor } from "../model/safetensors.ts";

/**
 * What the value biases add to `z` at every position, `[width of the site]`: attention weights sum to 1, so it is the
 * same everywhere. TransformerLens's `fold_value_biases` moves it behind the output matrix; with `fold_ln` the norm's
 * bias has become part of it before: `b_V + β·W_V`.
 */
export function sumValueBiases(
	{ tensors, config }: LanguageModel,
	{ layer, head }: Site,
	kind: Exclude<ValueBiases, "kept">,
): Float32Array {
	const { width, heads } = config;
	const read = (name: string) => readTensor(tensors.get(`h.${layer}.${name}`) as StoredTensor);
	const sums = Float64Array.from(read("attn.c_attn.bias").subarray(2 * width));
	if (kind === "folded") {
		const [bias, weights] = [read("ln_1.bias"), read("attn.c_attn.weight")];
		for (const [row, beta] of bias.entries())
			for (let i = 0; i < width; i++)
				sums[i] = (sums[i] as number) + beta * (weights[(3 * row + 2) * width + i] as number);
	}
	const whole = Float32Array.from(sums);
	return head === undefined ? whole : whole.slice((head * width) / heads, ((head + 1) * width) / heads);
}
