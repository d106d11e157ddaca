import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { byteAlphabet, decodeByteLetters, encodeByteLetters } from "../../main/model/byte-alphabet.ts";
import { loadTokenizer, type Tokenizer } from "../../main/model/tokenizer.ts";
import { refusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** In the order of learning; `Ġ` is a space and `Ċ` a line break. */
const merges = [
	...["' s", "' l", "'l l", "Ġ t", "h e", "Ġt he", "l l", "l o", "ll o", "he llo", "Ġ hello", "Ġ Ġ"],
	...["1 2", "Ċ Ċ", "P a", "r i", "Pa ri", "Pari s", "Ġ Paris", "â Ģ", "âĢ ¦", "s ll"],
];
const vocabulary = [...byteAlphabet, ...merges.map((pair) => pair.replace(" ", "")), "#5", "orphan", "<|endoftext|>"];
const vocab = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
const bos = vocabulary.length - 1;

function writeOldFiles(): string {
	const folder = temporaryFolder();
	writeFileSync(join(folder, "vocab.json"), JSON.stringify(vocab));
	writeFileSync(join(folder, "merges.txt"), `#version: 0.2\n${merges.join("\n")}\n`);
	return folder;
}

function writeNewFile(change: object = {}): string {
	const folder = temporaryFolder();
	const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
	const json = {
		added_tokens: [{ id: bos, content: "<|endoftext|>", special: true }],
		pre_tokenizer: byteLevel,
		post_processor: byteLevel,
		decoder: byteLevel,
		model: { type: "BPE", vocab, merges: merges.map((pair) => pair.split(" ")) },
		...change,
	};
	writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(json));
	return folder;
}

const split = (tokenizer: Tokenizer, text: string) => tokenizer.encode(text).map(tokenizer.tokenText);

function joinBytes(ids: readonly number[]): Buffer {
	return Buffer.concat(
		ids.map((id) => (id === bos ? Buffer.from("<|endoftext|>") : decodeByteLetters(vocabulary[id] as string))),
	);
}

describe.each([
	["vocab.json and merges.txt", writeOldFiles],
	["tokenizer.json", writeNewFile],
])("a tokenizer from %s", (_, write) => {
	test("splits as GPT-2 does: contractions, spaces, digits, line breaks", () => {
		const tokenizer = loadTokenizer(write());
		expect(tokenizer).toMatchObject({ vocabularySize: vocabulary.length, bosId: bos });
		expect(split(tokenizer, "hello the")).toEqual(["hello", " the"]);
		expect(split(tokenizer, "he'll")).toEqual(["he", "'ll"]);
		// Capitals are no contraction, and a contraction ends a word: no merge reaches over it.
		expect(split(tokenizer, "'S's'sll")).toEqual(["'", "S", "'s", "'s", "ll"]);
		// The last space goes with the word, the ones before stay together.
		expect(split(tokenizer, "a   the")).toEqual(["a", "  ", " the"]);
		expect(split(tokenizer, "a  ")).toEqual(["a", "  "]);
		expect(split(tokenizer, "12\n\n hello")).toEqual(["12", "\n\n", " hello"]);
		expect(split(tokenizer, "12 \n\nhello")).toEqual(["12", " ", "\n", "\n", "hello"]);
		expect(split(tokenizer, "\n\n")).toEqual(["\n\n"]);
		expect(tokenizer.encode("")).toEqual([]);
	});

	test("recognises <|endoftext|> in the text and adds none", () => {
		const tokenizer = loadTokenizer(write());
		expect(tokenizer.encode("a<|endoftext|>b")).toEqual([vocab["a"], bos, vocab["b"]]);
		expect(tokenizer.encode("<|endof<|endoftext|>").at(-1)).toBe(bos);
		expect(tokenizer.tokenText(bos)).toBe("<|endoftext|>");
	});

	test("loses no byte of any text", () => {
		const tokenizer = loadTokenizer(write());
		const texts = [
			"👩‍👩‍👧‍👦 🏳️‍🌈 🇫🇷👍🏽 😀",
			"שָׁלוֹם עולם \u200fمَرْحَبًا\u200e",
			"e\u0301 é Å A\u030a ก็ क्षि",
			"漢字かなカナ　한국어 𠮷",
			"\u0000\u0001\u001b\u007f\u0085\u00a0\u00ad\u2028\u2029\ufeff\ufffd\u{10ffff}",
			"ﬁ ß İ ı Ǆ ½ ٣ ² Ⅷ",
			"\t\r\n \v\f \u3000\u1680 x",
			"__proto__ constructor",
			String.fromCodePoint(...Array.from({ length: 0x300 }, (_, i) => i)),
		];
		for (const text of texts) expect(joinBytes(tokenizer.encode(text)).toString("utf8")).toBe(text);
	});

	test("replaces lone surrogates instead of failing", () => {
		const tokenizer = loadTokenizer(write());
		for (const text of ["\ud83d", "a\ude00b", "\ud83d<|endoftext|>\ude00", "\ude00\ud83d"])
			expect(joinBytes(tokenizer.encode(text)).toString("utf8")).toBe(text.replace(/[\ud800-\udfff]/g, "\ufffd"));
	});
});

describe("words", () => {
	// Where Hugging Face's own tokenizers (Rust) part words; JavaScript's `\s` would part them elsewhere.
	test("U+0085 is white space and a byte order mark is not", () => {
		const tokenizer = loadTokenizer(writeOldFiles());
		// The mark and the apostrophe are one run of punctuation, so `'s` is not a contraction here.
		expect(split(tokenizer, "\ufeff's")).toEqual(["\\xef", "\\xbb", "\\xbf", "'", "s"]);
		expect(split(tokenizer, "\u0085's")).toEqual(["\\xc2", "\\x85", "'s"]);
	});

	test("are merged in the order of learning, leftmost first", () => {
		const tokenizer = loadTokenizer(writeOldFiles());
		const random = (seed: number) => Math.floor(Math.abs(Math.sin(seed) * 1e6));
		const letters = ["h", "e", "l", "o", "P", "a", "r", "i", "s", "t"];
		for (let round = 0; round < 300; round++) {
			const word = Array.from(
				{ length: 1 + (round % 20) },
				(_, i) => letters[random(31 * round + i) % letters.length],
			).join("");
			expect(split(tokenizer, word)).toEqual(mergeSlowly(word));
		}
	});
});

/** Byte-pair encoding as Sennrich et al. write it: apply every merge in turn, left to right. Letters only. */
function mergeSlowly(word: string): string[] {
	let symbols = [...word];
	for (;;) {
		const ranks = symbols
			.slice(1)
			.map((symbol, i) => merges.indexOf(`${symbols[i]} ${symbol}`))
			.filter((rank) => rank >= 0);
		if (ranks.length === 0) return symbols;
		const [left, right] = (merges[Math.min(...ranks)] as string).split(" ") as [string, string];
		const merged: string[] = [];
		for (let i = 0; i < symbols.length; i++) {
			const fits = symbols[i] === left && symbols[i + 1] === right;
			merged.push(fits ? left + right : (symbols[i] as string));
			if (fits) i++;
		}
		symbols = merged;
	}
}

describe("tokenText", () => {
	test("shows text, and the bytes of parts of characters", () => {
		const tokenizer = loadTokenizer(writeOldFiles());
		const id = (token: string) => vocab[token] as number;
		expect(tokenizer.tokenText(id("ĠParis"))).toBe(" Paris");
		expect(tokenizer.tokenText(id("âĢ"))).toBe("\\xe2\\x80");
		expect(tokenizer.tokenText(id("âĢ¦"))).toBe("…");
		expect(tokenizer.tokenText(vocabulary.length)).toBe(`#${vocabulary.length}`);
	});

	test("leaves tokens alone whose tokenizer is not byte-level", () => {
		const whitespace = { type: "WhitespaceSplit" };
		const model = {
			type: "WordPiece",
			unk_token: "[UNK]",
			continuing_subword_prefix: "##",
			vocab: { "[UNK]": 0, é: 1, Ġ: 2 },
		};
		const parts = { added_tokens: [], pre_tokenizer: whitespace, post_processor: null, decoder: null, model };
		const tokenizer = loadTokenizer(writeNewFile(parts));
		expect([1, 2].map(tokenizer.tokenText)).toEqual(["é", "Ġ"]);
		expect(tokenizer.bosId).toBeUndefined();
		expect(tokenizer.resolveToken("é")).toBe(1);
	});
});

describe("resolveToken", () => {
	const resolve = (text: string) => loadTokenizer(writeOldFiles()).resolveToken(text);

	test("takes a text before a number, and #5 as the number", () => {
		expect(resolve(" Paris")).toBe(vocab["ĠParis"]);
		expect(resolve("<|endoftext|>")).toBe(bos);
		expect(resolve("5")).toBe(vocab["5"]);
		expect(vocab["5"]).not.toBe(5);
		expect(resolve("#5")).toBe(5);
		expect(resolve("123")).toBe(123);
		expect(resolve("#")).toBe(vocab["#"]);
	});

	test("finds a token that encoding never gives", () => {
		expect(resolve("orphan")).toBe(vocab["orphan"]);
	});

	test("says into which tokens another text splits", () => {
		const error = refusalOf(() => resolve("hellothe"));
		expect(error.code).toBe("usage");
		expect(error.message).toBe(
			`"hellothe" is 3 tokens ("hello", "t", "he"), and one is needed. Give one token's text or its number (0 to ${bos}).`,
		);
		expect(refusalOf(() => resolve("the")).message).toMatch(
			/2 tokens \("t", "he"\), and one is needed\. Perhaps " the" is meant\.$/,
		);
		expect(refusalOf(() => resolve("")).message).toMatch(/^An empty text is no token\./);
		expect(refusalOf(() => resolve(`${bos + 1}`)).message).toContain(`(0 to ${bos})`);
		expect(refusalOf(() => resolve("#99999")).code).toBe("usage");
	});
});

describe("a folder without a sound tokenizer", () => {
	const folderWith = (files: Readonly<Record<string, string>>) => {
		const folder = temporaryFolder();
		for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
		return folder;
	};

	test.each<[string, Readonly<Record<string, string>>, string, RegExp]>([
		[
			"nothing",
			{},
			"not-found",
			/has no tokenizer: .*vocab\.json is missing\. It needs tokenizer\.json, or vocab\.json and merges\.txt/,
		],
		["no merges", { "vocab.json": "{}" }, "not-found", /merges\.txt is missing/],
		["a vocabulary that is not JSON", { "vocab.json": "{" }, "bad-file", /vocab\.json is not JSON/],
		[
			"a vocabulary without numbers",
			{ "vocab.json": '{"a":"b"}', "merges.txt": "" },
			"bad-file",
			/gives "a" no number/,
		],
		["merges that are no pairs", { "vocab.json": "{}", "merges.txt": "a b c" }, "bad-file", /the line "a b c"/],
		["a tokenizer.json without a model", { "tokenizer.json": "{}" }, "bad-file", /has no "model"/],
		["a list for tokenizer.json", { "tokenizer.json": "[]" }, "bad-file", /not a table/],
		[
			"a model that nobody knows",
			{ "tokenizer.json": '{"model":{"type":"Odd"}}' },
			"unsupported",
			/is of the kind "Odd", which this program does not read/,
		],
		[
			"SentencePiece's file",
			{ "spiece.model": "" },
			"unsupported",
			/only as spiece\.model \(SentencePiece\), which this/,
		],
		["BERT's file", { "vocab.txt": "" }, "unsupported", /only as vocab\.txt .*save_pretrained\(folder\) writes/],
	])("with %s is refused", (_, files, code, message) => {
		const error = refusalOf(() => loadTokenizer(folderWith(files)));
		expect(error.code).toBe(code);
		expect(error.message).toMatch(message);
	});

	test("or with a folder in the file's place", () => {
		const folder = temporaryFolder();
		mkdirSync(join(folder, "tokenizer.json"));
		expect(refusalOf(() => loadTokenizer(folder)).code).toBe("bad-file");
	});
});

test("byte letters are GPT-2's: printable bytes as they are, the rest from U+0100 on", () => {
	expect(new Set(byteAlphabet).size).toBe(256);
	expect(encodeByteLetters("a \n…")).toBe("aĠĊâĢ¦");
	expect(encodeByteLetters("\u0000\u00ad")).toBe("ĀÂŃ");
	expect([...decodeByteLetters("aĠĊâĢ¦漢")]).toEqual([...new TextEncoder().encode("a \n…漢")]);
});
