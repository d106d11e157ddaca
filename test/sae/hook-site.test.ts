import { describe, expect, test } from "vitest";
import { siteKinds, siteName } from "#shared/site";
import { formatHook, parseHook } from "../../main/sae/hook-site.ts";

/** TransformerLens's hook points and Hugging Face's modules whose tensors are one. */
const names: readonly (readonly [site: string, ...hooks: string[]])[] = [
	["embed_-1", "hook_embed", "transformer.wte", "wte"],
	["resid_-1", "blocks.0.hook_resid_pre", "transformer.drop"],
	["ln1_3", "blocks.3.ln1.hook_normalized"],
	["z_3", "blocks.3.attn.hook_z"],
	["attn_3", "blocks.3.hook_attn_out", "transformer.h.3.attn", "h.3.attn", "h.3.attn.c_proj", "layers.3.attn"],
	["mid_3", "blocks.3.hook_resid_mid"],
	["mlpin_3", "blocks.3.hook_mlp_in"],
	["ln2_3", "blocks.3.ln2.hook_normalized"],
	["post_3", "blocks.3.mlp.hook_post", "transformer.h.3.mlp.act"],
	["mlp_3", "blocks.3.hook_mlp_out", "transformer.h.3.mlp", "h.3.mlp", "layers.3.mlp", "h.3.mlp.c_proj"],
	["resid_3", "blocks.3.hook_resid_post", "blocks.4.hook_resid_pre", "transformer.h.3", "h.3", "layers.3"],
	["lnf_0", "ln_final.hook_normalized"],
];

test.each(names.flatMap(([site, ...hooks]) => hooks.map((hook) => [hook, site])))("%s is %s", (hook, site) => {
	expect(siteName(parseHook(hook, "cfg.json"))).toBe(site);
});

test("every kind of site has the hook that it is read from", () => {
	for (const kind of siteKinds) {
		const site = { kind, layer: kind === "embed" ? -1 : kind === "lnf" ? 0 : 2 };
		expect(parseHook(formatHook(site), "cfg.json")).toEqual(site);
	}
	expect(formatHook({ kind: "resid", layer: -1 })).toBe("blocks.0.hook_resid_pre");
});

describe("refused by name", () => {
	test.each([
		["transformer.h.3.ln_1", /gain and bias.*ln1\.hook_normalized/],
		["transformer.ln_f", /ln_final\.hook_normalized/],
		["blocks.3.attn.hook_q", /attn\.hook_q.*Known are/],
		["hook_pos_embed", /hook_pos_embed/],
		["transformer.h.3.mlp.c_fc", /c_fc/],
		["model.layers.3.self_attn", /self_attn/],
		["constructor", /"constructor"\. Known are/],
		["blocks.0.toString", /"blocks\.0\.toString"\. Known are/],
		["transformer.h.0.valueOf", /valueOf/],
	])("%s", (hook, message) => {
		expect(() => parseHook(hook, "cfg.json")).toThrow(message);
	});
});

test("a head is a site of its own in z, and nowhere else", () => {
	expect(siteName(parseHook("blocks.1.attn.hook_z", "cfg.json", 2))).toBe("z_1h2");
	expect(() => parseHook("blocks.1.hook_mlp_out", "cfg.json", 2)).toThrow(/head 2/);
});
