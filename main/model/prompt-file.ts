import { existsSync, statSync } from "node:fs";
import { AppError } from "#shared/errors";
import { readCorpusFormat } from "./corpus-format.ts";
import { readLines, type TextLine } from "./corpus-text.ts";
import { readCsv } from "./csv.ts";
import { type PromptRow, readRow } from "./prompt-row.ts";
import { expandTemplates } from "./prompt-templates.ts";

/**
 * The prompts of a file, in its order: CSV with a header, JSON (lines, or one array) with a field for each part, or text
 * with a prompt a line, which may be templates (`expandTemplates`). Throws `not-found`, `unsupported` or `bad-file`.
 */
export async function readPromptFile(path: string): Promise<readonly PromptRow[]> {
	if (!existsSync(path))
		throw new AppError("not-found", `The prompts ${path} do not exist. Give a file of lines, JSONL or CSV.`, { path });
	if (statSync(path).isDirectory())
		throw new AppError("bad-file", `${path} is a folder. Give one file of prompts.`, { path });
	const { kind, packed } = readCorpusFormat(path);
	if (kind === "parquet" || kind === "arrow")
		throw new AppError("unsupported", `Prompts are not read from ${kind} files. Save ${path} as JSONL or CSV.`, {
			path,
		});
	const lines: TextLine[] = [];
	for await (const line of readLines(path, packed)) lines.push({ ...line, text: line.text.replace(/^\uFEFF/, "") });
	const rows = /\.csv(?:\.gz|\.zst)?$/i.test(path)
		? readTable(lines, path)
		: kind === "json-lines"
			? readRecords(lines, path)
			: expandTemplates(lines, path).map((prompt) => ({ prompt }));
	if (rows.length === 0) throw new AppError("bad-file", `${path} holds no prompt. Give one a line.`, { path });
	return rows;
}

function readTable(lines: readonly TextLine[], path: string): readonly PromptRow[] {
	const [header, ...rows] = readCsv(lines.map(({ text }) => text).join("\n"));
	return rows.map((cells, i) =>
		readRow(Object.fromEntries((header ?? []).map((name, column) => [name, cells[column] ?? ""])), path, i + 2),
	);
}

function readRecords(lines: readonly TextLine[], path: string): readonly PromptRow[] {
	const parse = (text: string, number: number): unknown => {
		try {
			return JSON.parse(text) as unknown;
		} catch {
			throw new AppError("bad-file", `Line ${number} of ${path} is not JSON. Write one object a line, or one array.`, {
				path,
				line: number,
			});
		}
	};
	const filled = lines.filter(({ text }) => text.trim() !== "");
	const isArray = filled[0]?.text.trimStart().startsWith("[") ?? false;
	const values = isArray
		? (parse(filled.map(({ text }) => text).join("\n"), 1) as unknown[]).map((value, i) => ({ value, number: i + 1 }))
		: filled.map(({ text, number }) => ({ value: parse(text, number), number }));
	return values.map(({ value, number }) => readRow(value, path, number));
}
