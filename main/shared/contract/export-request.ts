import { z } from "zod";
import { cardDetails } from "../drawing/feature-card.ts";
import { figureNames } from "../drawing/paper.ts";
import { inks } from "../drawing/theme.ts";

/** What is written: pictures of a circuit, in vectors or pixels. */
export const pictureFormats = ["svg", "pdf", "png", "webp"] as const;
export type PictureFormat = (typeof pictureFormats)[number];

const points = z.number().min(1).max(20_000);
const sheets = z.number().int().min(1).max(2000);

/** A drawing over sheets of paper; lengths in points, 1/72 inch. */
const paperRequest = z.object({
	width: points,
	height: points,
	margin: z.number().min(0).max(1000),
	overlap: z.number().min(0).max(1000),
	fill: z.union([
		z.object({ scale: z.number().gt(0).max(100) }),
		z.object({ sheets }),
		z.object({ columns: sheets, rows: sheets }),
	]),
	shift: z.object({ x: z.number().min(0).max(20_000), y: z.number().min(0).max(20_000) }),
	cropMarks: z.boolean(),
	labels: z.boolean(),
	map: z.boolean(),
});
export type PaperRequest = z.infer<typeof paperRequest>;

/** How a circuit is drawn, whatever the file. */
const drawingRequest = z.object({
	theme: z.enum(["light", "dark"]),
	ink: z.enum(inks),
	detail: z.enum(cardDetails),
	transparent: z.boolean(),
	header: z.boolean(),
	legend: z.boolean(),
	lanes: z.boolean(),
	/** The circuit's story, step by step, where one is told. */
	story: z.boolean(),
	/** The card that says where the circuit comes from. */
	provenance: z.boolean(),
	/** The selection and its edges stand out, as on the canvas. */
	highlight: z.boolean(),
	/** As it was last looked at, or with everything that it holds. */
	show: z.enum(["view", "all"]),
	/** So many of the strongest edges instead. */
	maxEdges: z.exactOptional(z.number().int().min(1)),
	/** Laid out anew, as close together as what is drawn allows, wherever it stands on the canvas. */
	rearrange: z.boolean(),
	/** Ids of seen nodes: these alone. */
	only: z.exactOptional(z.array(z.string().max(300)).max(100_000)),
});
export type DrawingRequest = z.infer<typeof drawingRequest>;

/** Everything that decides an exported picture. Plain data: the window, the command line and tests ask the same way. */
export const exportRequest = drawingRequest.extend({
	format: z.enum(pictureFormats),
	/** The width that a paper or a slide has for it. */
	figure: z.exactOptional(z.enum(figureNames)),
	/** Sheets of paper; PDF alone, or SVG as one file a sheet. */
	paper: z.exactOptional(paperRequest),
	/** Of pixels; `pixelWidth` wins. */
	dotsPerInch: z.exactOptional(z.number().min(10).max(2400)),
	pixelWidth: z.exactOptional(z.number().int().min(16).max(200_000)),
	/** Letters that are printed smaller than so many points are warned of. */
	leastLetter: z.number().min(0).max(72),
	/** The file carries the circuit itself. */
	embed: z.boolean(),
});
export type ExportRequest = z.infer<typeof exportRequest>;

export const usualDrawing: DrawingRequest = {
	theme: "light",
	ink: "blue-red",
	detail: "full",
	transparent: false,
	header: true,
	legend: true,
	lanes: true,
	story: true,
	provenance: true,
	highlight: true,
	rearrange: false,
	show: "view",
};

export const usualExport: ExportRequest = { ...usualDrawing, format: "svg", leastLetter: 5, embed: true };
