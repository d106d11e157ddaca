import type { Box } from "./box.ts";
import type { Size } from "./circuit-layout.ts";
import { nodeRoom } from "./draw-circuit.ts";
import type { Drawing, DrawnItem } from "./drawing.ts";
import { cutIntoSheets, type Span } from "./sheet-cuts.ts";

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
	/** Of the drawing as it is printed. */
	readonly width: number;
	readonly height: number;
	readonly paper: Size;
	readonly margin: number;
	readonly columns: number;
	readonly rows: number;
	/** In order of rows; empty ones too. */
	readonly sheets: readonly Sheet[];
}

const mostSheets = 2500;
const leastScale = 0.001;
const bisections = 20;

/** Which part of the drawing each sheet shows, in the printed drawing's points. */
export function planPoster(drawing: Drawing, options: PosterOptions): PosterPlan {
	const { fill } = options;
	const covered = drawing.items.flatMap(coveredBoxes);
	const at = (scale: number) => planAt(drawing, options, scale, covered);
	if ("scale" in fill) return at(fill.scale);
	const fits = (plan: PosterPlan) =>
		"sheets" in fill
			? plan.sheets.filter(({ isEmpty }) => !isEmpty).length <= fill.sheets
			: plan.columns <= fill.columns && plan.rows <= fill.rows;
	// The largest scale that fits; cuts beside cards make the number of sheets jump, so bisection ends where it fits.
	let [low, high] = [leastScale, largestScale(drawing, options)];
	let best = at(low);
	for (let i = 0; i < bisections; i++) {
		const middle = Math.sqrt(low * high);
		const plan = at(middle);
		if (fits(plan)) {
			best = plan;
			low = middle;
		} else high = middle;
	}
	return best;
}

function largestScale({ width, height }: Drawing, { paper, margin, fill }: PosterOptions): number {
	const count = "sheets" in fill ? fill.sheets : "columns" in fill ? Math.max(fill.columns, fill.rows) : 1;
	const [across, down] = [paper.width - 2 * margin, paper.height - 2 * margin];
	return Math.max((across * count) / width, (down * count) / height, 2 * leastScale);
}

function planAt(drawing: Drawing, options: PosterOptions, scale: number, covered: readonly Box[]): PosterPlan {
	const { paper, margin, overlap, shift = { x: 0, y: 0 } } = options;
	const usable = { width: paper.width - 2 * margin, height: paper.height - 2 * margin };
	const cards = drawing.items.filter(({ kind }) => kind === "node" || kind === "note");
	const spans = (low: (box: Box) => number, length: (box: Box) => number): readonly Span[] =>
		cards.map(({ box, kind }) => {
			// A card's box has room for the outline of what is selected; that may be cut.
			const room = kind === "node" ? nodeRoom : 0;
			return { start: (low(box) + room) * scale, end: (low(box) + length(box) - room) * scale };
		});
	const [width, height] = [drawing.width * scale, drawing.height * scale];
	const columns = cutIntoSheets({
		length: width,
		usable: usable.width,
		overlap,
		first: 0 - shift.x,
		cards: spans(
			({ x }) => x,
			(box) => box.width,
		),
	});
	const rows = cutIntoSheets({
		length: height,
		usable: usable.height,
		overlap,
		first: 0 - shift.y,
		cards: spans(
			({ y }) => y,
			(box) => box.height,
		),
	});
	const plan = { scale, width, height, paper, margin, columns: columns.length, rows: rows.length };
	if (columns.length * rows.length > mostSheets) return { ...plan, sheets: [] };
	const filled = findFilled(covered, scale, columns, rows);
	const sheets = rows.flatMap((down, row) =>
		columns.map(
			(across, column): Sheet => ({
				row: row + 1,
				column: column + 1,
				label: `${letterOf(row)}${column + 1}`,
				x: across.start,
				y: down.start,
				width: usable.width,
				height: usable.height,
				isEmpty: !filled.has(row * columns.length + column),
				cutRight: columns[column + 1]?.start,
				cutBelow: rows[row + 1]?.start,
			}),
		),
	);
	return { ...plan, sheets };
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
	const filled = new Set<number>();
	for (const box of covered) {
		if (filled.size === columns.length * rows.length) break;
		const [left, right, top, bottom] = [box.x, box.x + box.width, box.y, box.y + box.height].map(
			(value) => value * scale,
		) as [number, number, number, number];
		for (const [row, down] of rows.entries()) {
			if (top >= down.end || bottom <= down.start) continue;
			for (const [column, across] of columns.entries())
				if (left < across.end && right > across.start) filled.add(row * columns.length + column);
		}
	}
	return filled;
}

const curveSteps = 24;
const laneName = 90;

/** An edge covers the way that it goes and not all that lies beside it; of a lane its name counts alone. */
function coveredBoxes(item: DrawnItem): readonly Box[] {
	if (item.kind === "lane") return [{ ...item.box, width: Math.min(item.box.width, laneName) }];
	const [curve] = item.shapes;
	if (item.kind !== "edge" || curve?.type !== "curve") return [item.box];
	const [x1, y1, cx1, cy1, cx2, cy2, x2, y2] = curve.points;
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
