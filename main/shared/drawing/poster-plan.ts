import type { Box, Size } from "./box.ts";
import { nodeRoom } from "./draw-circuit.ts";
import type { Drawing, DrawnItem } from "./drawing.ts";
import type { CurveShape } from "./shapes.ts";
import { cutIntoSheets, type Span } from "./sheet-cuts.ts";
import { cellWidth, countCells } from "./svg-text.ts";

/** A drawing over many sheets of paper. Lengths in points, 1/72 inch. */
export interface PosterOptions {
	readonly paper: Size;
	/** White on all sides of a sheet: what printers leave free. */
	readonly margin: number;
	readonly overlap: number;
	/** Points a unit of the drawing, or so many sheets as there may be. */
	readonly fill:
		| { readonly scale: number }
		| { readonly sheets: number }
		| { readonly columns: number; readonly rows: number };
	/** How far the first sheet begins before the drawing; moves the whole grid. */
	readonly shift?: { readonly x: number; readonly y: number };
}

export interface Sheet extends Box {
	/** Beginning with 1. */
	readonly row: number;
	readonly column: number;
	/** `A1`: row A, column 1. */
	readonly label: string;
	/** Nothing is on it but bands of lanes: it is not printed. */
	readonly isEmpty: boolean;
	/** Where it is cut off or glued under its right and its lower neighbour; undefined at the poster's end. */
	readonly cutRight: number | undefined;
	readonly cutBelow: number | undefined;
}

export interface PosterPlan {
	readonly scale: number;
	/** Of the drawing as it is printed, with its empty rim. */
	readonly width: number;
	readonly height: number;
	readonly paper: Size;
	readonly margin: number;
	readonly columns: number;
	readonly rows: number;
	/** In order of rows; empty ones too. */
	readonly sheets: readonly Sheet[];
}

/** Nobody glues more. */
export const mostSheets = 2500;
const leastScale = 0.001;
const bisections = 20;
const atFirst = { x: 0, y: 0 };

/**
 * Which part of the drawing each sheet shows, in the printed drawing's points. Moving the grid changes no scale: where
 * it needs more sheets then, it has them.
 */
export function planPoster(drawing: Drawing, options: PosterOptions): PosterPlan {
	return planAt(drawing, options, findScale(drawing, options));
}

export const countPrinted = ({ sheets }: PosterPlan): number =>
	sheets.reduce((count, { isEmpty }) => count + (isEmpty ? 0 : 1), 0);

const scales = new WeakMap<Drawing, Map<string, number>>();

/** Kept for a drawing, because dragging the grid asks again and again. */
function findScale(drawing: Drawing, options: PosterOptions): number {
	const { fill, paper, margin, overlap } = options;
	if ("scale" in fill) return fill.scale;
	const known = scales.get(drawing) ?? new Map<string, number>();
	scales.set(drawing, known);
	const key = JSON.stringify([fill, paper.width, paper.height, margin, overlap]);
	const scale = known.get(key) ?? searchScale(drawing, { ...options, shift: atFirst });
	known.set(key, scale);
	return scale;
}

function searchScale(drawing: Drawing, options: PosterOptions): number {
	const { fill } = options;
	const fits = (plan: PosterPlan) =>
		plan.sheets.length > 0 &&
		("sheets" in fill
			? countPrinted(plan) <= fill.sheets
			: "columns" in fill && plan.columns <= fill.columns && plan.rows <= fill.rows);
	// The largest scale that fits; cuts beside cards make the number of sheets jump, so bisection ends where it fits.
	let [low, high] = [leastScale, largestScale(drawing, options)];
	for (let i = 0; i < bisections; i++) {
		const middle = Math.sqrt(low * high);
		if (fits(planAt(drawing, options, middle))) low = middle;
		else high = middle;
	}
	return low;
}

function largestScale({ width, height }: Drawing, { paper, margin, fill }: PosterOptions): number {
	const count = "sheets" in fill ? fill.sheets : "columns" in fill ? Math.max(fill.columns, fill.rows) : 1;
	const [across, down] = [paper.width - 2 * margin, paper.height - 2 * margin];
	return Math.max((across * count) / width, (down * count) / height, 2 * leastScale);
}

function planAt(drawing: Drawing, options: PosterOptions, scale: number): PosterPlan {
	const { paper, margin, overlap, shift = atFirst } = options;
	const usable = { width: paper.width - 2 * margin, height: paper.height - 2 * margin };
	const spans = (kinds: readonly DrawnItem["kind"][], axis: "x" | "y", size: "width" | "height"): readonly Span[] =>
		drawing.items
			.filter(({ kind }) => kinds.includes(kind))
			.map(({ box, kind }) => {
				// A card's box has room for the outline of what is selected; that may be cut.
				const room = kind === "node" ? nodeRoom : 0;
				return { start: (box[axis] + room) * scale, end: (box[axis] + box[size] - room) * scale };
			});
	const cut = (axis: "x" | "y", size: "width" | "height"): readonly Span[] =>
		cutIntoSheets({
			length: drawing[size] * scale,
			usable: usable[size],
			overlap,
			first: 0 - shift[axis],
			cards: spans(["node", "note"], axis, size),
			// Who moves the grid says where it lies.
			words: shift[axis] === 0 ? spans(["frame"], axis, size) : [],
		});
	const [across, down] = [cut("x", "width"), cut("y", "height")];
	const [width, height] = [drawing.width * scale, drawing.height * scale];
	const plan = { scale, width, height, paper, margin };
	if (across.length * down.length > mostSheets)
		return { ...plan, columns: across.length, rows: down.length, sheets: [] };
	// What neighbours both show is the next one's: a sheet on which nothing else is would be glued under whole.
	const filled = findFilled(listCovered(drawing), scale, ownSpans(across), ownSpans(down));
	// Columns and rows at the rim on which nothing is drawn are none.
	const columns = trimSpans(across, (column) => down.some((_, row) => filled.has(row * across.length + column)));
	const rows = trimSpans(down, (row) => across.some((_, column) => filled.has(row * across.length + column)));
	const sheets = rows.flatMap((top, row) =>
		columns.map(
			(left, column): Sheet => ({
				row: row + 1,
				column: column + 1,
				label: `${letterOf(row)}${column + 1}`,
				x: left.start,
				y: top.start,
				width: usable.width,
				height: usable.height,
				isEmpty: !filled.has(down.indexOf(top) * across.length + across.indexOf(left)),
				cutRight: columns[column + 1]?.start,
				cutBelow: rows[row + 1]?.start,
			}),
		),
	);
	return { ...plan, columns: columns.length, rows: rows.length, sheets };
}

const ownSpans = (spans: readonly Span[]): readonly Span[] =>
	spans.map(({ start, end }, i) => ({ start, end: spans[i + 1]?.start ?? end }));

function trimSpans(spans: readonly Span[], isUsed: (index: number) => boolean): readonly Span[] {
	const used = spans.flatMap((_, index) => (isUsed(index) ? [index] : []));
	return used.length === 0 ? spans.slice(0, 1) : spans.slice(used[0], (used.at(-1) ?? 0) + 1);
}

/** A, B, … Z, AA, AB: as columns of a spreadsheet are called. */
function letterOf(index: number): string {
	return (index >= 26 ? letterOf(Math.floor(index / 26) - 1) : "") + String.fromCharCode(65 + (index % 26));
}

/** Indices of the sheets on which something is drawn: `row * columns + column`. */
function findFilled(
	covered: readonly Box[],
	scale: number,
	columns: readonly Span[],
	rows: readonly Span[],
): ReadonlySet<number> {
	let open = rows.flatMap((down, row) =>
		columns.map((across, column) => ({ index: row * columns.length + column, across, down })),
	);
	const filled = new Set<number>();
	for (const box of covered) {
		if (open.length === 0) break;
		const [left, right] = [box.x * scale, (box.x + box.width) * scale];
		const [top, bottom] = [box.y * scale, (box.y + box.height) * scale];
		const before = filled.size;
		for (const { index, across, down } of open)
			if (left < across.end && right > across.start && top < down.end && bottom > down.start) filled.add(index);
		if (filled.size > before) open = open.filter(({ index }) => !filled.has(index));
	}
	return filled;
}

const covered = new WeakMap<Drawing, readonly Box[]>();

function listCovered(drawing: Drawing): readonly Box[] {
	const { items } = drawing;
	// Edges are many, and most sheets have a card: those are asked first.
	const boxes =
		covered.get(drawing) ??
		[...items.filter(({ kind }) => kind !== "edge"), ...items.filter(({ kind }) => kind === "edge")].flatMap(
			coveredBoxes,
		);
	covered.set(drawing, boxes);
	return boxes;
}

const curveSteps = 24;

/** An edge covers the way that it goes and not all that lies beside it; of a lane its name counts alone. */
function coveredBoxes(item: DrawnItem): readonly Box[] {
	if (item.kind === "lane")
		return item.shapes.flatMap((shape) =>
			shape.type === "text"
				? [
						{
							x: item.x + shape.x,
							y: item.y + shape.y - shape.size,
							width: countCells(shape.text) * shape.size * cellWidth,
							height: 1.3 * shape.size,
						},
					]
				: [],
		);
	if (item.kind !== "edge") return [item.box];
	return item.shapes.flatMap((shape) => (shape.type === "curve" ? boxesAlong(shape, item) : []));
}

function boxesAlong({ points: curve }: CurveShape, item: DrawnItem): readonly Box[] {
	const [x1, y1, cx1, cy1, cx2, cy2, x2, y2] = curve;
	const at = (t: number, a: number, b: number, c: number, d: number) =>
		(1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c + t ** 3 * d;
	const points = Array.from({ length: curveSteps + 1 }, (_, i) => {
		const t = i / curveSteps;
		return [item.x + at(t, x1, cx1, cx2, x2), item.y + at(t, y1, cy1, cy2, y2)] as const;
	});
	return points.slice(1).map(([x, y], i) => {
		const [px, py] = points[i] as readonly [number, number];
		const [left, top] = [Math.min(x, px) - 2, Math.min(y, py) - 2];
		return { x: left, y: top, width: Math.abs(x - px) + 4, height: Math.abs(y - py) + 4 };
	});
}
