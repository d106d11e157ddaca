import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, test } from "vitest";
import {
	type BytePairEncoding,
	buildEncoder,
	buildTokenizerJson,
	trainBytePairs,
} from "../../main/reference/bpe-training.ts";
import { modelFolder, sampleFile } from "../../main/reference/paths.ts";

interface TokenizerFile {
	readonly model: { readonly vocab: Record<string, number>; readonly merges: readonly string[] };
}

const description = JSON.parse(readFileSync(join(modelFolder, "tokenizer.json"), "utf8")) as TokenizerFile;
const library = new Tokenizer(description, {});

describe("training byte pairs", () => {
	test("merges the most frequent pair first, and on a tie the one that sorts first", () => {
		// Words: "ab", " ab", " abc". Pairs: a·b three times; then Ġ·ab twice; then Ġab·c once.
		const { vocabulary, merges } = trainBytePairs(["ab ab abc"], 260);
		expect(merges).toEqual([
			["a", "b"],
			["Ġ", "ab"],
			["Ġab", "c"],
		]);
		expect(vocabulary).toHaveLength(260);
		expect(vocabulary.slice(256)).toEqual(["ab", "Ġab", "Ġabc", "<|endoftext|>"]);
	});

	test("a small encoding is read by the library and encodes as it does", () => {
		const text = readFileSync(sampleFile, "utf8");
		const encoding = trainBytePairs([text.slice(0, 20_000)], 400);
		const library = new Tokenizer(buildTokenizerJson(encoding), {});
		const unseen = text.slice(20_000, 30_000);
		expect(library.encode(unseen).ids).toEqual(buildEncoder(encoding)(unseen));
	});
});

describe("the bundled tokenizer", () => {
	test("has 2,048 tokens with ids from 0, all 256 bytes, and <|endoftext|> last", () => {
		const ids = Object.values(description.model.vocab);
		expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 2048 }, (_, id) => id));
		expect(library.token_to_id("<|endoftext|>")).toBe(2047);
		expect(library.encode("<|endoftext|>").ids).toEqual([2047]);
		expect(Object.keys(description.model.vocab).filter((token) => token.length === 1)).toHaveLength(256);
	});

	test("the training encoder gives the library's ids on the sample", () => {
		// By id: an object lists keys such as "7" before all others.
		const vocabulary = Object.entries(description.model.vocab)
			.sort(([, a], [, b]) => a - b)
			.map(([token]) => token);
		const merges = description.model.merges.map((merge) => merge.split(" ") as [string, string]);
		const encoding: BytePairEncoding = { vocabulary, merges };
		const text = readFileSync(sampleFile, "utf8").slice(0, 60_000);
		expect(buildEncoder(encoding)(text)).toEqual(library.encode(text).ids);
	});

	test.each([
		["words and spaces", "  The  President's\tspeech,\n\n   of 1941.  "],
		["a licence", 'Copyright (C) 2024 "Nobody" <nobody@example.org>\n\n * All rights reserved.\n'],
		["every kind of script", "Grüße, Ελλάδα, Москва, שלום, مرحبا, हिन्दी, 日本語, 한국어, ไทย"],
		["characters outside the basic plane", "👩‍👩‍👧‍👦 🏳️‍🌈 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠜎"],
		["combining marks, both ways of writing é", "é é n͂̈"],
		["controls and odd spaces", "\u0000\u0001\u001f\u007f\u0085\u00a0\u2003\u3000\ufeff\u200b\r\n"],
	])("gives back %s", (_, text) => {
		expect(library.decode(library.encode(text).ids, { clean_up_tokenization_spaces: false })).toBe(text);
	});

	test("gives back every code point", () => {
		const all: string[] = [];
		for (let code = 0; code < 0x110000; code += code < 0x3000 ? 1 : 37)
			if (code < 0xd800 || code > 0xdfff) all.push(String.fromCodePoint(code));
		for (let start = 0; start < all.length; start += 200) {
			const text = all.slice(start, start + 200).join("");
			expect(library.decode(library.encode(text).ids, { clean_up_tokenization_spaces: false })).toBe(text);
		}
	});
});
