import { Tokenizer as TokenizerLibrary } from "@huggingface/tokenizers";
import { AppError } from "#shared/errors";
import { decodeByteLetters, encodeByteLetters } from "./byte-alphabet.ts";
import { mendPreTokenizer } from "./pre-tokenizer.ts";
import { showTokenBytes } from "./token-text.ts";
import { endOfText, readTokenizerFiles, type TokenizerDescription, type TokenizerStep } from "./tokenizer-files.ts";
import { readTokenizerKind } from "./tokenizer-kind.ts";

export interface Tokenizer {
	/** Largest id plus one. */
	readonly vocabularySize: number;
	/** `<|endoftext|>`, which stands before a prompt where dictionaries ask for it. */
	readonly bosId: number | undefined;
	/** Adds nothing; `<|endoftext|>` in the text is recognised. Lone surrogates become U+FFFD. */
	encode(text: string): readonly number[];
	/** A token for people: where it is part of a character, its bytes are escaped. `#id` where there is no such token. */
	tokenText(id: number): string;
	/** The text that tokens stand for; bytes that are no character become U+FFFD. */
	decode(ids: readonly number[]): string;
	/** A token's id from its text, or else from its number; `#5` is always a number. Throws `usage`. */
	resolveToken(text: string): number;
}

/** Opens the tokenizer of a Hugging Face folder. Throws `not-found`, `bad-file` or `unsupported`. */
export function loadTokenizer(dir: string): Tokenizer {
	const description = readTokenizerFiles(dir);
	const library = openLibrary(description, dir);
	const unknownId = library.model?.unk_token_id;
	const vocabularySize = library.model?.vocab.length ?? 0;
	const byteLevel = isByteLevel(description.decoder) || isByteLevel(description.pre_tokenizer);
	const added = library.get_added_tokens_decoder();
	const encode = (text: string) => {
		const { ids, tokens } = library.encode(text.toWellFormed(), { add_special_tokens: false });
		const unknown = ids.findIndex((id: number | null | undefined) => typeof id !== "number");
		if (unknown >= 0) throw refuseWord(tokens[unknown] ?? text, dir);
		return ids;
	};
	const tokenText = (id: number) => {
		const token = library.id_to_token(id);
		if (token === undefined) return `#${id}`;
		return byteLevel && !added.has(id) ? showTokenBytes(decodeByteLetters(token)) : token;
	};
	return {
		vocabularySize,
		bosId: library.token_to_id(endOfText),
		encode,
		decode: (ids) =>
			ids.length === 0
				? ""
				: library.decode([...ids], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
		tokenText,
		resolveToken(text) {
			const digits = /^#?(\d+)$/.exec(text)?.[1];
			const numbered = digits !== undefined && Number(digits) < vocabularySize ? Number(digits) : undefined;
			if (text.startsWith("#") && numbered !== undefined) return numbered;
			const ids = encode(text);
			if (ids.length === 1 && ids[0] !== unknownId) return ids[0] as number;
			// A few tokens are never reached by encoding their own text.
			const exact = library.token_to_id(byteLevel ? encodeByteLetters(text) : text);
			if (exact !== undefined) return exact;
			if (numbered !== undefined) return numbered;
			const spaced = ` ${text.trim()}`;
			const isWord = digits === undefined && spaced !== " " && encode(spaced).length === 1;
			throw refuseToken(text, ids.map(tokenText), { vocabularySize, ...(isWord && { suggestion: spaced }) });
		},
	};
}

function refuseToken(
	text: string,
	tokens: readonly string[],
	{ vocabularySize, suggestion }: { vocabularySize: number; suggestion?: string },
): AppError {
	const range = `0 to ${vocabularySize - 1}`;
	const advice =
		suggestion === undefined ? `Give one token's text or its number (${range})` : `Perhaps "${suggestion}" is meant`;
	const parts = tokens.map((token) => JSON.stringify(token)).join(", ");
	const what =
		text === ""
			? "An empty text is no token"
			: `"${text}" is ${tokens.length === 1 ? "a word that the tokenizer does not know" : `${tokens.length} tokens`} (${parts}), and one is needed`;
	return new AppError("usage", `${what}. ${advice}.`, { token: text, tokens });
}

function refuseWord(word: string, dir: string): AppError {
	return new AppError(
		"bad-prompt",
		`The tokenizer in ${dir} does not know "${word}", and has no token for what it does not know. Use words of its vocabulary.`,
		{ word, path: dir },
	);
}

function openLibrary(description: TokenizerDescription, dir: string): TokenizerLibrary {
	const kind = readTokenizerKind(description, dir);
	let library: TokenizerLibrary;
	try {
		// The library looks for a word-level tokenizer's unknown token in another file.
		library = new TokenizerLibrary(
			description,
			kind === "WordLevel" ? { unk_token: description.model["unk_token"] } : {},
		);
	} catch (cause) {
		const unknown = /^Unknown (\w+) type: (\w+)/.exec((cause as Error).message);
		if (unknown)
			throw new AppError(
				"unsupported",
				`The tokenizer in ${dir} has a ${unknown[1]} of the kind ${unknown[2]}, which this program does not know. Choose a model whose tokenizer.json is of GPT-2's kind.`,
				{ path: dir },
			);
		throw new AppError(
			"bad-file",
			`The tokenizer in ${dir} cannot be used (${(cause as Error).message}). Download it again.`,
			{ path: dir },
		);
	}
	mendPreTokenizer(library.pre_tokenizer);
	return library;
}

function isByteLevel(step: TokenizerStep | null): boolean {
	if (!step) return false;
	return step.type === "ByteLevel" || [...(step.pretokenizers ?? []), ...(step.decoders ?? [])].some(isByteLevel);
}
