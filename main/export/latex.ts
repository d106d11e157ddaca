import type { FigureName } from "#shared/drawing/paper";
import { describeScores } from "#shared/score-words";
import type { ExportSource } from "./export-source.ts";

/** What a picture shows of its circuit. */
export interface ShownCounts {
	readonly nodes: number;
	readonly allNodes: number;
	readonly edges: number;
	readonly allEdges: number;
}

/** A figure, or a slide of beamer, with its caption, to be put into a paper beside the file. */
export function writeLatex(source: ExportSource, figure: FigureName, file: string, shown: ShownCounts): string {
	const stem = file.replace(/\.[^.]+$/, "");
	const ending = file.slice(stem.length + 1).toLowerCase();
	const isRead = ending === "pdf" || ending === "png";
	const name = escapeLatex(isRead ? stem : `${stem}.pdf`);
	const caption = writeCaption(source, shown);
	const missing = isRead ? [] : [`% LaTeX reads no .${ending}: export ${stem}.pdf too, which is the same picture.`];
	if (figure === "slide")
		return [
			...missing,
			"\\begin{frame}",
			"\t\\centering",
			`\t\\includegraphics[width=\\textwidth,height=0.82\\textheight,keepaspectratio]{${name}}`,
			`\t\\par{\\tiny ${caption}\\par}`,
			"\\end{frame}",
			"",
		].join("\n");
	const isWide = figure === "double-column";
	const environment = isWide ? "figure*" : "figure";
	return [
		...missing,
		`\\begin{${environment}}[t]`,
		"\t\\centering",
		`\t\\includegraphics[width=${isWide ? "\\textwidth" : "\\columnwidth"}]{${name}}`,
		`\t\\caption{${caption}}`,
		`\t\\label{fig:${stem.toLowerCase().replace(/[^a-z0-9]+/g, "-")}}`,
		`\\end{${environment}}`,
		"",
	].join("\n");
}

function writeCaption({ provenance }: ExportSource, shown: ShownCounts): string {
	const { model, prompt, metric, scores, method } = provenance;
	const scored = describeScores(scores);
	const of = (drawn: number, total: number) => (drawn < total ? `${drawn} of ${total}` : String(drawn));
	return [
		`Circuit of ${model?.name ? `\\texttt{${escapeLatex(model.name)}}` : "a model"}${prompt ? ` on the prompt \\texttt{${escapeLatex(JSON.stringify(prompt))}}` : ""}: ${of(shown.nodes, shown.allNodes)} nodes and ${of(shown.edges, shown.allEdges)} edges, found by ${escapeLatex(method)}.`,
		...(metric
			? [`The metric is ${escapeLatex(metric.name)} (${metric.value.toPrecision(3).replace("-", "$-$")}).`]
			: []),
		...(scored ? [`Its scores are ${escapeLatex(scored)}.`] : []),
		"Solid edges raise and dashed edges lower what the metric measures; stronger is wider.",
	].join(" ");
}

const signs: Readonly<Record<string, string>> = {
	"\\": "\\textbackslash{}",
	"~": "\\textasciitilde{}",
	"^": "\\textasciicircum{}",
	"<": "\\textless{}",
	">": "\\textgreater{}",
};

export function escapeLatex(text: string): string {
	return text.replace(/[\\~^<>#$%&_{}]/g, (sign) => signs[sign] ?? `\\${sign}`);
}
