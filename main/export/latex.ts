import type { FigureName } from "#shared/drawing/paper";
import type { ExportSource } from "./export-source.ts";

/** A figure with its caption, to be put into a paper beside the file. */
export function writeLatex(source: ExportSource, figure: FigureName, file: string): string {
	const { provenance, document } = source;
	const wide = figure !== "single-column";
	const environment = wide ? "figure*" : "figure";
	const stem = file.replace(/\.[^.]+$/, "");
	const sentences = [
		`Circuit of ${provenance.model?.name ? `\\texttt{${escapeLatex(provenance.model.name)}}` : "a model"}${provenance.prompt ? ` on the prompt \\texttt{${escapeLatex(JSON.stringify(provenance.prompt))}}` : ""}: ${document.nodes.length} nodes and ${document.edges.length} edges, found by ${escapeLatex(provenance.method)}.`,
		...(provenance.metric
			? [`The metric is ${escapeLatex(provenance.metric.name)} (${provenance.metric.value.toPrecision(3)}).`]
			: []),
		...(provenance.explained !== null
			? [`Features explain ${(100 * provenance.explained).toFixed(0)}\\% of the effects.`]
			: []),
		"Solid edges raise and dashed edges lower what the metric measures; stronger is wider.",
	];
	return [
		`\\begin{${environment}}[t]`,
		"\t\\centering",
		`\t\\includegraphics[width=${wide ? "\\textwidth" : "\\columnwidth"}]{${escapeLatex(stem)}}`,
		`\t\\caption{${sentences.join(" ")}}`,
		`\t\\label{fig:${stem.toLowerCase().replace(/[^a-z0-9]+/g, "-")}}`,
		`\\end{${environment}}`,
		"",
	].join("\n");
}

const signs: Readonly<Record<string, string>> = {
	"\\": "\\textbackslash{}",
	"~": "\\textasciitilde{}",
	"^": "\\textasciicircum{}",
	"<": "\\textless{}",
	">": "\\textgreater{}",
};

function escapeLatex(text: string): string {
	return text.replace(/[\\~^<>#$%&_{}]/g, (sign) => signs[sign] ?? `\\${sign}`);
}
