import type { ExportRequest, PaperRequest } from "../contract/export-request.ts";
import type { FewerEdges } from "../contract/export-result.ts";
import type { Drawing } from "./drawing.ts";
import { checkLetters, describeSmallLetters, type SmallLetters } from "./letter-check.ts";
import { buildSinglePage, type Page } from "./page.ts";
import { type FigureName, figureNames, figureSizes, papers } from "./paper.ts";
import { buildPosterPages } from "./poster-pages.ts";
import { countPrinted, type PosterOptions, type PosterPlan, planPoster } from "./poster-plan.ts";
import { fitRasterScale } from "./raster-scale.ts";
import { adviseOnSheets } from "./sheet-advice.ts";

/** How a drawing lies on what is written: the same for the dialog's preview and for every file. */
export interface ExportPlan {
	/** Points a unit of the drawing, where it is printed. */
	readonly scale: number;
	readonly poster?: PosterPlan;
	/** Pixels a unit. */
	readonly pixelScale: number;
	readonly dotsPerInch: number | undefined;
	/** Of which a reader should know. */
	readonly warnings: readonly string[];
	/** Where some are printed smaller than is wanted. */
	readonly letters?: SmallLetters;
}

/** PDF knows no larger page, in points. */
const largestPage = 14_400;
const usualDotsPerInch = 300;

export function planExport(drawing: Drawing, request: ExportRequest): ExportPlan {
	const { figure, paper, format, leastLetter } = request;
	const warnings: string[] = [];
	const { width, height } = drawing;
	let scale = 1;
	let poster: PosterPlan | undefined;
	if (paper) {
		const options = posterOptions(paper);
		poster = planPoster(drawing, options);
		scale = poster.scale;
		warnings.push(...adviseOnSheets(drawing, options, poster));
	} else if (figure) {
		scale = fitFigure(drawing, figure);
	} else if (format === "pdf" && Math.max(width, height) > largestPage) {
		scale = largestPage / Math.max(width, height);
		warnings.push(
			`A page of a PDF cannot be larger than 5 m: the drawing is ${(100 * scale).toFixed(0)}% of its own size. Choose sheets of paper for more.`,
		);
	}
	const letters = findSmallLetters(drawing, request, scale, leastLetter);
	return {
		scale,
		...(poster && { poster }),
		...planPixels(drawing, request, scale),
		warnings,
		...(letters && { letters }),
	};
}

const posterOptions = ({ width, height, margin, overlap, fill, shift }: PaperShape): PosterOptions => ({
	paper: { width, height },
	margin,
	overlap,
	fill,
	shift,
});

type PaperShape = Omit<PaperRequest, "cropMarks" | "labels" | "map">;

/** Of a sheet, where overlaps leave hardly anything. */
const leastShare = 0.3;

/**
 * The width that words around the circuit may take so that they stand on one sheet, in the drawing's units; undefined
 * where they do already.
 */
export function findFrameRoom(drawing: Drawing, { paper }: ExportRequest): number | undefined {
	if (!paper) return undefined;
	const poster = planPoster(drawing, { ...posterOptions(paper), shift: { x: 0, y: 0 } });
	if (poster.columns === 1) return undefined;
	const frames = drawing.items.filter(({ kind }) => kind === "frame").map(({ box }) => box);
	const usable = paper.width - 2 * paper.margin;
	// The next sheet begins within two overlaps of this one's end.
	const reach = Math.max(usable - 2 * paper.overlap, leastShare * usable) / poster.scale;
	if (frames.every(({ x, width }) => x + width <= reach)) return undefined;
	return reach - Math.min(...frames.map(({ x }) => x));
}

/** All that a reader should know, what to do about small letters last. */
export function listWarnings({ warnings, letters }: ExportPlan, fewer: FewerEdges | undefined): readonly string[] {
	return letters ? [...warnings, describeSmallLetters(letters, fewer)] : warnings;
}

const figureWords: Readonly<Record<FigureName, string>> = {
	"single-column": "as wide as one column",
	"double-column": "as wide as two columns",
	slide: "a slide",
};

/** Of a sheet, in points. */
const usualMargin = 36;

function findSmallLetters(
	drawing: Drawing,
	{ paper, figure }: ExportRequest,
	scale: number,
	leastLetter: number,
): SmallLetters | undefined {
	const small = paper || figure ? checkLetters(drawing, scale, leastLetter) : undefined;
	if (!small) return undefined;
	const sheet = paper ?? { ...papers.A4, margin: usualMargin, overlap: usualMargin, shift: { x: 0, y: 0 } };
	// Words around a figure are set anew for sheets.
	const printed = paper ? drawing : { ...drawing, items: drawing.items.filter(({ kind }) => kind !== "frame") };
	const count = countPrinted(planPoster(printed, posterOptions({ ...sheet, fill: { scale: small.scale } })));
	const wider = figure
		? figureNames.find((name) => checkLetters(drawing, fitFigure(drawing, name), leastLetter) === undefined)
		: undefined;
	return {
		...small,
		...(count > 0 && { sheets: { count, paper: paper ? "this paper" : "A4" } }),
		...(wider && { figure: figureWords[wider] }),
	};
}

const fitFigure = ({ width, height }: Drawing, name: FigureName): number =>
	Math.min(figureSizes[name].width / width, figureSizes[name].height / height);

function planPixels(
	{ width, height }: Drawing,
	{ pixelWidth, dotsPerInch, figure, paper }: ExportRequest,
	scale: number,
): Pick<ExportPlan, "pixelScale" | "dotsPerInch"> {
	if (pixelWidth !== undefined)
		return { pixelScale: pixelWidth / width, dotsPerInch: figure ? (pixelWidth / width / scale) * 72 : undefined };
	const density = dotsPerInch ?? (figure || paper ? usualDotsPerInch : undefined);
	if (density !== undefined) return { pixelScale: (scale * density) / 72, dotsPerInch: density };
	return { pixelScale: fitRasterScale(width, height), dotsPerInch: undefined };
}

/** The pages that are printed. */
export function buildPages(drawing: Drawing, plan: ExportPlan, request: ExportRequest, title: string): readonly Page[] {
	const { paper } = request;
	if (!plan.poster || !paper) return [buildSinglePage(drawing, plan.scale)];
	const { cropMarks, labels, map } = paper;
	return buildPosterPages(drawing, plan.poster, { cropMarks, labels, map, title });
}
