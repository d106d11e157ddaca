import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadGpt2Config } from "../../main/model/gpt2-config.ts";
import { refusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** The published file of GPT-2 small, shortened. */
const gpt2 = {
	activation_function: "gelu_new",
	architectures: ["GPT2LMHeadModel"],
	bos_token_id: 50256,
	layer_norm_epsilon: 1e-5,
	model_type: "gpt2",
	n_ctx: 1024,
	n_embd: 768,
	n_head: 12,
	n_layer: 12,
	n_positions: 1024,
	vocab_size: 50257,
};

function load(config: unknown) {
	const folder = temporaryFolder();
	writeFileSync(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
	return loadGpt2Config(folder);
}

describe("loadGpt2Config", () => {
	test("reads GPT-2 small's, with defaults where it is silent", () => {
		expect(load(gpt2)).toEqual({
			layers: 12,
			heads: 12,
			width: 768,
			innerWidth: 3072,
			vocabularySize: 50257,
			contextLength: 1024,
			layerNormEpsilon: 1e-5,
			activation: "gelu_tanh",
			tiedHead: true,
		});
	});

	test("reads what other models set", () => {
		const { n_positions: _, ...old } = gpt2;
		const other = { n_ctx: 256, n_inner: 100, layer_norm_epsilon: 1e-6, tie_word_embeddings: false };
		expect(load({ ...old, ...other })).toMatchObject({
			contextLength: 256,
			innerWidth: 100,
			layerNormEpsilon: 1e-6,
			tiedHead: false,
		});
		expect(load({ ...gpt2, n_inner: null }).innerWidth).toBe(3072);
	});

	test.each([
		["gelu_new", "gelu_tanh"],
		["gelu_pytorch_tanh", "gelu_tanh"],
		["gelu_fast", "gelu_tanh"],
		["gelu", "gelu_erf"],
		["relu", "relu"],
		["silu", "silu"],
		["swish", "silu"],
		["quick_gelu", "quick_gelu"],
	])("knows the activation function %s", (activation_function, activation) => {
		expect(load({ ...gpt2, activation_function }).activation).toBe(activation);
	});

	test.each([
		[{ model_type: "llama" }, /a model of type llama/],
		[{ add_cross_attention: true }, /add_cross_attention/],
	])("refuses %j as not supported", (change, message) => {
		const error = refusalOf(() => load({ ...gpt2, ...change }));
		expect(error.code).toBe("unsupported");
		expect(error.message).toMatch(message);
		expect(error.message).toMatch(/Choose a GPT-2 model\.$/);
	});

	test.each(["mish", "constructor"])("refuses the activation function %s, naming those that it knows", (name) => {
		expect(refusalOf(() => load({ ...gpt2, activation_function: name }))).toMatchObject({
			code: "unsupported",
			message: expect.stringMatching(
				new RegExp(
					`activation function "${name}", which this program does not know\\. It knows gelu_new, .*, quick_gelu\\.$`,
				),
			),
		});
	});

	test("reads how attention is scaled", () => {
		expect(load({ ...gpt2, scale_attn_weights: false })).toMatchObject({ unscaledAttention: true });
		expect(load({ ...gpt2, scale_attn_by_inverse_layer_idx: true })).toMatchObject({ attentionByLayer: true });
	});

	test("reads the names that all of transformers' models share, and refuses two that differ", () => {
		const { n_layer, n_head, n_embd, n_positions, n_ctx: _, ...rest } = gpt2;
		const general = {
			num_hidden_layers: n_layer,
			num_attention_heads: n_head,
			hidden_size: n_embd,
			max_position_embeddings: n_positions,
			intermediate_size: 3000,
		};
		expect(load({ ...rest, ...general })).toEqual({ ...load(gpt2), innerWidth: 3000 });
		expect(load({ ...gpt2, ...general, n_inner: null }).innerWidth).toBe(3000);
		expect(refusalOf(() => load({ ...gpt2, num_hidden_layers: 6 }))).toMatchObject({
			code: "mismatch",
			message: expect.stringMatching(/gives n_layer as 12 and num_hidden_layers as 6, and both mean the same/),
		});
		expect(refusalOf(() => load({ ...rest, num_hidden_layers: 0 })).message).toMatch(
			/n_layer \(or num_hidden_layers\):/,
		);
	});

	test.each<[unknown, RegExp]>([
		["{", /config\.json is not JSON\. Download it again/],
		["[]", /not a table/],
		[{ ...gpt2, n_layer: 0 }, /n_layer/],
		[{ ...gpt2, n_embd: "768" }, /n_embd/],
		[{ ...gpt2, n_head: 7 }, /n_embd 768, which does not divide into n_head 7/],
		[{ ...gpt2, n_positions: undefined, n_ctx: undefined }, /lacks n_positions/],
	])("refuses %j as damaged", (config, message) => {
		const error = refusalOf(() => load(config));
		expect(error.code).toBe("bad-file");
		expect(error.message).toMatch(message);
	});

	test("says that a folder is no model", () => {
		const folder = temporaryFolder();
		const error = refusalOf(() => loadGpt2Config(folder));
		expect(error.code).toBe("not-found");
		expect(error.message).toContain(`${folder} is not a language model`);
	});
});
