import { type Command, InvalidArgumentError, Option } from "commander";
import {
	type ExportRequest,
	type PaperRequest,
	type PictureFormat,
	usualExport,
} from "#shared/contract/export-request";
import { cardDetails } from "#shared/drawing/feature-card";
import { type FigureName, figureNames, papers, pointsPerMm } from "#shared/drawing/paper";
import { type Ink, inks, type ThemeName } from "#shared/drawing/theme";
import { AppError } from "#shared/errors";
import { parseCount, parseNumber } from "./options.ts";

/** How a circuit is drawn: options that trace and export share. */
export interface DrawingOptions {
	readonly theme: ThemeName;
	readonly colours: Ink;
	readonly maxEdges?: number;
	readonly rearrange?: true;
	readonly cards: (typeof cardDetails)[number];
	readonly transparent?: true;
	readonly header: boolean;
	readonly legend: boolean;
	readonly lanes: boolean;
	readonly story: boolean;
	readonly provenance: boolean;
	readonly highlight: boolean;
	readonly embed: boolean;
}

export function drawingOptions(command: Command): Command {
	return command
		.addOption(new Option("--theme <name>", "colours of the drawing").choices(["light", "dark"]).default("light"))
		.addOption(
			new Option("--colours <pair>", "for raises and lowers; black has dashes and hatching alone")
				.choices(inks)
				.default("blue-red"),
		)
		.option(
			"--max-edges <n>",
			"draw only so many of the strongest edges (the caption says of how many); in .neuronpedia.json those of features first",
			parseCount,
		)
		.option("--rearrange", "lay out anew what is drawn, close together, wherever it stands in the app")
		.addOption(new Option("--cards <detail>", "what a card shows").choices(cardDetails).default("full"))
		.option("--transparent", "no paper behind the drawing")
		.option("--no-header", "leave out prompt and caption")
		.option("--no-legend", "leave out the legend")
		.option("--no-lanes", "leave out bands and names of layers")
		.option("--no-story", "leave out the story that is told of the circuit")
		.option("--no-provenance", "leave out the card with model, hashes, method and scores")
		.option("--no-highlight", "draw what is selected like everything else")
		.option("--no-embed", "do not put the circuit itself into the file");
}

/** Of one poster. */
const mostSheets = 2000;

/** Sizes of what is written: pages, pixels, columns of a paper. */
export interface SizeOptions {
	readonly view: "stored" | "all";
	readonly size?: FigureName;
	readonly minLetter: number;
	readonly dpi?: number;
	readonly width?: number;
	readonly paper?: string;
	readonly landscape?: true;
	readonly scale?: number;
	readonly sheets?: { readonly columns: number; readonly rows: number } | { readonly sheets: number };
	readonly margin: number;
	readonly overlap: number;
	readonly shift: readonly [number, number];
	readonly cropMarks: boolean;
	readonly sheetLabels: boolean;
	readonly map: boolean;
}

export function sizeOptions(command: Command): Command {
	return command
		.addOption(
			new Option("--view <which>", "as it was last looked at, or with everything it holds")
				.choices(["stored", "all"])
				.default("stored"),
		)
		.addOption(new Option("--size <name>", "as wide as a column of a paper, or a slide").choices(figureNames))
		.option("--min-letter <points>", "warn where letters are printed smaller", parseNumber, usualExport.leastLetter)
		.option("--dpi <n>", "pixels an inch of .png and .webp", (text) => parseWithin(text, 10, 2400, "300"))
		.option("--width <pixels>", "width of .png and .webp", (text) => parseWithin(text, 16, 200_000, "4000"))
		.option("--paper <name>", `poster over sheets of ${Object.keys(papers).join(", ")} or WIDTHxHEIGHT in mm; .pdf`)
		.option("--landscape", "sheets lie on their longer side")
		.addOption(
			new Option("--scale <percent>", "size on paper; without it and --sheets everything is on one sheet").argParser(
				parsePercent,
			),
		)
		.addOption(
			new Option("--sheets <n>", "as large as so many sheets allow: 12, or 4x3 columns and rows")
				.argParser(parseSheets)
				.conflicts("scale"),
		)
		.option("--margin <mm>", "white around each sheet", parseNumber, 12.7)
		.option("--overlap <mm>", "what neighbouring sheets both show", parseNumber, 12.7)
		.addOption(
			new Option("--shift <x,y>", "mm by which the grid of sheets lies further left and up")
				.argParser(parseShift)
				.default([0, 0] as readonly [number, number], "0,0"),
		)
		.option("--no-crop-marks", "no marks for cutting and gluing")
		.option("--no-sheet-labels", "no row and column on sheets")
		.option("--no-map", "no page that shows how sheets lie together");
}

/**
 * Options that would change nothing are refused, with what they need. `formats` are those that will be written.
 */
export function checkPictureOptions(formats: readonly (string | undefined)[], options: Partial<SizeOptions>): void {
	const { paper, size, landscape, scale, sheets, dpi, width } = options;
	const refuse = (option: string, why: string) => {
		throw new AppError("usage", `${option} ${why}`, { option });
	};
	if (paper !== undefined && size !== undefined)
		refuse("--paper", `and --size ${size} exclude each other: sheets of a poster, or a figure. Leave one out.`);
	if (paper === undefined)
		for (const [option, value] of [
			["--scale", scale],
			["--sheets", sheets],
			["--landscape", landscape],
		] as const)
			if (value !== undefined) refuse(option, "is for posters: add the paper, such as --paper A4.");
	if (dpi !== undefined && width !== undefined)
		refuse("--dpi", "and --width exclude each other: each of them decides how many pixels there are. Leave one out.");
	const hasPixels = formats.some((format) => format === "png" || format === "webp");
	if (!hasPixels)
		for (const [option, value] of [
			["--dpi", dpi],
			["--width", width],
		] as const)
			if (value !== undefined) refuse(option, "is for .png and .webp, and nothing of that kind is written.");
	if (paper !== undefined && (hasPixels || !formats.some((format) => format === "pdf" || format === "svg")))
		refuse("--paper", "is for .pdf and .svg: pictures in pixels have no sheets. Write -o FILE.pdf.");
	if (paper !== undefined) buildPaper(options as SizeOptions);
}

/** What is asked of the exporter. */
export function buildExportRequest(
	format: PictureFormat,
	options: DrawingOptions & Partial<SizeOptions>,
): ExportRequest {
	const { size, dpi, width } = options;
	return {
		format,
		theme: options.theme,
		ink: options.colours,
		detail: options.cards,
		rearrange: options.rearrange ?? false,
		transparent: options.transparent ?? false,
		header: options.header,
		legend: options.legend,
		lanes: options.lanes,
		story: options.story,
		provenance: options.provenance,
		highlight: options.highlight,
		show: options.view === "all" ? "all" : "view",
		...(options.maxEdges !== undefined && { maxEdges: options.maxEdges }),
		...(size && { figure: size }),
		...(options.paper !== undefined && { paper: buildPaper(options as SizeOptions) }),
		...(dpi !== undefined && { dotsPerInch: dpi }),
		...(width !== undefined && { pixelWidth: width }),
		leastLetter: options.minLetter ?? usualExport.leastLetter,
		embed: options.embed,
	};
}

function buildPaper(options: SizeOptions): PaperRequest {
	const { width, height } = findPaper(options.paper ?? "");
	const [short, long] = [Math.min(width, height), Math.max(width, height)];
	const [margin, overlap] = [options.margin * pointsPerMm, options.overlap * pointsPerMm];
	const isCustom = !(options.paper !== undefined && findName(options.paper));
	const lies = options.landscape === true;
	checkSpace(options, Math.min(width, height) / pointsPerMm);
	return {
		...(isCustom && !lies ? { width, height } : lies ? { width: long, height: short } : { width: short, height: long }),
		margin,
		overlap,
		fill: options.scale !== undefined ? { scale: options.scale } : (options.sheets ?? { columns: 1, rows: 1 }),
		shift: { x: options.shift[0] * pointsPerMm, y: options.shift[1] * pointsPerMm },
		cropMarks: options.cropMarks,
		labels: options.sheetLabels,
		map: options.map,
	};
}

/** What printers leave free and what is glued must leave something of a sheet, whose shorter side is `short` mm. */
function checkSpace({ margin, overlap }: SizeOptions, short: number): void {
	const least = 12.7;
	const usable = short - 2 * margin;
	const round = (mm: number) => Math.floor(10 * mm) / 10;
	if (usable < least)
		throw new AppError(
			"usage",
			`A margin of ${margin} mm on both sides leaves nothing of a sheet ${round(short)} mm wide. Give --margin ${round((short - least) / 2)} at most.`,
			{ margin },
		);
	if (overlap > usable / 2)
		throw new AppError(
			"usage",
			`An overlap of ${overlap} mm is more than half of the ${round(usable)} mm that a sheet shows. Give --overlap ${round(usable / 2)} at most.`,
			{ overlap },
		);
}

const findName = (text: string) =>
	(Object.keys(papers) as (keyof typeof papers)[]).find((name) => name.toLowerCase() === text.toLowerCase());

function findPaper(text: string): { readonly width: number; readonly height: number } {
	const name = findName(text);
	if (name) return papers[name];
	const [, width, height] = /^(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(?:mm)?$/i.exec(text) ?? [];
	const size = { width: Number(width) * pointsPerMm, height: Number(height) * pointsPerMm };
	if (size.width >= 72 && size.height >= 72 && size.width <= 14_400 && size.height <= 14_400) return size;
	throw new AppError(
		"usage",
		`"${text}" is no paper. Write ${Object.keys(papers).join(", ")}, or width and height in mm from 25.4 to 5080, such as 600x900.`,
		{ paper: text },
	);
}

function parseWithin(text: string, least: number, most: number, example: string): number {
	const number = Number(text);
	if (text.trim() === "" || !Number.isInteger(number) || number < least || number > most)
		throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed, such as ${example}`);
	return number;
}

function parsePercent(text: string): number {
	const number = Number(text.replace(/%$/, ""));
	if (!(number > 0 && number <= 10_000))
		throw new InvalidArgumentError("A percentage above 0 and up to 10000 is needed, such as 100");
	return number / 100;
}

function parseSheets(text: string): NonNullable<SizeOptions["sheets"]> {
	const [, columns, rows] = /^(\d+)x(\d+)$/i.exec(text) ?? [];
	const number = (part: string) => parseWithin(part, 1, mostSheets, "12 or 4x3");
	if (columns === undefined || rows === undefined) return { sheets: number(text) };
	number(String(Number(columns) * Number(rows)));
	return { columns: number(columns), rows: number(rows) };
}

function parseShift(text: string): readonly [number, number] {
	const [x, y] = text.split(",").map(Number);
	if (x === undefined || y === undefined || !(x >= 0 && y >= 0))
		throw new InvalidArgumentError("Two numbers of at least 0 are needed, such as 20,0");
	return [x, y];
}
