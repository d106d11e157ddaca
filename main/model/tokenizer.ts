import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer as TokenizerLibrary } from "@huggingface/tokenizers";
import { AppError } from "#shared/errors";
import { decodeByteLetters, showBytes } from "./byte-alphabet.ts";

export interface Tokenizer {
	readonly vocabularySize: number;
	/** `<|endoftext|>`, which stands before a prompt where dictionaries ask for it. */
	readonly bosId: number | undefined;
	/** Adds nothing; `<|endoftext|>` in the text is recognised. Lone surrogates become U+FFFD. */
	encode(text: string): readonly number[];
	/** A token for people: where it is part of a character, its bytes are escaped. */
	tokenText(id: number): string;
	/** A token's id from its text, or from its number (`#5` is always a number). Throws `usage`. */
	resolveToken(text: string): number;
}

const endOfText = "<|endoftext|>";

/** Reads `tokenizer.json`, or `vocab.json` with `merges.txt`. Throws `not-found` or `bad-file`. */
export function loadTokenizer(dir: string): Tokenizer {
	const path = join(dir, "tokenizer.json");
	const description = existsSync(path) ? readJson(path) : joinOldFiles(dir);
	let library: TokenizerLibrary;
	try {
		library = new TokenizerLibrary(description, {});
	} catch (cause) {
		throw new AppError("bad-file", `The tokenizer in ${dir} cannot be used: ${(cause as Error).message}. Download it again.`, { path: dir });
	}
	const vocabularySize = countTokens(library);
	const added = new Set(library.get_added_tokens_decoder().keys());
	const encode = (text: string) => library.encode(text.toWellFormed(), { add_special_tokens: false }).ids;
	const tokenText = (id: number) => {
		const token = library.id_to_token(id);
		if (token === undefined) return `#${id}`;
		return added.has(id) ? token : showBytes(decodeByteLetters(token));
	};
	return {
		vocabularySize,
		bosId: library.token_to_id(endOfText),
		encode,
		tokenText,
		resolveToken(text) {
			const ids = text.startsWith("#") ? [] : encode(text);
			if (ids.length === 1) return ids[0] as number;
			const number = /^#?(\d+)$/.exec(text)?.[1];
			if (number !== undefined && Number(number) < vocabularySize) return Number(number);
			const alone = encode(text);
			if (alone.length === 1) return alone[0] as number;
			const parts = alone.map((id) => JSON.stringify(tokenText(id))).join(" ");
			throw new AppError("usage", `"${text}" is ${alone.length} tokens (${parts || "none"}), and one is needed. Most words begin with a space: try " ${text.trim()}", or give a token's number.`, { token: text });
		},
	};
}

function countTokens(library: TokenizerLibrary): number {
	let largest = -1;
	for (const id of library.get_vocab(true).values()) if (id > largest) largest = id;
	return largest + 1;
}

function readJson(path: string): object {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch {
		throw new AppError("not-found", `${path} is missing. A model's folder needs tokenizer.json, or vocab.json and merges.txt; download them.`, { path });
	}
	try {
		return JSON.parse(text) as object;
	} catch {
		throw new AppError("bad-file", `${path} is not JSON. Download it again.`, { path });
	}
}

/** GPT-2's first file format as the newer one. */
function joinOldFiles(dir: string): object {
	const vocab = readJson(join(dir, "vocab.json")) as Record<string, number>;
	let lines: string[];
	try {
		lines = readFileSync(join(dir, "merges.txt"), "utf8").split("\n");
	} catch {
		throw new AppError("not-found", `${join(dir, "merges.txt")} is missing. Download it beside vocab.json.`, { path: dir });
	}
	const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
	const bos = vocab[endOfText];
	return {
		version: "1.0",
		added_tokens: bos === undefined ? [] : [{ id: bos, content: endOfText, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
		normalizer: null,
		pre_tokenizer: byteLevel,
		post_processor: null,
		decoder: byteLevel,
		model: {
			type: "BPE",
			vocab,
			merges: lines.filter((line) => line.trim() !== "" && !line.startsWith("#version")).map((line) => line.replace(/\r$/, "")),
		},
	};
}
