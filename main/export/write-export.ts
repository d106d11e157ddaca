import { setImmediate } from "node:timers/promises";
import type { ExportRequest } from "#shared/contract/export-request";
import type { ExportOutcome, WrittenFile } from "#shared/contract/export-result";
import type { Drawing } from "#shared/drawing/drawing";
import { buildPages, type ExportPlan } from "#shared/drawing/export-plan";
import { pointsPerMm } from "#shared/drawing/paper";
import { mostSheets } from "#shared/drawing/poster-plan";
import { AppError } from "#shared/errors";
import { payloadMarks } from "#shared/exchange/payload-marks";
import type { Progress } from "#shared/trace";
import { buildPdfAttachment, buildPngText, embedInSvg } from "./circuit-payload.ts";
import { describeExport } from "./describe-export.ts";
import type { ExportSource } from "./export-source.ts";
import { Typesetter } from "./letters/typesetter.ts";
import { writePdf } from "./pdf-document.ts";
import { paintPackedBands } from "./pixels/band-threads.ts";
import { drawBands, measurePixels, type PixelSize } from "./pixels/pixel-bands.ts";
import { writePng } from "./pixels/png-stream.ts";
import { refuseLargeWebp, writeWebp } from "./pixels/webp.ts";
import { planDrawing } from "./plan-drawing.ts";
import { saveExport, saveExportParts } from "./save-export.ts";
import { writeSvgDocument, writeSvgPage } from "./svg-document.ts";

export interface ExportContext {
	/** Says how far it is; what it returns is waited for, and rejects where the file is not wanted any more. */
	progress(progress: Progress): void;
	readonly signal?: { readonly aborted: boolean };
}

let shared: Typesetter | undefined;

/** Letters that were set once are set for every export of this thread. */
export function openTypesetter(): Typesetter {
	shared ??= new Typesetter();
	return shared;
}

/** Writes a circuit as a picture: the one way to any file, for windows and the command line. */
export async function writeExport(
	source: ExportSource,
	request: ExportRequest,
	path: string,
	context: ExportContext,
): Promise<ExportOutcome> {
	const typesetter = openTypesetter();
	context.progress({ step: "Drawing", done: 0, total: 1 });
	const built = planDrawing(source, request, (text) => typesetter.makeLegible(text));
	const { drawing, plan } = built;
	checkPlan(plan, request);
	const job: Job = { source, request, path, context, typesetter, drawing, plan };
	const files = await writers[request.format](job);
	return describeExport(source, request, built, files);
}

interface Job {
	readonly source: ExportSource;
	readonly request: ExportRequest;
	readonly path: string;
	readonly context: ExportContext;
	readonly typesetter: Typesetter;
	readonly drawing: Drawing;
	readonly plan: ExportPlan;
}

type Written = Promise<readonly WrittenFile[]>;

const writers: Readonly<Record<ExportRequest["format"], (job: Job) => Written>> = {
	svg: (job) => (job.plan.poster ? writeSvgPages(job) : writeSvg(job)),
	pdf: writePdfFile,
	png: writePixels,
	webp: writePixels,
};

async function writeSvg({ source, request, path, typesetter, drawing, plan }: Job): Written {
	const mm = (units: number) => `${Math.round((1000 * units * plan.scale) / pointsPerMm) / 1000}mm`;
	const size = { width: mm(drawing.width), height: mm(drawing.height) };
	const svg = writeSvgDocument(drawing, typesetter, request.figure ? { size } : {});
	const whole = source.payload && request.embed ? await embedInSvg(svg, source.payload) : svg;
	saveExport(path, whole);
	return [{ path, bytes: Buffer.byteLength(whole) }];
}

/** One file a page: what a browser prints. A single page has the name that was asked for. */
async function writeSvgPages({ source, request, path, context, typesetter, drawing, plan }: Job): Written {
	const pages = buildPages(drawing, plan, request, source.name);
	const files: WrittenFile[] = [];
	for (const [i, page] of pages.entries()) {
		const bare = writeSvgPage(drawing, page, typesetter);
		// One of them is enough to open the circuit again.
		const svg = i === 0 && source.payload && request.embed ? await embedInSvg(bare, source.payload) : bare;
		const own = pages.length === 1 ? path : path.replace(/(\.svg)?$/i, `-${page.label}.svg`);
		saveExport(own, svg);
		files.push({ path: own, bytes: Buffer.byteLength(svg), page: page.label });
		await step(context, "Writing pages", i + 1, pages.length);
	}
	return files;
}

async function writePdfFile({ source, request, path, context, typesetter, drawing, plan }: Job): Written {
	const pages = buildPages(drawing, plan, request, source.name);
	const parts = writePdf(drawing, pages, typesetter, {
		title: source.name,
		program: source.provenance.program,
		...(source.payload &&
			request.embed && {
				attachment: {
					name: payloadMarks.pdfAttachment,
					bytes: await buildPdfAttachment(source.payload),
					description: "The circuit itself: open this file with Sparse Circuit Discovery",
				},
			}),
		pageDone: (done, total) => step(context, "Writing pages", done, total),
	});
	return [{ path, bytes: await saveExportParts(path, parts) }];
}

async function writePixels({ source, request, path, context, typesetter, drawing, plan }: Job): Written {
	const size = measurePixels(drawing, plan.pixelScale);
	const { width, height } = size;
	if (Math.max(width, height) > largestPng.side || width * height > largestPng.pixels) throw tooLarge(size);
	if (request.format === "webp") {
		refuseLargeWebp(size);
		const bytes = await writeWebp(watchBands(drawBands(drawing, typesetter, size), size, context), size);
		saveExport(path, bytes);
		return [{ path, bytes: bytes.length, width, height }];
	}
	const bands = watchBands(paintPackedBands(drawing, typesetter, size), size, context);
	const parts = writePng(bands, {
		width,
		height,
		hasOpacity: drawing.background === null,
		...(plan.dotsPerInch !== undefined && { dotsPerInch: plan.dotsPerInch }),
		...(source.payload && request.embed && { chunk: await buildPngText(source.payload) }),
	});
	return [{ path, bytes: await saveExportParts(path, parts), width, height }];
}

async function* watchBands<B extends { readonly lines: number }>(
	bands: AsyncIterable<B>,
	{ height }: PixelSize,
	context: ExportContext,
): AsyncGenerator<B, void> {
	let lines = 0;
	for await (const band of bands) {
		yield band;
		lines += band.lines;
		await step(context, "Drawing pixels", lines, height);
	}
}

/** Says how far it is and lets others speak; stops where nobody waits any more. */
async function step({ progress, signal }: ExportContext, name: string, done: number, total: number): Promise<void> {
	progress({ step: name, done, total });
	await setImmediate();
	if (signal?.aborted) throw new AppError("cancelled", "The export was cancelled, and no file was written.");
}

function checkPlan({ poster }: ExportPlan, { paper, format }: ExportRequest): void {
	if (paper && format !== "pdf" && format !== "svg")
		throw new AppError("usage", `Sheets of paper are written as .pdf, and a picture as .${format} has none.`, {
			format,
		});
	if (poster?.sheets.length !== 0) return;
	// As many columns and rows together as there may be sheets, at least.
	const most = Math.floor(100 * poster.scale * Math.sqrt(mostSheets / (poster.columns * poster.rows)));
	throw new AppError(
		"usage",
		`At this scale the drawing would need ${poster.columns} × ${poster.rows} sheets, and ${mostSheets} are the most. Choose a scale of ${Math.max(1, most)}% or less, or larger paper.`,
		{ columns: poster.columns, rows: poster.rows },
	);
}

/** More is hours of work that few programs open: some 100,000 pixels either way. */
const largestPng = { side: 200_000, pixels: 2e10 };

function tooLarge({ width, height }: PixelSize): AppError {
	const say = (count: number) => count.toLocaleString("en");
	return new AppError(
		"usage",
		`This picture would be ${say(width)} × ${say(height)} pixels, and ${say(largestPng.side)} a side or ${say(largestPng.pixels)} in all are the most. Ask for fewer pixels or dots per inch, or write a PDF or SVG, which have none.`,
		{ width, height },
	);
}
