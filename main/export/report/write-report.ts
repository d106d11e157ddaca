import { basename, resolve } from "node:path";
import type { WrittenFile } from "#shared/contract/export-result";
import type { Drawing } from "#shared/drawing/drawing";
import { buildSinglePage } from "#shared/drawing/page";
import { payloadMarks } from "#shared/exchange/payload-marks";
import type { Report, ReportFormat } from "#shared/report";
import { buildPdfAttachment } from "../circuit-payload.ts";
import type { Typesetter } from "../letters/typesetter.ts";
import { writePdf } from "../pdf-document.ts";
import { saveExport, saveExportParts } from "../save-export.ts";
import { writeSvgDocument } from "../svg-document.ts";
import { type ExportContext, openTypesetter } from "../write-export.ts";
import { buildReport } from "./build-report.ts";
import { drawFigure } from "./report-figure.ts";
import { writeReportHtml } from "./report-html.ts";
import { writeReportLatex } from "./report-latex.ts";
import { writeReportMarkdown } from "./report-markdown.ts";
import { layOutReport } from "./report-pages.ts";
import type { ReportSource } from "./report-source.ts";

export interface ReportFile {
	readonly path: string;
	readonly format: ReportFormat;
}

/** Writes a circuit's report in each form that is asked for; Markdown and LaTeX bring their figure in a file beside them. */
export async function writeReport(
	source: ReportSource,
	wanted: readonly ReportFile[],
	{ progress }: Pick<ExportContext, "progress">,
): Promise<readonly WrittenFile[]> {
	const typesetter = openTypesetter();
	progress({ step: "Drawing", done: 0, total: wanted.length + 1 });
	const figure = drawFigure(source, (text) => typesetter.makeLegible(text));
	const report = buildReport(source, figure.caption);
	const files: WrittenFile[] = [];
	for (const [i, { path, format }] of wanted.entries()) {
		progress({ step: "Writing the report", done: i + 1, total: wanted.length + 1 });
		files.push(...(await writers[format]({ source, report, path, typesetter, drawing: figure.drawing })));
	}
	return files;
}

interface Job {
	readonly source: ReportSource;
	readonly report: Report;
	readonly path: string;
	readonly typesetter: Typesetter;
	readonly drawing: Drawing;
}

const writers: Readonly<Record<ReportFormat, (job: Job) => Promise<readonly WrittenFile[]>>> = {
	async html({ source, report, path, typesetter, drawing }) {
		const svg = writeSvgDocument(drawing, typesetter);
		return [save(path, await writeReportHtml(report, svg, source.provenance.program, source.payload))];
	},
	async pdf({ source, report, path, typesetter, drawing }) {
		const legible = makeLegible(report, typesetter);
		const parts = writePdf(drawing, layOutReport(legible, drawing), typesetter, {
			title: report.title,
			program: source.provenance.program,
			...(source.payload && {
				attachment: {
					name: payloadMarks.pdfAttachment,
					bytes: await buildPdfAttachment(source.payload),
					description: "The circuit itself: open this file with Sparse Circuit Discovery",
				},
			}),
		});
		return [{ path, bytes: await saveExportParts(path, parts) }];
	},
	async md({ report, path, typesetter, drawing }) {
		const figure = nameFigure(path, "svg");
		return [
			save(path, writeReportMarkdown(report, basename(figure))),
			save(figure, writeSvgDocument(drawing, typesetter)),
		];
	},
	async tex({ source, report, path, typesetter, drawing }) {
		const figure = nameFigure(path, "pdf");
		const { program } = source.provenance;
		const parts = writePdf(drawing, [buildSinglePage(drawing, 1)], typesetter, { title: report.title, program });
		return [
			save(path, writeReportLatex(report, basename(figure))),
			{ path: figure, bytes: await saveExportParts(figure, parts) },
		];
	},
};

function save(path: string, content: string): WrittenFile {
	saveExport(path, content);
	return { path: resolve(path), bytes: Buffer.byteLength(content) };
}

const nameFigure = (path: string, ending: string) => `${path.replace(/\.[^.\\/]+$/, "")}.figure.${ending}`;

/** What no font has is written as its number. */
function makeLegible(report: Report, typesetter: Typesetter): Report {
	const change = <T>(value: T): T =>
		(typeof value === "string"
			? typesetter.makeLegible(value)
			: Array.isArray(value)
				? value.map(change)
				: typeof value === "object" && value !== null
					? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one)]))
					: value) as T;
	return change(report);
}
