import type { CurveShape } from "#shared/drawing/shapes";
import type { Stroke } from "./stroke.ts";

/** How far a straight piece may lie beside its curve, in pixels. */
const tolerance = 0.1;
const mostPieces = 400;

/** Where an item's units lie in the picture, in pixels. */
export interface Place {
	readonly x: number;
	readonly y: number;
	readonly unit: number;
}

/** Straight pieces, each from where the one before ends, in pixels of the whole picture. */
export interface Line {
	/** x, y of each point in turn. */
	readonly points: ArrayLike<number>;
	/** How far it is to each point along the line; absent where nobody asks. */
	readonly walked?: Float64Array;
	/** Points lie ever lower (1) or ever higher (-1), or now this way and now that (0). */
	readonly down: -1 | 0 | 1;
}

export interface Pen {
	readonly width: number;
	/** On and off in turn, in pixels. */
	readonly dash?: readonly number[];
	/** Ends of dashes are round. */
	readonly isRound?: boolean;
	/** The line ends where it began. */
	readonly isClosed?: boolean;
}

export const lineThrough = (points: ArrayLike<number>): Line => ({ points, walked: measure(points), down: 0 });

export function flattenCurve({ points: at }: CurveShape, { x, y, unit }: Place, isMeasured: boolean): Line {
	const [x0, x1, x2, x3] = [x + unit * at[0], x + unit * at[2], x + unit * at[4], x + unit * at[6]];
	const [y0, y1, y2, y3] = [y + unit * at[1], y + unit * at[3], y + unit * at[5], y + unit * at[7]];
	const bend = Math.max(Math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2), Math.hypot(x1 - 2 * x2 + x3, y1 - 2 * y2 + y3));
	const count = Math.max(1, Math.min(mostPieces, Math.ceil(Math.sqrt((0.75 * bend) / tolerance))));
	const points = new Float64Array(2 * count + 2);
	let down: Line["down"] = y0 <= y1 && y1 <= y2 && y2 <= y3 ? 1 : y0 >= y1 && y1 >= y2 && y2 >= y3 ? -1 : 0;
	for (let i = 0; i <= count; i++) {
		const t = i / count;
		const s = 1 - t;
		const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
		points[2 * i] = a * x0 + b * x1 + c * x2 + d * x3;
		points[2 * i + 1] = a * y0 + b * y1 + c * y2 + d * y3;
		// Rounded, neighbours may change places.
		if (i > 0 && down * ((points[2 * i + 1] as number) - (points[2 * i - 1] as number)) < 0) down = 0;
	}
	return { points, ...(isMeasured && { walked: measure(points) }), down };
}

function measure(points: ArrayLike<number>): Float64Array {
	const walked = new Float64Array(points.length / 2);
	for (let i = 1; i < walked.length; i++) {
		const [dx, dy] = [
			(points[2 * i] as number) - (points[2 * i - 2] as number),
			(points[2 * i + 1] as number) - (points[2 * i - 1] as number),
		];
		walked[i] = (walked[i - 1] as number) + Math.sqrt(dx * dx + dy * dy);
	}
	return walked;
}

/** Adds a line to a stroke; where it is dashed, the dashes go on around its corners. */
export function strokeLine(stroke: Stroke, line: Line, pen: Pen): void {
	const { points, walked, down } = line;
	const { width, dash, isRound = false, isClosed = false } = pen;
	const count = points.length / 2 - 1;
	const first = findFirst(stroke, line, width);
	for (let i = first; i < count; i++) {
		const [x1, y1] = [points[2 * i] as number, points[2 * i + 1] as number];
		const [x2, y2] = [points[2 * i + 2] as number, points[2 * i + 3] as number];
		if (!stroke.meets(y1, y2, width)) {
			// All that comes is farther away.
			if (down !== 0 && stroke.isBefore(y1, down === 1 ? -1 : 1, width)) return;
		} else if (dash && walked)
			strokeDashes(stroke, [x1, y1, x2, y2], [walked[i] as number, walked[i + 1] as number], dash, width, isRound);
		else stroke.addPiece(x1, y1, x2, y2, !isClosed && i === 0, !isClosed && i === count - 1, width);
	}
}

/** Of a line that goes one way, the last piece before those that the stroke's lines can show; else the first of all. */
function findFirst(stroke: Stroke, { points, down }: Line, width: number): number {
	if (down === 0) return 0;
	let [low, high] = [0, points.length / 2 - 1];
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if (stroke.isBefore(points[2 * middle + 1] as number, down, width)) low = middle;
		else high = middle;
	}
	return low;
}

type Four = readonly [x1: number, y1: number, x2: number, y2: number];

/** The dashes that lie on a straight piece between two distances along its line. */
function strokeDashes(
	stroke: Stroke,
	[x1, y1, x2, y2]: Four,
	[start, end]: readonly [number, number],
	[on = 1, off = 1]: readonly number[],
	width: number,
	isRound: boolean,
): void {
	const length = end - start;
	if (length === 0) return;
	const period = on + off;
	const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
	for (let begin = Math.floor(start / period) * period; begin < end; begin += period) {
		const from = Math.max(begin, start) - start;
		const to = Math.min(begin + on, end) - start;
		if (to <= from) continue;
		const isCutAtStart = !isRound && begin >= start;
		const isCutAtEnd = !isRound && begin + on <= end;
		stroke.addPiece(x1 + dx * from, y1 + dy * from, x1 + dx * to, y1 + dy * to, isCutAtStart, isCutAtEnd, width);
	}
}
