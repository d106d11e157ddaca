import { existsSync, statSync } from "node:fs";
import { AppError } from "#shared/errors";
import { readCorpusFormat } from "./corpus-format.ts";
import { readLines, type TextLine } from "./corpus-text.ts";
import { readCsv } from "./csv.ts";
import { expandTemplates } from "./prompt-templates.ts";

/** One prompt of a set, as its file has it. */
export interface PromptRow {
	readonly prompt: string;
	/** The prompt that it is compared with. */
	readonly patch?: string;
	/** What it says itself that is measured. */
	readonly metric?: string;
	/** The token that is right and the one that is wrong: its text, or its number. */
	readonly right?: string | number;
	readonly wrong?: string | number;
}

/**
 * Names of fields: ours; feature-circuits (`clean_prefix`, `patch_prefix`, `clean_answer`, `patch_answer`); EAP-IG and MIB
 * (`clean`, `corrupted`, `correct_idx`, `incorrect_idx`; for pronouns `clean_answer_idx`, `corrupted_answer_idx`).
 */
const names = {
	prompt: ["prompt", "clean_prefix", "clean", "text"],
	patch: ["patch", "patch_prompt", "patch_prefix", "corrupted"],
	metric: ["metric"],
	right: ["answer", "clean_answer", "correct_idx", "clean_idx", "clean_answer_idx"],
	wrong: ["wrong_answer", "patch_answer", "incorrect_idx", "corrupted_idx", "corrupted_answer_idx"],
} as const;

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
		readFields(Object.fromEntries((header ?? []).map((name, column) => [name, cells[column] ?? ""])), path, i + 2),
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
	return values.map(({ value, number }) => readFields(value, path, number));
}

function readFields(record: unknown, path: string, row: number): PromptRow {
	const fields = typeof record === "object" && record !== null ? (record as Record<string, unknown>) : {};
	const find = (part: keyof typeof names) =>
		names[part].map((name) => fields[name]).find((value) => value !== undefined);
	const text = (part: "prompt" | "patch" | "metric") => {
		const value = find(part);
		return typeof value === "string" && value !== "" ? value : undefined;
	};
	const token = (part: "right" | "wrong") => {
		const name = names[part].find((one) => fields[one] !== undefined && fields[one] !== "");
		const value = name === undefined ? undefined : fields[name];
		if (typeof value === "number") return value;
		if (typeof value !== "string") return undefined;
		return name?.endsWith("_idx") && /^\d+$/.test(value.trim()) ? Number(value) : value;
	};
	const prompt = text("prompt");
	if (prompt === undefined)
		throw new AppError(
			"bad-file",
			`Row ${row} of ${path} has no prompt: its fields are ${Object.keys(fields).join(", ") || "none"}. One must be called ${names.prompt.join(", ")}.`,
			{ path, row },
		);
	const parts = { patch: text("patch"), metric: text("metric"), right: token("right"), wrong: token("wrong") };
	return { prompt, ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) };
}
