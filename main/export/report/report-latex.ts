import type { Report, ReportBlock, ReportTable } from "#shared/report";
import { escapeLatex } from "../latex.ts";

/**
 * A document of its own that any LaTeX sets, to take parts from; `figure` is the name of the drawing's PDF beside it.
 * Letters beyond Latin need XeLaTeX or LuaLaTeX, which it asks for where they are.
 */
export function writeReportLatex({ title, blocks }: Report, figure: string): string {
	return `% Set with pdflatex, or with xelatex or lualatex where tokens have letters of other scripts.
\\documentclass[10pt]{article}
\\usepackage[T1]{fontenc}
\\usepackage[utf8]{inputenc}
\\usepackage[margin=25mm]{geometry}
\\usepackage{array,longtable,graphicx,textcomp}
\\setlength{\\parindent}{0pt}\\setlength{\\parskip}{6pt}
\\title{${write(title)}}
\\date{}
\\begin{document}
\\maketitle
${blocks.map((block) => writeBlock(block, figure)).join("\n\n")}
\\end{document}
`;
}

function writeBlock(block: ReportBlock, figure: string): string {
	switch (block.kind) {
		case "heading":
			return `\\${block.level === 2 ? "section" : "subsection"}*{${write(block.text)}}`;
		case "text":
			return write(block.text);
		case "list": {
			const name = block.ordered ? "enumerate" : "itemize";
			return `\\begin{${name}}\n${block.items.map((item) => `\\item ${write(item)}`).join("\n")}\n\\end{${name}}`;
		}
		case "figure":
			return `\\begin{figure}[h]\n\\centering\n\\includegraphics[width=\\linewidth,height=0.8\\textheight,keepaspectratio]{${escapeLatex(figure)}}\n\\caption{${write(block.caption)}}\n\\end{figure}`;
		case "code":
			return `{\\footnotesize\\ttfamily\\raggedright\n${block.lines.map((line) => `${write(line).replaceAll("-", "{-}").replaceAll("\n", "\\\\\n")}\\par`).join("\n")}\n}`;
		case "table":
			return writeTable(block);
	}
}

function writeTable({ columns, rows, rest }: ReportTable): string {
	// Words share what numbers leave.
	const words = columns.filter(({ isNumber }) => !isNumber).length;
	const room = (0.94 - 0.14 * (columns.length - words)) / Math.max(1, words);
	const form = columns
		.map(({ isNumber }) => (isNumber ? "r" : `>{\\raggedright\\arraybackslash}p{${room.toFixed(3)}\\linewidth}`))
		.join("");
	const line = (cells: readonly string[]) => `${cells.map(write).join(" & ")} \\\\`;
	return [
		"{\\footnotesize",
		`\\begin{longtable}{${form}}`,
		"\\hline",
		line(columns.map(({ name }) => name)),
		"\\hline\\endhead",
		...rows.map(line),
		"\\hline",
		"\\end{longtable}",
		...(rest === undefined ? [] : [write(rest)]),
		"}",
	].join("\n");
}

/** Signs that the program writes and pdfLaTeX does not know by themselves. */
const known: Readonly<Record<string, string>> = {
	"−": "$-$",
	"·": "\\textperiodcentered{}",
	"→": "$\\rightarrow$",
	"↑": "$\\uparrow$",
	"↓": "$\\downarrow$",
	"↵": "$\\hookleftarrow$",
	"⇥": "$\\mapsto$",
	"≈": "$\\approx$",
	"‖": "$\\|$",
	"∂": "$\\partial$",
	"×": "$\\times$",
	"…": "\\dots{}",
	"“": "``",
	"”": "''",
	"’": "'",
	"—": "---",
};

const write = (text: string): string =>
	escapeLatex(text).replace(/[−·→↑↓↵⇥≈‖∂×…“”’—]/gu, (sign) => known[sign] ?? sign);
