import { expect, test } from "vitest";
import { findModelRow } from "../../main/shared/catalogue.ts";

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
