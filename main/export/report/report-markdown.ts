import type { Report, ReportBlock, ReportTable } from "#shared/report";

/** As GitHub and pandoc read it; `figure` is the name of the drawing's file beside it. */
export function writeReportMarkdown({ title, blocks }: Report, figure: string): string {
	return `# ${escapeMarks(title)}\n\n${blocks.map((block) => writeBlock(block, figure)).join("\n\n")}\n`;
}

function writeBlock(block: ReportBlock, figure: string): string {
	switch (block.kind) {
		case "heading":
			return `${"#".repeat(block.level)} ${escapeMarks(block.text)}`;
		case "text":
			return escapeMarks(block.text);
		case "list":
			return block.items.map((item, i) => `${block.ordered ? `${i + 1}.` : "-"} ${escapeMarks(item)}`).join("\n");
		case "figure":
			return `![${escapeMarks(block.caption)}](<${figure.replaceAll("<", "%3C").replaceAll(">", "%3E")}>)\n\n*${escapeMarks(block.caption)}*`;
		case "code": {
			const text = block.lines.join("\n");
			// More ticks than any run of them inside.
			const fence = "`".repeat(Math.max(3, 1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))));
			return `${fence}sh\n${text}\n${fence}`;
		}
		case "table":
			return writeTable(block);
	}
}

function writeTable({ columns, rows, rest }: ReportTable): string {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [
		line(columns.map(({ name }) => escapeMarks(name))),
		line(columns.map(({ isNumber }) => (isNumber ? "--:" : "---"))),
		...rows.map((row) => line(row.map(escapeMarks))),
		...(rest === undefined ? [] : ["", escapeMarks(rest)]),
	].join("\n");
}

/** Nothing of a token or a label is taken for a mark, and no line ends where a cell does not. */
const escapeMarks = (text: string): string =>
	text
		.replace(/[\\`*_{}[\]<>#|~$&]/g, (sign) => `\\${sign}`)
		.replace(/\s*\n\s*/g, " ")
		.replace(/^([-+]|\d+[.)])(?=\s)/, "\\$1");
