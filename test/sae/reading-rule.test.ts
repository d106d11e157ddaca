import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { describeDoubts, describeRule } from "#shared/conventions";
import { findInCatalogue } from "../../main/sae/catalogue-match.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { parseDictionaryConfig } from "../../main/sae/dictionary-config.ts";
import { listChoices } from "../../main/sae/idle-conventions.ts";
import { decideRule, hashWithRule } from "../../main/sae/reading-rule.ts";
import { writeRandomDictionary } from "../float64/random-dictionary.ts";

const hub = "/home/a/.cache/huggingface/hub/models--";
const parse = (fields: object, folder = "/saes/x") => parseDictionaryConfig(JSON.stringify(fields), folder);
const legacy = (hook: string) => ({ hook_point: hook, d_in: 768, model_name: "gpt2-small" });

function decide(fields: object, path = "/saes/x", dSae = 24_576, conventions = {}) {
	const config = parse(fields, path);
	return decideRule({ config, published: findInCatalogue(path, config, dSae), conventions });
}

describe("centring", () => {
	const pre = legacy("blocks.8.hook_resid_pre");

	test.each([
		[
			"res-jb in the Hugging Face cache",
			`${hub}jbloom--GPT2-Small-SAEs-Reformatted/snapshots/ab12/blocks.8.hook_resid_pre`,
			24_576,
			true,
			"release",
		],
		[
			"feature splitting, 768",
			`${hub}jbloom--GPT2-Small-Feature-Splitting-Experiment-Layer-8/snapshots/c/blocks.8.hook_resid_pre_768`,
			768,
			true,
			"release",
		],
		[
			"feature splitting, 98,304",
			`${hub}jbloom--GPT2-Small-Feature-Splitting-Experiment-Layer-8/snapshots/c/blocks.8.hook_resid_pre_98304`,
			98_304,
			true,
			"release",
		],
		["a copy in a folder of the release's name", "/data/res-jb/blocks.8.hook_resid_pre", 24_576, true, "guess"],
		[
			"a copy in a folder of the repository's name",
			"/data/GPT2-Small-SAEs-Reformatted/blocks.8.hook_resid_pre",
			24_576,
			true,
			"guess",
		],
		["one's own of the same width", "/data/mine/blocks.8.hook_resid_pre", 24_576, false, "default"],
		["one's own of another width under that name", "/data/res-jb/blocks.8.hook_resid_pre", 3072, false, "default"],
	] as const)("of %s", (_, path, features, value, why) => {
		expect(decide(pre, path, features).centred).toEqual({ value, why });
	});

	test("what the configuration says beats a guess and not a release; an option beats all", () => {
		const stated = { ...pre, model_from_pretrained_kwargs: { center_writing_weights: false } };
		const cached = `${hub}jbloom--GPT2-Small-SAEs-Reformatted/snapshots/ab12/blocks.8.hook_resid_pre`;
		expect(decide(stated, "/data/res-jb/blocks.8.hook_resid_pre").centred).toEqual({ value: false, why: "config" });
		expect(decide(stated, cached).centred).toEqual({ value: true, why: "release" });
		expect(decide(stated, cached, 24_576, { center: "off" }).centred).toEqual({ value: false, why: "option" });
		const centred = { ...pre, model_from_pretrained_kwargs: { center_writing_weights: true } };
		expect(decide(centred).centred).toEqual({ value: true, why: "config" });
	});

	test("a layer norm takes the mean off in any case, so no option is heard", () => {
		const normed = { ...pre, normalize_activations: "layer_norm" };
		expect(decide(normed, "/saes/x", 24_576, { center: "on" }).centred).toEqual({ value: false, why: "default" });
	});

	test("Neuronpedia's name in a configuration is a guess", () => {
		const named = { ...pre, neuronpedia_id: "gpt2-small/8-res-jb" };
		expect(decide(named).centred).toEqual({ value: true, why: "guess" });
		expect(decide(named).release).toBe("res-jb");
	});

	test.each([
		["attn.hook_z", false],
		["mlp.hook_post", false],
		["ln1.hook_normalized", false],
		["ln2.hook_normalized", false],
		["hook_attn_out", true],
		["hook_resid_mid", true],
		["hook_mlp_out", true],
		["hook_resid_post", true],
	])("concerns only what is in the stream: %s", (hook, value) => {
		const fields = {
			hook_name: `blocks.1.${hook}`,
			model_from_pretrained_kwargs: { center_writing_weights: true },
		};
		expect(decide(fields).centred.value).toBe(value);
		expect(decide({ hook_name: `blocks.1.${hook}` }, "/x", 1, { center: "on" }).centred.value).toBe(value);
	});
});

describe("the beginning of a text", () => {
	const openai = { hook_name: "blocks.0.hook_resid_post", prepend_bos: undefined };
	const cached = `${hub}jbloom--GPT2-Small-OAI-v5-32k-resid-post-SAEs/snapshots/ab12/v5_32k_layer_0.pt`;

	test("is as the configuration states it; where that is silent the release decides, and else SAELens's default", () => {
		expect(decide(openai, cached, 32_768).bos).toEqual({ value: false, why: "release" });
		expect(decide({ ...openai, prepend_bos: true }, cached, 32_768).bos).toEqual({ value: true, why: "config" });
		expect(decide(openai, "/saes/x", 32_768).bos).toEqual({ value: true, why: "default" });
		expect(describeRule(decide(openai, cached, 32_768)).join()).toContain("no <|endoftext|> before the text (of ");
	});
});

describe("value biases", () => {
	const heads = { hook_name: "blocks.1.attn.hook_z" };
	const trained = (kwargs: object) => ({ ...heads, model_from_pretrained_kwargs: kwargs });

	test("are folded as far as the configuration says", () => {
		expect(decide(heads).valueBiases).toEqual({ value: "kept", why: "default" });
		expect(decide(trained({ fold_value_biases: false })).valueBiases).toEqual({ value: "kept", why: "config" });
		expect(decide(trained({ fold_value_biases: true })).valueBiases.value).toBe("folded-without-norm");
		expect(decide(trained({ fold_value_biases: true, fold_ln: true })).valueBiases.value).toBe("folded");
		// SAELens starts from a model that is not processed: what is not asked for is not done.
		expect(decide(trained({ fold_ln: true })).valueBiases).toEqual({ value: "kept", why: "default" });
		expect(decide(trained({ center_writing_weights: true }))).toMatchObject({
			centred: { value: false },
			valueBiases: { value: "kept" },
		});
	});

	test("an option decides otherwise, and only of heads", () => {
		expect(decide(heads, "/x", 1, { valueBiases: "folded" }).valueBiases).toEqual({ value: "folded", why: "option" });
		const folded = trained({ fold_value_biases: true });
		expect(decide(folded, "/x", 1, { valueBiases: "kept" }).valueBiases).toEqual({ value: "kept", why: "option" });
		const mlp = { hook_name: "blocks.1.hook_mlp_out" };
		expect(decide(mlp, "/x", 1, { valueBiases: "folded" }).valueBiases.value).toBe("kept");
	});

	test("heads in another basis are refused", () => {
		expect(() => parse(trained({ refactor_factored_attn_matrices: true }))).toThrow(/another basis/);
	});
});

describe("norm factors", () => {
	const asks = { ...legacy("blocks.1.hook_mlp_out"), normalize_activations: "expected_average_only_in" };
	const cached = `${hub}tommmcgrath--gpt2-small-mlp-out-saes/snapshots/1/sae_group_gpt2_blocks.1.hook_mlp_out_24576:v0`;

	test("come from the catalogue, else from the option, else are missed", () => {
		// SAELens's list of pretrained sets says 2.3694 of this one.
		expect(decide(asks, cached).normFactor).toEqual({ value: 2.3693984005104283, why: "release" });
		expect(decide(asks, cached).centred).toEqual({ value: true, why: "release" });
		expect(decide(asks, "/x", 1, { normFactor: 2.37 }).normFactor).toEqual({ value: 2.37, why: "option" });
		expect(decide(asks).normFactor).toEqual({ value: null, why: "default" });
		expect(describeDoubts(decide(asks)).join()).toContain("--norm-factor");
		expect(decide({ ...asks, normalize_activations: true }).normFactor.value).toBeNull();
	});

	test("are not used where none is asked for", () => {
		const plain = { ...asks, normalize_activations: "none" };
		expect(decide(plain, cached, 24_576, { normFactor: 3 }).normFactor).toEqual({ value: 1, why: "default" });
	});
});

test("only what was overridden or guessed is in doubt", () => {
	const pre = legacy("blocks.8.hook_resid_pre");
	expect(describeDoubts(decide(pre))).toEqual([]);
	expect(
		describeDoubts(decide(pre, `${hub}jbloom--GPT2-Small-SAEs-Reformatted/snapshots/a/blocks.8.hook_resid_pre`)),
	).toEqual([]);
	expect(describeDoubts(decide(pre, "/data/res-jb/blocks.8.hook_resid_pre"))).toEqual([
		"read centred, which is a guess: it bears the name of res-jb. Decide with --center on or off",
	]);
	expect(describeDoubts(decide(pre, "/x", 1, { center: "on" }))).toEqual(["read centred (--center)"]);
});

test("where a layer norm takes the mean off anyway, nobody decides about it", () => {
	const normed = { ...legacy("blocks.8.hook_resid_pre"), normalize_activations: "layer_norm" };
	expect(listChoices(parse(normed))).toEqual([]);
	expect(decide(normed, "/x", 1, { center: "on" }).centred).toEqual({ value: false, why: "default" });
	expect(listChoices(parse(legacy("blocks.8.hook_resid_pre")))).toEqual(["center"]);
	expect(listChoices(parse(legacy("blocks.8.attn.hook_z")))).toEqual(["valueBiases"]);
	const scaled = { ...legacy("blocks.8.hook_mlp_out"), normalize_activations: "expected_average_only_in" };
	expect(listChoices(parse(scaled))).toEqual(["center", "normFactor"]);
});

test("a hash is another where the reading is another than the files say, whatever decided it", () => {
	const config = parse(legacy("blocks.8.hook_resid_pre"));
	const hash = "0123456789abcdef";
	const of = (path: string, conventions = {}) =>
		hashWithRule(hash, decideRule({ config, published: findInCatalogue(path, config, 24_576), conventions }), config);
	expect(of("/x")).toBe(hash);
	expect(of("/x", { center: "off" })).toBe(hash);
	expect(of("/x", { center: "on" })).toMatch(/^[0-9a-f]{16}$/);
	expect(of("/x", { center: "on" })).not.toBe(hash);
	expect(of("/data/res-jb/blocks.8.hook_resid_pre")).toBe(of("/x", { center: "on" }));
});

describe("a dictionary at the final norm", () => {
	const root = mkdtempSync(join(tmpdir(), "scd-rule-"));
	afterAll(() => rmSync(root, { recursive: true }));

	test("has its place where its model is known by name", () => {
		writeRandomDictionary(root, { seed: 1, hook: "ln_final.hook_normalized", width: 8, features: 12 });
		expect(loadDictionary(root).siteName).toBe("lnf_0");
	});
});
