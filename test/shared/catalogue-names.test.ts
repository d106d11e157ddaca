import { expect, test } from "vitest";
import { findModelRow } from "../../main/shared/catalogue.ts";
import { chooseSets, refuseForeignSets } from "../../main/shared/catalogue-choice.ts";
import { parseLayerSlice } from "../../main/shared/layer-slice.ts";

test.each([
	["gpt2", "gpt2"],
	["gpt2-small", "gpt2"],
	["gpt2 small", "gpt2"],
	["GPT-2 small", "gpt2"],
	["openai-community/gpt2", "gpt2"],
	["OpenAI-Community/GPT2", "gpt2"],
	["gpt2_medium", "gpt2-medium"],
	["GPT-2 XL", "gpt2-xl"],
	["distilbert/distilgpt2", "distilgpt2"],
])("%s means %s", (name, row) => {
	expect(findModelRow(name)?.name).toBe(row);
});

test.each(["gpt2-smal", "somebody/gpt2", "gpt2-small-res-jb", ""])("%s means no model of the catalogue", (name) => {
	expect(findModelRow(name)).toBeUndefined();
});

test("a path in a bundle means every release of it that has a dictionary there", () => {
	const names = chooseSets("oai-v5-32k/v5_32k_layer_9").map(({ release, dictionaries }) => [
		release.aliases?.[0],
		dictionaries.map(({ site }) => `${site.kind}_${site.layer}`),
	]);
	expect(names).toEqual([
		["oai-v5-32k-attn-out", ["attn_9"]],
		["oai-v5-32k-mlp-out", ["mlp_9"]],
	]);
	expect(chooseSets("oai-v5-32k/v5_32k_layer_9.pt").map(({ release }) => release.aliases?.[0])).toEqual([
		"oai-v5-32k-resid-post",
	]);
	expect(() => chooseSets("oai-v5-32k/v5_32k_layer_99")).toThrow(
		/oai-v5-32k-resid-post has no dictionary "v5_32k_layer_99"/,
	);
});

test("dictionaries are not fetched beside another model than theirs", () => {
	const sets = chooseSets("res-jb");
	expect(() => refuseForeignSets("gpt2-medium", sets)).toThrow(
		/^res-jb holds dictionaries of GPT-2 small, and GPT-2 medium is another model\. Fetch them with their own: scd download gpt2 --saes res-jb\./,
	);
	expect(() => refuseForeignSets("gpt2", sets)).not.toThrow();
	// Nobody knows what somebody's own model goes with.
	expect(() => refuseForeignSets("somebody/gpt2-tuned", sets)).not.toThrow();
});

test("layers from before the first one on are written with an open start, as Python has it", () => {
	expect(parseLayerSlice(":1", 12)).toEqual({ begin: -1, end: 1 });
	expect(parseLayerSlice("-1:", 12)).toEqual({ begin: 11, end: 12 });
	expect(() => parseLayerSlice("-1:1", 12)).toThrow(
		/a negative start counts from the end\. Write :1 to begin with what enters layer 0/,
	);
});
