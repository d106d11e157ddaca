import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { readArrow } from "./corpus-arrow.ts";
import { isCorpusFile, readCorpusFormat } from "./corpus-format.ts";
import { readParquet } from "./corpus-parquet.ts";
import { readLines, type TextLine } from "./corpus-text.ts";
import type { LanguageModel } from "./language-model.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What was found amiss in a corpus and did not stop it; people are told. */
export interface CorpusNotes {
	empty: number;
	/** Documents longer than a sequence: cut, or parted into several. */
	long: number;
	/** Tokens that the model reads, where longer sequences were asked for. */
	mostTokens?: number;
}

export const startNotes = (): CorpusNotes => ({ empty: 0, long: 0 });

/** The notes in words; empty where there is nothing to say. */
export function describeNotes(notes: CorpusNotes, longWere: "cut" | "parted"): readonly string[] {
	const { empty, long, mostTokens } = notes;
	const sequence = mostTokens === undefined ? "a sequence" : `the ${mostTokens} tokens that the model reads`;
	const documents = (count: number) => (count === 1 ? "1 document" : `${count} documents`);
	return [
		...(empty > 0 ? [`${documents(empty)} without text ${empty === 1 ? "was" : "were"} left out.`] : []),
		...(long > 0
			? [
					`${documents(long)} longer than ${sequence} ${long === 1 ? "was" : "were"} ${longWere === "cut" ? "cut to its length" : "parted into several"}.`,
				]
			: []),
	];
}

/**
 * The documents of a corpus, one after the other and never all at once. Text: blocks between blank lines; JSON lines:
 * the field of every line; Parquet and Arrow: the column, one group of rows at a time; a folder: its files, each text
 * file being one document. Throws `not-found`, `unsupported` for what holds no text, or `bad-file` naming the byte, the
 * line or the columns.
 */
export async function* readDocuments(
	path: string,
	notes: CorpusNotes,
	column = "text",
): AsyncGenerator<string, void, undefined> {
	if (!existsSync(path))
		throw new AppError("not-found", `The corpus ${path} does not exist. Give a text, JSONL, Parquet or Arrow file.`, {
			path,
		});
	for await (const text of openDocuments(path, notes, column))
		if (text.trim() === "") notes.empty++;
		else yield text;
}

async function* openDocuments(path: string, notes: CorpusNotes, column: string): AsyncGenerator<string> {
	if (!statSync(path).isDirectory()) {
		yield* openFileDocuments(path, notes, column, false);
		return;
	}
	const files = readdirSync(path).filter(isCorpusFile);
	if (files.length === 0)
		throw new AppError(
			"not-found",
			`The folder ${path} holds no .txt, .jsonl, .parquet or .arrow file. Give a corpus.`,
			{ path },
		);
	for (const name of files.sort(new Intl.Collator("en", { numeric: true }).compare))
		yield* openFileDocuments(join(path, name), notes, column, true);
}

/** In a folder a text file is one document. */
async function* openFileDocuments(
	path: string,
	notes: CorpusNotes,
	column: string,
	whole: boolean,
): AsyncGenerator<string> {
	const { kind, packed } = readCorpusFormat(path);
	if (kind === "parquet") yield* readParquet(path, column);
	else if (kind === "arrow") yield* readArrow(path, column);
	else if (kind === "json-lines") yield* readJsonLines(readLines(path, packed), notes, { path, column });
	else yield* readBlocks(readLines(path, packed), whole);
}

async function* readBlocks(lines: AsyncIterable<TextLine>, whole: boolean): AsyncGenerator<string> {
	let block: string[] = [];
	for await (const { text } of lines) {
		if (whole || text.trim() !== "") block.push(text);
		else if (block.length > 0) {
			yield block.join("\n");
			block = [];
		}
	}
	if (block.length > 0) yield block.join("\n");
}

async function* readJsonLines(
	lines: AsyncIterable<TextLine>,
	notes: CorpusNotes,
	{ path, column }: { readonly path: string; readonly column: string },
): AsyncGenerator<string> {
	for await (const { text: line, number } of lines) {
		// Files that were joined have a mark at each one's beginning.
		const text = line.replace(/^\uFEFF/, "");
		if (text.trim() === "") {
			notes.empty++;
			continue;
		}
		let value: unknown;
		try {
			value = JSON.parse(text);
		} catch {
			throw new AppError(
				"bad-file",
				`Line ${number} of ${path} is not JSON. Every line must be an object with the field "${column}".`,
				{ path, line: number },
			);
		}
		const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[column] : undefined;
		if (typeof found !== "string") {
			const names = typeof value === "object" && value !== null ? Object.keys(value).join(", ") : "none";
			throw new AppError(
				"bad-file",
				`Line ${number} of ${path} has no text in the field "${column}" (its fields: ${names}). Name the right one with --column.`,
				{ path, line: number },
			);
		}
		yield found;
	}
}

export interface SequenceOptions {
	readonly model: { readonly config: Pick<LanguageModel["config"], "contextLength" | "vocabularySize"> };
	readonly tokenizer: Tokenizer;
	/** Whether `<|endoftext|>` goes before every sequence, where the tokenizer has it. */
	readonly bos: boolean;
	/** Longest sequence in tokens, `<|endoftext|>` included; never more than the model reads. */
	readonly length: number;
	/** What happens to what does not fit: left out, or made further sequences. */
	readonly long: "cut" | "parted";
}

/**
 * Token sequences of a corpus, none empty. Throws `usage` where a sequence has no room for a token of the text, and
 * `mismatch` where the model does not know a token.
 */
export async function* readSequences(
	documents: AsyncIterable<string>,
	{ model, tokenizer, bos, length, long }: SequenceOptions,
	notes: CorpusNotes,
): AsyncGenerator<readonly number[]> {
	const { contextLength, vocabularySize } = model.config;
	const start = bos && tokenizer.bosId !== undefined ? [tokenizer.bosId] : [];
	const room = Math.min(length, contextLength) - start.length;
	if (room < 1)
		throw new AppError(
			"usage",
			"Sequences of 1 token hold <|endoftext|> and nothing of the text. Ask for longer ones.",
		);
	if (length > contextLength) notes.mostTokens = contextLength;
	for await (const text of documents) {
		const ids = tokenizer.encode(text);
		const unknown = ids.find((id) => id >= vocabularySize);
		if (unknown !== undefined)
			throw new AppError(
				"mismatch",
				`The tokenizer gives ${JSON.stringify(tokenizer.tokenText(unknown))} (token ${unknown}) and the model knows ${vocabularySize} tokens. Tokenizer and model do not belong together.`,
				{ token: unknown },
			);
		if (ids.length > room) notes.long++;
		const end = long === "cut" ? Math.min(ids.length, room) : ids.length;
		for (let first = 0; first < end; first += room) yield [...start, ...ids.slice(first, first + room)];
	}
}
