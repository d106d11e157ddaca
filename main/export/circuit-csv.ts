import type { CircuitFile } from "#shared/exchange/circuit-file";

/** Two tables: RFC 4180, with lines that end in CR LF. */
export interface CircuitTables {
	readonly nodes: string;
	readonly edges: string;
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
] as const;
const edgeColumns = ["source", "target", "weight"] as const;

export function buildCircuitCsv({ nodes, edges }: CircuitFile): CircuitTables {
	return {
		nodes: buildTable(
			nodeColumns,
			nodes.map((node) => nodeColumns.map((column) => node[column])),
		),
		edges: buildTable(
			edgeColumns,
			edges.map((edge) => edgeColumns.map((column) => edge[column])),
		),
	};
}

type Cell = string | number | null | undefined;

function buildTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
	return [columns, ...rows].map((row) => `${row.map(writeCell).join(",")}\r\n`).join("");
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
