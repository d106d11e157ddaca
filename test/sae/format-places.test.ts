import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { nameLearntHook } from "../../main/sae/formats/dictionary-learning-hook.ts";
import { findOpenAiPlace } from "../../main/sae/formats/openai-hook.ts";

const root = mkdtempSync(join(tmpdir(), "scd-places-"));
afterAll(() => rmSync(root, { recursive: true }));
const published = join(import.meta.dirname, "../fixtures/formats");

test.each([
	["h.3", "resid_3"],
	["layers.3", "resid_3"],
	["layers_3", "resid_3"],
	["transformer.h.3", "resid_3"],
	["h.3.attn", "attn_3"],
	["model.layers.3.attn.c_proj", "attn_3"],
	["layers.3.mlp", "mlp_3"],
	["transformer.h.3.mlp.act", "post_3"],
	["wte", "embed_-1"],
	["transformer.drop", "resid_-1"],
	["h.3/seed7", "resid_3"],
])("sparsify's folder %s is %s", (folder, site) => {
	cpSync(join(published, "sparsify/h.1.mlp"), join(root, folder), { recursive: true });
	expect(loadDictionary(join(root, folder)).siteName).toBe(site);
	rmSync(join(root, folder), { recursive: true });
});

test("a module of sparsify's that is called like what every object has is refused", () => {
	const folder = join(root, "h.3.constructor");
	cpSync(join(published, "sparsify/h.1.mlp"), folder, { recursive: true });
	expect(() => loadDictionary(folder)).toThrow(/"transformer\.h\.3\.constructor"\. Known are/);
	rmSync(folder, { recursive: true });
});

test.each([
	[{ layer: 3 }, "blocks.3.hook_resid_post"],
	[{ layer: 3, submodule_name: "resid_post_layer_3" }, "blocks.3.hook_resid_post"],
	[{ layer: 3, submodule_name: "resid_layer3" }, "blocks.3.hook_resid_post"],
	[{ submodule_name: "mlp_layer3" }, "blocks.3.hook_mlp_out"],
	[{ layer: 3, submodule_name: "attn_out" }, "blocks.3.hook_attn_out"],
	[{ layer: 0, submodule_name: "attention" }, "blocks.0.hook_attn_out"],
	[{ layer: 3, submodule_name: "resid_pre" }, "blocks.3.hook_resid_pre"],
	[{ layer: 3, submodule_name: "mlp_post" }, "blocks.3.mlp.hook_post"],
	[{ layer: 3, submodule_name: "transformer.h.3.mlp" }, "transformer.h.3.mlp"],
	[{ submodule_name: "embed" }, "hook_embed"],
])("dictionary_learning's %j is %s", (place, hook) => {
	expect(nameLearntHook(place, "out", "config.json")).toBe(hook);
});

test.each([
	["/sae/resid_post_mlp_v5_32k/autoencoders/3.pt", "blocks.3.hook_resid_post", "resid_post_mlp_v5_32k/3.pt"],
	["/sae/resid_post_attn_v5_128k/autoencoders/11.pt", "blocks.11.hook_resid_mid", "resid_post_attn_v5_128k/11.pt"],
	["/sae/resid_delta_attn_v5_32k/autoencoders/0.pt", "blocks.0.hook_attn_out", "resid_delta_attn_v5_32k/0.pt"],
	["/sae/mlp_post_act/autoencoders/5.pt", "blocks.5.mlp.hook_post", "mlp_post_act/5.pt"],
	["/resid-post/mlp-out/v5_32k_layer_7.pt", "blocks.7.hook_mlp_out", "mlp-out/v5_32k_layer_7.pt"],
	["/x/resid_mid_layer_2.pt", "blocks.2.hook_resid_mid", "resid_mid_layer_2.pt"],
])("OpenAI's %s is %s", (path, hook, name) => {
	expect(findOpenAiPlace(path)).toEqual({ hook, name });
});
