import { AppError } from "#shared/errors";
import { cutToBudget, type ImportBudget } from "./import-budget.ts";
import { type ImportSource, readText } from "./import-source.ts";
import type { ImportedFile } from "./imported-file.ts";
import { cutOff, readJsonMembers, refuseJson } from "./json-members.ts";
import { findTextPayload, noteCut, refuseCut, refuseForeign } from "./payload.ts";
import { largestDot, readDotCircuit } from "./read-dot.ts";
import { largestGraphml, readGraphml } from "./read-graphml.ts";
import { readJsonGraph } from "./read-json-graph.ts";
import { isNeuronpediaPart, NeuronpediaReader } from "./read-neuronpedia.ts";
import { readPdf } from "./read-pdf.ts";
import { readPng } from "./read-png.ts";

/** What is parsed as one value: V8's longest text is not much longer. */
const largestJson = 480 << 20;
const largestMarkup = 500 << 20;
/** Where markup must have ended; comments may follow. */
const tailLetters = 4000;
/** Enough to tell kinds apart. */
const headBytes = 1024;

/**
 * Reads whatever a person hands over, told by its content and not by its name. A budget says how much of another
 * program's graph is kept. Throws `bad-file` or `unsupported` with a sentence about what the file is.
 */
export async function readImportFile(
	source: ImportSource,
	budget: ImportBudget,
	signal?: AbortSignal,
): Promise<ImportedFile> {
	const head = await source.read(0, headBytes);
	checkHead(head, source.name);
	const letters = head.toString("latin1");
	if (letters.startsWith("\x89PNG\r\n\x1a\n")) return { kind: "circuit", ...(await readPng(source)) };
	if (letters.includes("%PDF-")) return { kind: "circuit", ...(await readPdf(source)) };
	if (letters.startsWith("SQLite format 3\0")) return { kind: "database" };
	const begin = head
		.toString("utf8")
		.replace(/^\ufeff/, "")
		.trimStart();
	if (begin.startsWith("{")) return await readJson(source, budget, signal);
	if (begin.startsWith("["))
		throw new AppError(
			"bad-file",
			`${source.name} is a list in JSON, and a circuit is an object. Ask for the file again.`,
		);
	if (begin.startsWith("<")) return keepBudget(readMarkup(await readText(source, largestMarkup), source), budget);
	if (/^(strict\s|digraph\b|graph\b|\/\*|\/\/|#)/i.test(begin))
		return keepBudget(readDotCircuit(await readText(source, largestDot), source.name), budget);
	throw new AppError(
		"bad-file",
		`${source.name} is of a kind that holds no circuit. Import a .json, .svg, .pdf, .png, .html, .dot, .graphml or .scd file.`,
		{ name: source.name },
	);
}

/** Refuses by its first bytes what cannot be a circuit, before all of it is read or sent. Throws `bad-file`. */
export function checkHead(head: Uint8Array, name: string): void {
	if (head.length === 0) throw new AppError("bad-file", `${name} is empty. Ask for the file again.`);
	const other = tellBinary(Buffer.from(head).toString("latin1"), name);
	if (other) throw other;
}

/** Our own circuits come whole; of other graphs only the strongest part of one that is too large. */
function keepBudget(read: ImportedFile, budget: ImportBudget): ImportedFile {
	if (read.kind !== "graph") return read;
	const { circuit, notes } = cutToBudget(read.graph.circuit, budget);
	return { ...read, graph: { ...read.graph, circuit }, notes: [...notes, ...read.notes] };
}

async function readJson(source: ImportSource, budget: ImportBudget, signal?: AbortSignal): Promise<ImportedFile> {
	const reader = new NeuronpediaReader(budget);
	let isTheirs = false;
	for await (const part of readJsonMembers(source)) {
		if (signal?.aborted) throw new AppError("cancelled", "The import was cancelled. Nothing was kept.");
		isTheirs ||= isNeuronpediaPart(part);
		// Nodes that are not theirs: the rest need not be looked at piece by piece.
		if (!isTheirs && part.key === "nodes" && "elements" in part && part.elements.length > 0) break;
		reader.take(part);
	}
	if (isTheirs) return { kind: "graph", ...reader.finish(source.name) };
	const text = (await readText(source, largestJson)).replace(/^\ufeff/, "");
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		const { message } = cause as Error;
		const [, position, line, column] = /position (\d+) \(line (\d+) column (\d+)\)/.exec(message) ?? [];
		const place = line ? `there is a mistake in line ${line}, at letter ${column}` : "there is a mistake in it";
		// What is missed at the very end, whatever it is, was there before the file was cut.
		const isCut = /end of JSON/.test(message) || Number(position) >= text.length;
		throw refuseJson(source.name, isCut ? cutOff : place);
	}
	return keepBudget(readJsonGraph(value, source.name), budget);
}

/** SVG and HTML are never interpreted: only the letters of the circuit inside are looked for. */
function readMarkup(text: string, source: ImportSource): ImportedFile {
	const root = /<(?:[\w.-]{1,40}:)?(svg|html|graphml)[\s>]/i.exec(text.slice(0, 20_000))?.[1]?.toLowerCase();
	if (root === "graphml") {
		if (source.bytes > largestGraphml)
			throw new AppError("bad-file", `${source.name} is larger than GraphML is read (${largestGraphml >> 20} MB).`);
		return readGraphml(text, source.name);
	}
	const file = findTextPayload(text, source.name, true);
	const isWhole =
		root === undefined || new RegExp(`</(?:[\\w.-]{1,40}:)?${root}\\s*>`, "i").test(text.slice(-tailLetters));
	if (file) return { kind: "circuit", file, notes: isWhole ? [] : [noteCut(source.name)] };
	if (root === undefined)
		throw new AppError(
			"bad-file",
			`${source.name} is markup of a kind that holds no circuit. Import an .svg, .html or .graphml file.`,
		);
	throw isWhole ? refuseForeign(source.name, root === "html" ? "page" : "drawing") : refuseCut(source.name);
}

/** Kinds that people do drop here, each with its own advice. */
function tellBinary(letters: string, name: string): AppError | undefined {
	const refuse = (what: string) => new AppError("bad-file", `${name} ${what}`, { name });
	if (letters.startsWith("PK\x03\x04"))
		return /\.(pt|pth|bin|ckpt)$/i.test(name)
			? refuse("holds tensors of PyTorch and no circuit. Add the folder of a model or dictionary in the Library.")
			: refuse("is a packed archive. Unpack it and import the file inside.");
	if (letters.startsWith("\x80\x02") || letters.startsWith("\x80\x04"))
		return refuse("holds tensors of PyTorch and no circuit. Add the folder of a model or dictionary in the Library.");
	if (letters.startsWith("\x1f\x8b") || letters.startsWith("\x28\xb5\x2f\xfd") || letters.startsWith("BZh"))
		return refuse("is compressed. Unpack it and import the file inside.");
	if (letters.startsWith("PAR1"))
		return refuse("is a Parquet table for notebooks, and does not hold a whole circuit. Import the .json or .scd.");
	if (letters.startsWith("RIFF") && letters.slice(8, 12) === "WEBP")
		return refuse("is a WebP picture, which carries no circuit. Import the .png, .svg or .pdf.");
	if (letters.startsWith("\xff\xd8\xff") || letters.startsWith("GIF8"))
		return refuse("is a picture of a kind that carries no circuit. Import the .png, .svg or .pdf.");
	if (letters.startsWith("\xff\xfe") || letters.startsWith("\xfe\xff"))
		return refuse("is text in UTF-16. Save it as UTF-8 and import it again.");
	if (/^.{8}\{"/s.test(letters) && letters.charCodeAt(4) === 0)
		return refuse("holds tensors (safetensors) and no circuit. Add its folder in the Library.");
	return undefined;
}
