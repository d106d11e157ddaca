import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { writeName } from "#shared/naming";
import { namePayload } from "./payload-names.ts";

/** Two tables: RFC 4180, with lines that end in CR LF. */
export interface CircuitTables {
	readonly nodes: Iterable<string>;
	readonly edges: Iterable<string>;
}

export const nodeColumns = [
	"id",
	"kind",
	"site",
	"layer",
	"feature",
	"position",
	"activation",
	"attribution",
	"token",
	"label",
	"label_by",
	"joined",
	"name",
	"name_kind",
] as const;
const edgeColumns = ["source", "target", "weight"] as const;

export function writeCircuitCsv(file: CircuitPayload): CircuitTables {
	return { nodes: writeTable(nodeColumns, listNodeRows(file)), edges: writeTable(edgeColumns, file.edges) };
}

/** Nodes with what they are called and what kind of name it is: a person's, published, generated, id, or plain. */
export function listNodeRows(file: CircuitPayload) {
	const names = namePayload(file);
	return file.nodes.map((node) => {
		const name = names.get(node.id);
		return { ...node, ...(name && { name: writeName(name), name_kind: name.kind }) };
	});
}

type Cell = string | number | null | undefined;

function* writeTable<C extends string>(
	columns: readonly C[],
	rows: Iterable<{ readonly [column in C]?: Cell }>,
): Generator<string, void> {
	yield `${columns.join(",")}\r\n`;
	for (const row of rows) yield `${columns.map((column) => writeCell(row[column])).join(",")}\r\n`;
}

/**
 * A text that a spreadsheet would compute (CWE-1236) gets an apostrophe, which it takes for a text; so does one that begins
 * with an apostrophe, so that whoever takes one off has the text again. Numbers stay numbers.
 */
function writeCell(cell: Cell): string {
	if (cell === null || cell === undefined) return "";
	if (typeof cell === "number") return String(cell);
	const text = /^[=+\-@＝＋－＠'\t\r\n]/.test(cell) ? `'${cell}` : cell;
	// An empty text is not a text that is missing.
	return /[",\r\n]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
