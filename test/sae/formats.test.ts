import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { toFloat } from "../../main/onnx/elementwise.ts";
import { floats, runOnce } from "../../main/onnx/session.ts";
import { input } from "../../main/onnx/sources.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { loadDictionarySlice } from "../../main/sae/dictionary-slice.ts";
import { buildEncoder, EncoderSession } from "../../main/sae/encoder-session.ts";
import { buildAllFeatures, buildSomeFeatures } from "../../main/sae/feature-graph.ts";

/** Files that each program saved itself, and what it computes with them once it has loaded them again. */
const root = join(import.meta.dirname, "../fixtures/formats");

interface Expected {
	readonly path: string;
	readonly x: readonly (readonly number[])[];
	readonly activations: readonly (readonly number[])[];
	readonly reconstruction: readonly (readonly number[])[];
}
const expected = JSON.parse(readFileSync(join(root, "expected.json"), "utf8")) as Record<string, Expected>;

const close = (actual: Float32Array, rows: readonly (readonly number[])[]) => {
	const wanted = rows.flat();
	const largest = Math.max(...wanted.map(Math.abs));
	expect(actual).toHaveLength(wanted.length);
	for (const [i, value] of wanted.entries())
		expect(Math.abs((actual[i] as number) - value) / largest).toBeLessThan(1e-5);
};

describe.each(Object.entries(expected))("%s", (_name, { path, x: rows, activations, reconstruction }) => {
	const dictionary = loadDictionary(join(root, path));
	const { dIn, dSae } = dictionary;
	const x = { data: Float32Array.from(rows.flat()), dims: [rows.length, dIn] };

	test("has the activations that the original program has", async () => {
		const session = await EncoderSession.load(dictionary);
		const sparse = await session.run(x.data);
		await session.dispose();
		const dense = new Float32Array(rows.length * dSae);
		for (const [i, position] of sparse.positions.entries())
			dense[position * dSae + (sparse.features[i] as number)] = sparse.activations[i] as number;
		close(dense, activations);
	});

	test("has them over several sequences at once", async () => {
		const { values, indices } = buildEncoder(input("x", ["N", "T", dIn]), dictionary);
		const results = await runOnce(
			{ values, ...(indices && { indices: toFloat(indices) }) },
			{ x: { data: x.data, dims: [2, rows.length / 2, dIn] } },
		);
		const found = floats(results, "values");
		const width = found.length / rows.length;
		const dense = new Float32Array(rows.length * dSae);
		for (const [i, value] of found.entries()) {
			const feature = indices ? (floats(results, "indices")[i] as number) : i % width;
			dense[Math.floor(i / width) * dSae + feature] = value;
		}
		close(dense, activations);
	});

	test("reconstructs as it does, inside a graph", async () => {
		const { activations: a, reconstruct } = buildAllFeatures(input("x", ["T", dIn]), dictionary);
		const results = await runOnce({ a, y: reconstruct(a) }, { x });
		close(floats(results, "a"), activations);
		close(floats(results, "y"), reconstruction);
	});

	test("has them for some features by their columns and rows alone", async () => {
		const features = Int32Array.of(1, 2, 7, 12, 23);
		const slice = loadDictionarySlice(dictionary, features);
		const { activations: a, contribute } = buildSomeFeatures(input("x", ["T", dIn]), dictionary, slice);
		const all = buildAllFeatures(input("x", ["T", dIn]), dictionary);
		const change = new Float32Array(rows.length * features.length).fill(1);
		const wide = new Float32Array(rows.length * dSae);
		for (let t = 0; t < rows.length; t++) for (const f of features) wide[t * dSae + f] = 1;
		const results = await runOnce(
			{
				a,
				some: contribute(input("change", ["T", features.length])),
				all: all.contribute(input("wide", ["T", dSae])),
			},
			{
				x,
				change: { data: change, dims: [rows.length, features.length] },
				wide: { data: wide, dims: [rows.length, dSae] },
			},
		);
		close(
			floats(results, "a"),
			activations.map((row) => [...features].map((f) => row[f] as number)),
		);
		close(floats(results, "some"), [[...floats(results, "all")]]);
	});
});

test.each([
	["saelens-abstopk", "mlp_1", "abstopk", true],
	["sparsify/h.1.mlp", "mlp_1", "topk", true],
	["sparsify/layers.1.attn", "attn_1", "groupmax", true],
	["dictionary-learning/AutoEncoder", "resid_1", "standard", true],
	["dictionary-learning/AutoEncoderNew", "mlp_1", "standard", true],
	["dictionary-learning/GatedAutoEncoder", "attn_1", "gated", true],
	["dictionary-learning/JumpReluAutoEncoder", "resid_1", "jumprelu", true],
	["dictionary-learning/AutoEncoderTopK", "resid_0", "topk", true],
	["dictionary-learning/BatchTopKSAE", "mid_1", "jumprelu", true],
	["dictionary-learning/MatryoshkaBatchTopKSAE", "mlp_1", "jumprelu", true],
	["openai/resid_delta_mlp_v5_32k/autoencoders/1.pt", "mlp_1", "topk", false],
	["openai/resid_post_attn_v5_32k/autoencoders/1.pt", "mid_1", "topk", false],
	["openai/resid_delta_mlp/autoencoders/1.pt", "mlp_1", "standard", false],
	["early-hook-z/gpt2-small_L1_Hcat_z_v9.pt", "z_1", "standard", true],
])("%s sits at %s and is %s", (path, siteName, architecture, prependBos) => {
	const dictionary = loadDictionary(join(root, path));
	expect(dictionary).toMatchObject({ siteName, dIn: 8, dSae: 24, config: { architecture } });
	expect(dictionary.rule.bos?.value).toBe(prependBos);
});
