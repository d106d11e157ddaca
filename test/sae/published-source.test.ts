import { expect, test } from "vitest";
import type { DictionaryConfig } from "../../main/sae/dictionary-config.ts";
import { findPublishedSource } from "../../main/sae/published-source.ts";

const find = (dir: string, neuronpediaId?: string) =>
	findPublishedSource({ dir, config: { ...(neuronpediaId && { neuronpediaId }) } as DictionaryConfig });

test("a dictionary in the Hugging Face cache is known by its release, whatever its own file says", () => {
	const cache = "/home/a/.cache/huggingface/hub";
	const oai = `${cache}/models--jbloom--GPT2-Small-OAI-v5-128k-resid-post-SAEs/snapshots/0123abc/v5_128k_layer_6`;
	expect(find(oai)).toEqual({ model: "gpt2-small", name: "6-res_post_128k-oai" });
	expect(find(oai, "gpt2-small/6-res-jb")).toEqual({ model: "gpt2-small", name: "6-res_post_128k-oai" });
	const last = `${cache}/models--jbloom--GPT2-Small-SAEs-Reformatted/snapshots/0123abc/blocks.11.hook_resid_post`;
	expect(find(last)).toEqual({ model: "gpt2-small", name: "12-res-jb" });
	const windows = "C:\\hub\\models--neuronpedia--gpt2-small__res_sce-ajt\\snapshots\\0123abc\\6-res_sce-ajt";
	expect(find(windows)).toEqual({ model: "gpt2-small", name: "6-res_sce-ajt" });
});

test("elsewhere its own id counts, and without one nothing is guessed", () => {
	expect(find("/my/saes/v5_128k_layer_6", "gpt2-small/6-res_post_128k-oai")).toEqual({
		model: "gpt2-small",
		name: "6-res_post_128k-oai",
	});
	expect(find("/my/saes/v5_128k_layer_6")).toBeUndefined();
	expect(find("/my/saes/x", "no id at all")).toBeUndefined();
	// Tom McGrath's set has no page there.
	expect(
		find("/hub/models--tommmcgrath--gpt2-small-mlp-out-saes/snapshots/1/sae_group_gpt2_blocks.0.hook_mlp_out_24576:v1"),
	).toBeUndefined();
});
