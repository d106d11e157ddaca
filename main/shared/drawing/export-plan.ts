import type { ExportRequest, PaperRequest } from "../contract/export-request.ts";
import type { Drawing } from "./drawing.ts";
import { checkLetters } from "./letter-check.ts";
import { buildSinglePage, type Page } from "./page.ts";
import { figureSizes } from "./paper.ts";
import { buildPosterPages } from "./poster-pages.ts";
import { type PosterOptions, type PosterPlan, planPoster } from "./poster-plan.ts";
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
	readonly warnings: readonly string[];
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
		const size = figureSizes[figure];
		scale = Math.min(size.width / width, size.height / height);
	} else if (format === "pdf" && Math.max(width, height) > largestPage) {
		scale = largestPage / Math.max(width, height);
		warnings.push(
			`A page of a PDF cannot be larger than 5 m: the drawing is ${(100 * scale).toFixed(0)}% of its own size. Choose sheets of paper for more.`,
		);
	}
	const small = paper || figure ? checkLetters(drawing, scale, leastLetter, request.detail === "compact") : undefined;
	if (small !== undefined) warnings.push(small);
	return { scale, ...(poster && { poster }), ...planPixels(drawing, request, scale), warnings };
}

const posterOptions = ({ width, height, margin, overlap, fill, shift }: PaperRequest): PosterOptions => ({
	paper: { width, height },
	margin,
	overlap,
	fill,
	shift,
});

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
