import { create } from "zustand";
import { type DrawingRequest, type ExportRequest, usualDrawing, usualExport } from "#shared/contract/export-request";
import { type FigureName, type PaperName, papers, pointsPerMm } from "#shared/drawing/paper";

/** What the dialog can make. A poster is a PDF over sheets. */
export const products = ["svg", "pdf", "png", "webp", "poster"] as const;
export type Product = (typeof products)[number];

/** What was chosen in the export dialog; lengths in millimetres, as people measure paper. */
export interface ExportChoice {
	readonly product: Product;
	readonly drawing: DrawingRequest;
	/** `own`: as large as the drawing is. */
	readonly size: FigureName | "own";
	readonly leastLetter: number;
	readonly pixels: "width" | "dpi";
	readonly pixelWidth: number;
	readonly dotsPerInch: number;
	readonly paper: PaperName | "custom";
	readonly customWidth: number;
	readonly customHeight: number;
	readonly landscape: boolean;
	readonly margin: number;
	readonly overlap: number;
	readonly fill: "sheets" | "grid" | "scale";
	readonly sheets: number;
	readonly columns: number;
	readonly rows: number;
	/** In percent. */
	readonly scale: number;
	/** Of the grid of sheets, in points. */
	readonly shift: { readonly x: number; readonly y: number };
	readonly cropMarks: boolean;
	readonly labels: boolean;
	readonly map: boolean;
	readonly embed: boolean;
}

const usual: ExportChoice = {
	product: "pdf",
	drawing: usualDrawing,
	size: "own",
	leastLetter: usualExport.leastLetter,
	pixels: "width",
	pixelWidth: 4000,
	dotsPerInch: 300,
	paper: "A4",
	customWidth: 600,
	customHeight: 900,
	landscape: false,
	margin: 12.7,
	overlap: 12.7,
	fill: "sheets",
	sheets: 6,
	columns: 3,
	rows: 2,
	scale: 100,
	shift: { x: 0, y: 0 },
	cropMarks: true,
	labels: true,
	map: true,
	embed: true,
};

export const useExportChoice = create<ExportChoice>(() => usual);

export const choose = (change: Partial<ExportChoice>): void => useExportChoice.setState(change);

/** What is undefined is left out again. */
export const chooseDrawing = (change: { [K in keyof DrawingRequest]?: DrawingRequest[K] | undefined }): void =>
	useExportChoice.setState(({ drawing }) => ({
		drawing: Object.fromEntries(
			Object.entries({ ...drawing, ...change }).filter(([, value]) => value !== undefined),
		) as DrawingRequest,
	}));

/** One sheet as it lies, in points. */
function sheetSize(choice: ExportChoice): { readonly width: number; readonly height: number } {
	const { paper, customWidth, customHeight, landscape } = choice;
	const { width, height } =
		paper === "custom" ? { width: customWidth * pointsPerMm, height: customHeight * pointsPerMm } : papers[paper];
	return landscape ? { width: height, height: width } : { width, height };
}

/** Margins and overlap that leave something of the sheet. */
export function paperRequest(choice: ExportChoice, fill = fillOf(choice)): NonNullable<ExportRequest["paper"]> {
	const { width, height } = sheetSize(choice);
	const { cropMarks, labels, map, shift } = choice;
	const margin = Math.min(choice.margin * pointsPerMm, Math.min(width, height) / 2 - 36);
	const usable = Math.min(width, height) - 2 * margin;
	const overlap = Math.min(choice.overlap * pointsPerMm, usable / 2);
	return { width, height, margin, overlap, fill, shift, cropMarks, labels, map };
}

function fillOf({ fill, sheets, columns, rows, scale }: ExportChoice): NonNullable<ExportRequest["paper"]>["fill"] {
	return fill === "sheets" ? { sheets } : fill === "grid" ? { columns, rows } : { scale: scale / 100 };
}

/** What the service is asked. */
export function buildRequest(choice: ExportChoice): ExportRequest {
	const { product, drawing, size, leastLetter, pixels, pixelWidth, dotsPerInch, embed } = choice;
	const isPixels = product === "png" || product === "webp";
	return {
		...drawing,
		format: product === "poster" ? "pdf" : product,
		leastLetter,
		embed,
		...(product === "poster" ? { paper: paperRequest(choice) } : size !== "own" && { figure: size }),
		...(isPixels && (pixels === "width" ? { pixelWidth } : { dotsPerInch })),
	};
}

/** What the preview shows of it: moving the grid or marking sheets draws nothing anew. */
export function previewRequest(choice: ExportChoice): ExportRequest {
	const { figure, paper, leastLetter } = buildRequest(choice);
	const plain = { shift: usual.shift, cropMarks: false, labels: false, map: false };
	return {
		...usualExport,
		...choice.drawing,
		...(figure && { figure, leastLetter }),
		...(paper && { paper: { ...paper, ...plain } }),
	};
}

/** The same on paper, for the system's print dialog: a poster's sheets, or everything on one. */
export function buildPrintRequest(choice: ExportChoice): ExportRequest {
	const { product, drawing, leastLetter } = choice;
	const paper = product === "poster" ? paperRequest(choice) : paperRequest(choice, { columns: 1, rows: 1 });
	return { ...drawing, format: "svg", leastLetter, embed: false, paper };
}
