import { describe, expect, test } from "vitest";
import { parseDictionaryConfig } from "../../main/sae/dictionary-config.ts";

const parse = (fields: object, folder = "/saes/x") => parseDictionaryConfig(JSON.stringify(fields), folder);
const hook = { hook_name: "blocks.3.hook_resid_post" };

describe("cfg.json, old and new", () => {
	test("a legacy file that says next to nothing has the defaults", () => {
		const config = parse({
			d_in: 768,
			d_sae: 1000,
			hook_point: "blocks.3.hook_resid_pre",
			hook_point_layer: 3,
			model_name: "gpt2-small",
			dataset_path: "x",
			context_size: 128,
			dtype: "torch.float32",
		});
		expect(config).toMatchObject({
			architecture: "standard",
			site: { kind: "resid", layer: 2 },
			normalization: "none",
			applyDecoderBiasToInput: true,
			// Silent: the release, or SAELens's default, decides.
			contextSize: 128,
		});
	});

	test("version 6 keeps parts under metadata, and the outer ones win", () => {
		const config = parse({
			architecture: "topk",
			k: 32,
			d_in: 768,
			d_sae: 10,
			apply_b_dec_to_input: false,
			rescale_acts_by_decoder_norm: true,
			metadata: {
				sae_lens_version: "6.0.0",
				hook_name: "blocks.2.hook_mlp_out",
				prepend_bos: false,
				model_from_pretrained_kwargs: { center_writing_weights: true },
			},
		});
		expect(config).toMatchObject({
			architecture: "topk",
			k: 32,
			site: { kind: "mlp", layer: 2 },
			prependBos: false,
			centred: true,
			applyDecoderBiasToInput: false,
			rescaleByDecoderNorm: true,
		});
	});

	test("topk as an activation function promotes a standard dictionary", () => {
		expect(parse({ ...hook, activation_fn_str: "topk", activation_fn_kwargs: { k: 7 } })).toMatchObject({
			architecture: "topk",
			k: 7,
		});
		expect(
			parse({ ...hook, architecture: "standard", activation_fn: "topk", activation_fn_kwargs: { k: 9 } }),
		).toMatchObject({ architecture: "topk", k: 9 });
	});

	test.each([
		[false, "none"],
		[true, "none"],
		["expected_average_only_in", "none"],
		["layer_norm", "layer_norm"],
		["constant_norm_rescale", "constant_norm_rescale"],
	])("normalize_activations %s", (written, meant) => {
		expect(parse({ ...hook, normalize_activations: written }).normalization).toBe(meant);
	});

	test("batchtopk infers with its learnt threshold", () => {
		expect(parse({ ...hook, architecture: "batchtopk" }).architecture).toBe("jumprelu");
	});

	test.each([
		["blocks.0.hook_resid_pre", "resid", -1],
		["blocks.4.hook_attn_out", "attn", 4],
		["blocks.4.hook_resid_mid", "mid", 4],
		["blocks.4.attn.hook_z", "z", 4],
	])("%s sits at %s %i", (hook_name, kind, layer) => {
		expect(parse({ hook_name }).site).toEqual({ kind, layer });
	});

	test.each([
		["not JSON", "{", /not JSON/],
		["no hook", "{}", /hook_name/],
		["another hook", '{"hook_name":"ln_final"}', /puts its dictionary at "ln_final"/],
		[
			"another kind",
			'{"hook_name":"blocks.0.hook_mlp_out","architecture":"transcoder"}',
			/transcoder of SAELens; its input and output/,
		],
		[
			"a name that every object has",
			'{"hook_name":"blocks.0.hook_mlp_out","architecture":"constructor"}',
			/of the kind "constructor"\. Known are standard, topk, abstopk, batchtopk, matryoshka_batchtopk, jumprelu, gated;/,
		],
		["topk without k", '{"hook_name":"blocks.0.hook_mlp_out","architecture":"topk"}', /without k/],
		[
			"another normalisation",
			'{"hook_name":"blocks.0.hook_mlp_out","normalize_activations":"joy"}',
			/normalisation "joy"/,
		],
		["a number that is none", '{"hook_name":"blocks.0.hook_mlp_out","d_in":"many"}', /d_in/],
	])("%s is refused in a sentence that names the file", (_name, json, message) => {
		expect(() => parseDictionaryConfig(json, "/saes/x")).toThrow(message);
		expect(() => parseDictionaryConfig(json, "/saes/x")).toThrow("/saes/x/cfg.json");
	});
});
