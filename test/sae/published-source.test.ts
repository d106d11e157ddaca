import { expect, test } from "vitest";
import type { DictionaryConfig } from "../../main/sae/dictionary-config.ts";
import { explainMissingSource, findPublishedSource } from "../../main/sae/published-source.ts";
import type { Site } from "../../main/shared/site.ts";

const find = (dir: string, site: Site, dSae: number, neuronpediaId?: string) =>
	findPublishedSource({ dir, dSae, config: { site, ...(neuronpediaId && { neuronpediaId }) } as DictionaryConfig });
const resid = (layer: number) => ({ kind: "resid", layer }) as const;

test("a dictionary in the Hugging Face cache is known by its release, whatever its own file says", () => {
	const cache = "/home/a/.cache/huggingface/hub";
	const oai = `${cache}/models--jbloom--GPT2-Small-OAI-v5-128k-resid-post-SAEs/snapshots/0123abc/v5_128k_layer_6`;
	expect(find(oai, resid(6), 131_072)).toEqual({ model: "gpt2-small", name: "6-res_post_128k-oai" });
	// The seed gave it the labels of res-jb, which is another dictionary.
	expect(find(oai, resid(6), 131_072, "gpt2-small/6-res-jb")).toEqual({
		model: "gpt2-small",
		name: "6-res_post_128k-oai",
	});
	const last = `${cache}/models--jbloom--GPT2-Small-SAEs-Reformatted/snapshots/0123abc/blocks.11.hook_resid_post`;
	expect(find(last, resid(11), 24_576)).toEqual({ model: "gpt2-small", name: "12-res-jb" });
	const windows = "C:\\hub\\models--neuronpedia--gpt2-small__res_sce-ajt\\snapshots\\0123abc\\6-res_sce-ajt";
	expect(find(windows, resid(5), 46_080)).toEqual({ model: "gpt2-small", name: "6-res_sce-ajt" });
	expect(find(oai, resid(6), 4096)).toBeUndefined();
});

test("elsewhere its own id counts, and without one nothing is guessed", () => {
	expect(find("/my/saes/x", resid(6), 131_072, "gpt2-small/6-res_post_128k-oai")).toEqual({
		model: "gpt2-small",
		name: "6-res_post_128k-oai",
	});
	expect(find("/my/GPT2-Small-OAI-v5-128k-resid-post-SAEs/v5_128k_layer_6", resid(6), 131_072)).toBeUndefined();
	expect(find("/my/saes/x", resid(6), 131_072, "no id at all")).toBeUndefined();
	// Tom McGrath's set has no page there.
	const tm =
		"/hub/models--tommmcgrath--gpt2-small-mlp-out-saes/snapshots/1/sae_group_gpt2_blocks.0.hook_mlp_out_24576:v1";
	expect(find(tm, { kind: "mlp", layer: 0 }, 24_576)).toBeUndefined();
});

test("why there is none is said of the dictionary that lies there", () => {
	const explain = (dir: string, site: Site, dSae: number, neuronpediaId?: string) =>
		explainMissingSource({ dir, dSae, config: { site, ...(neuronpediaId && { neuronpediaId }) } as DictionaryConfig });
	const folder = "/hub/models--jbloom--GPT2-Small-SAEs-Reformatted/snapshots/1/blocks.6.hook_resid_pre";
	expect(explain(folder, resid(5), 16)).toBe(
		"it lies where res-jb has blocks.6.hook_resid_pre, and is another one: it has 16 features, and that one 24576",
	);
	expect(explain(folder, resid(4), 24_576)).toMatch(/another one: it sits at resid_4, and that one at resid_5$/);
	expect(explain("/my/saes/x", resid(5), 16)).toMatch(
		/no known place of the Hugging Face cache and its cfg\.json has no/,
	);
	expect(explain("/my/saes/x", resid(5), 16, "none")).toMatch(/neuronpedia_id "none" is no name of a source/);
	const tm =
		"/hub/models--tommmcgrath--gpt2-small-mlp-out-saes/snapshots/1/sae_group_gpt2_blocks.0.hook_mlp_out_24576:v1";
	expect(explain(tm, { kind: "mlp", layer: 0 }, 24_576)).toBe("mlp-tm is not on Neuronpedia");
});
