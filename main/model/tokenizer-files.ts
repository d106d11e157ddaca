import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { parseJsonTable } from "./json-file.ts";

export const endOfText = "<|endoftext|>";

/** What a Hugging Face `tokenizer.json` says; only the parts that are looked at here have a type. */
export interface TokenizerDescription {
	readonly model: Readonly<Record<string, unknown>>;
	readonly pre_tokenizer: TokenizerStep | null;
	readonly decoder: TokenizerStep | null;
	readonly [key: string]: unknown;
}

export interface TokenizerStep {
	readonly type: string;
	readonly pretokenizers?: readonly TokenizerStep[];
	readonly decoders?: readonly TokenizerStep[];
}

/** Reads `tokenizer.json`, else `vocab.json` with `merges.txt`. Throws `not-found` or `bad-file`. */
export function readTokenizerFiles(dir: string): TokenizerDescription {
	const path = join(dir, "tokenizer.json");
	if (!existsSync(path)) return joinOldFiles(dir);
	const description = parseJsonTable(readText(path, dir), path);
	if (typeof description["model"] !== "object" || description["model"] === null)
		throw new AppError("bad-file", `${path} has no "model", the vocabulary. Download it again.`, { path });
	// The library insists on parts that older files leave out.
	const defaults = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
	return { ...defaults, ...description } as unknown as TokenizerDescription;
}

/** GPT-2's first file format in the form of the newer one. */
function joinOldFiles(dir: string): TokenizerDescription {
	const path = join(dir, "vocab.json");
	const vocab = parseJsonTable(readText(path, dir), path);
	for (const [token, id] of Object.entries(vocab))
		if (!Number.isInteger(id) || (id as number) < 0)
			throw new AppError("bad-file", `${path} gives ${JSON.stringify(token)} no number. Download it again.`, {
				path,
				token,
			});
	const merges = readText(join(dir, "merges.txt"), dir)
		.replace(/^#version.*/, "")
		.split(/\r?\n/)
		.filter((line) => line !== "");
	const odd = merges.find((line) => line.split(" ").length !== 2);
	if (odd !== undefined)
		throw new AppError(
			"bad-file",
			`${join(dir, "merges.txt")} has the line "${odd}", which is not a pair. Download it again.`,
			{ path },
		);
	const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
	const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
	return {
		version: "1.0",
		added_tokens: [
			...(vocab[endOfText] === undefined ? [] : [{ id: vocab[endOfText], content: endOfText, ...flags }]),
			...readAddedTokens(dir).map(([content, id]) => ({ id, content, ...flags })),
		],
		normalizer: null,
		pre_tokenizer: byteLevel,
		post_processor: null,
		decoder: byteLevel,
		model: { type: "BPE", vocab, merges },
	};
}

/** Tokens that somebody added to a published vocabulary, such as `[PAD]`. */
function readAddedTokens(dir: string): readonly (readonly [string, number])[] {
	const path = join(dir, "added_tokens.json");
	if (!existsSync(path)) return [];
	const added = Object.entries(parseJsonTable(readText(path, dir), path));
	return added.filter((entry): entry is [string, number] => Number.isInteger(entry[1]) && (entry[1] as number) >= 0);
}

/** In which form other families of models keep theirs. */
const otherFiles = [
	["tokenizer.model", "SentencePiece"],
	["spiece.model", "SentencePiece"],
	["sentencepiece.bpe.model", "SentencePiece"],
	["vocab.txt", "BERT's WordPiece"],
] as const;

function readText(path: string, dir: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (cause) {
		const { code, message } = cause as NodeJS.ErrnoException;
		if (code === "ENOENT" || code === "ENOTDIR") {
			const other = otherFiles.find(([name]) => !path.endsWith("merges.txt") && existsSync(join(dir, name)));
			if (other)
				throw new AppError(
					"unsupported",
					`${dir} has a tokenizer only as ${other[0]} (${other[1]}), which this program does not read. In Python, AutoTokenizer.from_pretrained(folder).save_pretrained(folder) writes the tokenizer.json that it does.`,
					{ path },
				);
			throw new AppError(
				"not-found",
				`${dir} has no tokenizer: ${path} is missing. It needs tokenizer.json, or vocab.json and merges.txt; download them.`,
				{ path },
			);
		}
		throw new AppError("bad-file", `${path} cannot be read (${message}). Check its permissions.`, { path });
	}
}
