import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encode } from "gpt-3-encoder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "#shared/random";
import { loadTokenizer, type Tokenizer } from "../../main/model/tokenizer.ts";
import { refusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/**
 * GPT-2's own 50,257 entries, which npm's gpt-3-encoder carries as OpenAI published them. The expected tokens of
 * `gpt2.jsonl` are those of transformers' GPT2TokenizerFast: a few letters of each of Unicode's scripts, emoji, white
 * space, control characters, numbers, contractions, `<|endoftext|>`.
 */
const packageFolder = dirname(createRequire(import.meta.url).resolve("gpt-3-encoder"));
const fixtures = join(import.meta.dirname, "../fixtures/tokenizer");
const readLines = (name: string) =>
	readFileSync(join(fixtures, name), "utf8")
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
const published = readLines("gpt2.jsonl") as readonly (readonly [string, readonly number[]])[];

const folders: string[] = [];

function folderOf(write: (folder: string) => void): string {
	const folder = mkdtempSync(join(tmpdir(), "gpt2-"));
	folders.push(folder);
	write(folder);
	return folder;
}

/** Both ways in which Hugging Face has kept the same tokenizer. */
const layouts: Readonly<Record<string, (folder: string) => void>> = {
	"vocab.json and merges.txt"(folder) {
		copyFileSync(join(packageFolder, "encoder.json"), join(folder, "vocab.json"));
		copyFileSync(join(packageFolder, "vocab.bpe"), join(folder, "merges.txt"));
	},
	"tokenizer.json"(folder) {
		const vocab = JSON.parse(readFileSync(join(packageFolder, "encoder.json"), "utf8"));
		const merges = readFileSync(join(packageFolder, "vocab.bpe"), "utf8").trim().split("\n").slice(1);
		const flags = { single_word: false, lstrip: false, rstrip: false, normalized: true, special: true };
		const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
		const model = { dropout: null, unk_token: null, continuing_subword_prefix: "", fuse_unk: false, vocab, merges };
		const added_tokens = [{ id: 50256, content: "<|endoftext|>", ...flags }];
		const steps = { normalizer: null, pre_tokenizer: byteLevel, post_processor: byteLevel, decoder: byteLevel };
		writeFileSync(join(folder, "tokenizer.json"), JSON.stringify({ version: "1.0", added_tokens, ...steps, model }));
	},
};

describe.each(Object.keys(layouts))("GPT-2's tokenizer from %s", (layout) => {
	let tokenizer: Tokenizer;
	beforeAll(() => {
		tokenizer = loadTokenizer(folderOf(layouts[layout] as (folder: string) => void));
	});
	afterAll(() => {
		for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
	});

	test("gives transformers' tokens for all scripts, emoji, white space and control characters", () => {
		expect(tokenizer).toMatchObject({ vocabularySize: 50257, bosId: 50256 });
		for (const [text, ids] of published) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
	});

	test("gives every text back from its tokens", () => {
		for (const [text, ids] of published) expect(tokenizer.decode(ids)).toBe(text);
	});

	test("reads <|endoftext|> in a text as the one token, as transformers do", () => {
		expect(tokenizer.encode("a<|endoftext|>b")).toEqual([64, 50256, 65]);
		expect(tokenizer.encode("<|endoftext|>").length).toBe(1);
		expect(tokenizer.encode("<|endoftext").includes(50256)).toBe(false);
	});

	test("reads a lone surrogate as U+FFFD", () => {
		for (const text of ["\ud83d", "a\ude00b", "\ud83d<|endoftext|>\ude00"])
			expect(tokenizer.encode(text)).toEqual(tokenizer.encode(text.replace(/[\ud800-\udfff]/g, "\ufffd")));
	});

	test("agrees with gpt-3-encoder on 3,000 random texts, and gives each back", () => {
		const random = seededRandom(12);
		const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
		// Without the white space that JavaScript and Unicode see differently, which that encoder takes from JavaScript.
		const pools: readonly (() => string)[] = [
			() => pick(["the", " of", " and", "'s", "n't", " 1", "984", ",", ".", " (", ")", "\n", "  ", "\t"]),
			() => String.fromCodePoint(32 + Math.floor(random() * 95)),
			() => String.fromCodePoint(0xa1 + Math.floor(random() * 0x2000)),
			() => String.fromCodePoint(0x1f300 + Math.floor(random() * 0x300)),
			() => String.fromCodePoint(0x4e00 + Math.floor(random() * 0x5000)),
			() => String.fromCodePoint(Math.floor(random() * 32)),
		];
		for (let i = 0; i < 3000; i++) {
			const pool = pick(pools);
			const text = Array.from({ length: 1 + Math.floor(random() * 40) }, () => (i % 3 ? pool() : pick(pools)())).join(
				"",
			);
			expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(encode(text));
			expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
		}
	});

	test("finds every token by its own text", () => {
		const others = Array.from({ length: 50257 }, (_, id) => id).filter((id) => {
			const text = tokenizer.tokenText(id);
			const isPart = /\\x[89a-f]/.test(text);
			return !isPart && tokenizer.resolveToken(text) !== id;
		});
		expect(others).toEqual([]);
	});
});

interface Kind {
	readonly name: string;
	readonly tokenizer: object;
	readonly texts: readonly string[];
	readonly ids: readonly (readonly number[])[];
}

describe("tokenizers of other kinds", () => {
	// Trained and run by Hugging Face's own library.
	test.each(readLines("kinds.jsonl") as readonly Kind[])("$name gives its own library's tokens", (kind) => {
		const folder = temporaryFolder();
		writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(kind.tokenizer));
		const tokenizer = loadTokenizer(folder);
		for (const [i, text] of kind.texts.entries())
			expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(kind.ids[i]);
		expect(tokenizer.decode([])).toBe("");
	});

	const write = (model: object, more: object = {}) => {
		const folder = temporaryFolder();
		const steps = { pre_tokenizer: { type: "WhitespaceSplit" }, ...more };
		writeFileSync(join(folder, "tokenizer.json"), JSON.stringify({ ...steps, model }));
		return folder;
	};

	test("a word-level tokenizer without an unknown token refuses a word that it does not know", () => {
		const tokenizer = loadTokenizer(write({ type: "WordLevel", vocab: { the: 0, cat: 1 }, unk_token: "[UNK]" }));
		expect(tokenizer.encode("the cat")).toEqual([0, 1]);
		expect(refusalOf(() => tokenizer.encode("the dog"))).toMatchObject({
			code: "bad-prompt",
			message: expect.stringMatching(/^The tokenizer in .* does not know "dog", and has no token for what it does not/),
		});
	});

	test("tokens that were added to GPT-2's are read from added_tokens.json, with transformers' result", () => {
		const folder = temporaryFolder();
		layouts["vocab.json and merges.txt"]?.(folder);
		writeFileSync(join(folder, "added_tokens.json"), '{"[PAD]": 50257, "<e>": 50258}');
		const tokenizer = loadTokenizer(folder);
		expect(tokenizer).toMatchObject({ vocabularySize: 50259, bosId: 50256 });
		expect(tokenizer.encode("a [PAD] b")).toEqual([64, 220, 50257, 275]);
		expect(tokenizer.encode("<e> z<|endoftext|>")).toEqual([50258, 1976, 50256]);
	});

	test("an unknown word is no token to measure", () => {
		const vocab = { "[UNK]": 0, the: 1 };
		const tokenizer = loadTokenizer(write({ type: "WordLevel", vocab, unk_token: "[UNK]" }));
		expect(tokenizer.encode("the dog")).toEqual([1, 0]);
		expect(tokenizer.resolveToken("the")).toBe(1);
		expect(tokenizer.resolveToken("[UNK]")).toBe(0);
		expect(refusalOf(() => tokenizer.resolveToken("dog")).message).toMatch(
			/"dog" is a word that the tokenizer does not know/,
		);
	});

	test.each([
		[{ type: "CharBPE", vocab: {} }, {}, /is of the kind "CharBPE", which this program does not read/],
		[{ type: "BPE", vocab: {}, merges: [], continuing_subword_prefix: "##" }, {}, /continuing_subword_prefix "##"/],
		[{ type: "BPE", vocab: { u: 0 }, merges: [], unk_token: "u", fuse_unk: true }, {}, /\(fuse_unk\), which/],
		[{ type: "BPE", vocab: {}, merges: [] }, { normalizer: { type: "Byte" } }, /a Normalizer of the kind Byte, which/],
	])("refuses %j by name", (model, more, message) => {
		const error = refusalOf(() => loadTokenizer(write(model, more)));
		expect(error.code).toBe("unsupported");
		expect(error.message).toMatch(message);
		expect(error.message).not.toMatch(/Download it again/);
	});
});
