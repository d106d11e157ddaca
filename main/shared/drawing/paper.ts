import type { Size } from "./box.ts";

/** Drawings and pages are measured in points, 72 an inch. */
export const pointsPerMm = 72 / 25.4;

/** Upright, in points. */
export const papers = {
	A4: { width: 210 * pointsPerMm, height: 297 * pointsPerMm },
	A3: { width: 297 * pointsPerMm, height: 420 * pointsPerMm },
	A2: { width: 420 * pointsPerMm, height: 594 * pointsPerMm },
	Letter: { width: 612, height: 792 },
	Legal: { width: 612, height: 1008 },
	Tabloid: { width: 792, height: 1224 },
} as const satisfies Readonly<Record<string, Size>>;

export type PaperName = keyof typeof papers;
export const paperNames = Object.keys(papers) as readonly PaperName[];

/** Sizes at which papers and slides show a figure, in points; a height is the most that it may have. */
export const figureSizes = {
	"single-column": { width: 84 * pointsPerMm, height: 230 * pointsPerMm },
	"double-column": { width: 174 * pointsPerMm, height: 230 * pointsPerMm },
	slide: { width: 960, height: 540 },
} as const satisfies Readonly<Record<string, Size>>;

export type FigureName = keyof typeof figureSizes;
export const figureNames = Object.keys(figureSizes) as readonly FigureName[];
