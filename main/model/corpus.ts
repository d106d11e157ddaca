import { isUtf8 } from "node:buffer";
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { AppError } from "#shared/errors";
import type { LanguageModel } from "./language-model.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** What was found amiss in a corpus and did not stop it; people are told. */
export interface CorpusNotes {
	/** Documents with bytes that are not UTF-8; these were read as U+FFFD. */
	notUtf8: number;
	empty: number;
	/** Documents longer than a sequence: cut, or parted into several. */
	long: number;
	/** Tokens that the model reads, where longer sequences were asked for. */
	mostTokens?: number;
}

export const startNotes = (): CorpusNotes => ({ notUtf8: 0, empty: 0, long: 0 });

/** The notes in words; empty where there is nothing to say. */
export function describeNotes(notes: CorpusNotes, longWere: "cut" | "parted"): readonly string[] {
	const { notUtf8, empty, long, mostTokens } = notes;
	const sequence = mostTokens === undefined ? "a sequence" : `the ${mostTokens} tokens that the model reads`;
	const documents = (count: number) => (count === 1 ? "1 document" : `${count} documents`);
	return [
		...(notUtf8 > 0 ? [`${documents(notUtf8)} held bytes that are not UTF-8; they were read as U+FFFD.`] : []),
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
 * the field of every line; Parquet: the column, one row group at a time; a folder: its files, each text file being one
 * document. Throws `not-found`, or `bad-file` naming the line or the columns.
 */
export async function* readDocuments(
	path: string,
	notes: CorpusNotes,
	column = "text",
): AsyncGenerator<string, void, undefined> {
	if (!existsSync(path))
		throw new AppError("not-found", `The corpus ${path} does not exist. Give a text, JSONL or Parquet file.`, { path });
	for await (const text of openDocuments(path, notes, column))
		if (text.trim() === "") notes.empty++;
		else yield text;
}

async function* openDocuments(path: string, notes: CorpusNotes, column: string): AsyncGenerator<string> {
	if (statSync(path).isDirectory()) {
		const files = readdirSync(path).filter((name) => isCorpusFile(name));
		if (files.length === 0)
			throw new AppError("not-found", `The folder ${path} holds no .txt, .jsonl or .parquet file. Give a corpus.`, {
				path,
			});
		for (const name of files.sort(new Intl.Collator("en", { numeric: true }).compare))
			if (/\.txt$/i.test(name)) yield* readBlocks(join(path, name), notes, true);
			else yield* openDocuments(join(path, name), notes, column);
		return;
	}
	switch (extname(path).toLowerCase()) {
		case ".jsonl":
		case ".json":
		case ".ndjson":
			yield* readJsonLines(path, notes, column);
			return;
		case ".parquet":
			yield* readParquet(path, column);
			return;
		default:
			yield* readBlocks(path, notes, false);
	}
}

const isCorpusFile = (name: string) => /\.(txt|jsonl|ndjson|json|parquet)$/i.test(name);

/** Lines without their ends, as bytes: whether they are UTF-8 shows before they are decoded. */
async function* readLines(path: string): AsyncGenerator<Buffer> {
	let rest = Buffer.alloc(0);
	try {
		for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
			let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
			for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
				yield bytes.subarray(0, end > 0 && bytes[end - 1] === 13 ? end - 1 : end);
				bytes = bytes.subarray(end + 1);
			}
			rest = Buffer.from(bytes);
		}
	} catch (cause) {
		throw new AppError("not-found", `The corpus ${path} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, {
			path,
		});
	}
	if (rest.length > 0) yield rest;
}

async function* readBlocks(path: string, notes: CorpusNotes, whole: boolean): AsyncGenerator<string> {
	let lines: string[] = [];
	let sound = true;
	const finish = () => {
		if (!sound) notes.notUtf8++;
		const text = lines.join("\n");
		[lines, sound] = [[], true];
		return text;
	};
	for await (const line of readLines(path)) {
		const text = line.toString("utf8");
		if (!whole && text.trim() === "") {
			if (lines.length > 0) yield finish();
			continue;
		}
		sound &&= isUtf8(line);
		lines.push(lines.length === 0 ? text.replace(/^\uFEFF/, "") : text);
	}
	if (lines.length > 0) yield finish();
}

async function* readJsonLines(path: string, notes: CorpusNotes, column: string): AsyncGenerator<string> {
	let number = 0;
	for await (const line of readLines(path)) {
		number++;
		const text = line.toString("utf8").replace(/^\uFEFF/, "");
		if (text.trim() === "") {
			notes.empty++;
			continue;
		}
		if (!isUtf8(line)) notes.notUtf8++;
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

async function* readParquet(path: string, column: string): AsyncGenerator<string> {
	const file = await asyncBufferFromFile(path);
	const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
		throw new AppError(
			"bad-file",
			`${path} is not a sound Parquet file: ${(cause as Error).message}. Download it again.`,
			{
				path,
			},
		);
	});
	const columns = metadata.schema.filter(({ num_children }) => !num_children).map(({ name }) => name);
	if (!columns.includes(column))
		throw new AppError(
			"bad-file",
			`${path} has no column "${column}". It has ${columns.join(", ")}; name the right one with --column.`,
			{ path, column },
		);
	let first = 0;
	for (const { num_rows } of metadata.row_groups) {
		const end = first + Number(num_rows);
		const rows = await parquetReadObjects({
			file,
			metadata,
			columns: [column],
			rowStart: first,
			rowEnd: end,
			compressors,
		});
		for (const row of rows) {
			const text: unknown = row[column];
			if (typeof text !== "string" && text !== null && text !== undefined)
				throw new AppError("bad-file", `The column "${column}" of ${path} holds no text. Name another with --column.`, {
					path,
					column,
				});
			yield text ?? "";
		}
		first = end;
	}
}

export interface SequenceOptions {
	readonly model: { readonly config: Pick<LanguageModel["config"], "contextLength"> };
	readonly tokenizer: Tokenizer;
	/** Whether `<|endoftext|>` goes before every sequence, where the tokenizer has it. */
	readonly bos: boolean;
	/** Longest sequence in tokens, `<|endoftext|>` included; never more than the model reads. */
	readonly length: number;
	/** What happens to what does not fit: left out, or made further sequences. */
	readonly long: "cut" | "parted";
}

/** Token sequences of a corpus, none empty. Throws `usage` where a sequence has no room for a token of the text. */
export async function* readSequences(
	documents: AsyncIterable<string>,
	{ model, tokenizer, bos, length, long }: SequenceOptions,
	notes: CorpusNotes,
): AsyncGenerator<readonly number[]> {
	const { contextLength } = model.config;
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
		if (ids.length > room) notes.long++;
		const end = long === "cut" ? Math.min(ids.length, room) : ids.length;
		for (let first = 0; first < end; first += room) yield [...start, ...ids.slice(first, first + room)];
	}
}
