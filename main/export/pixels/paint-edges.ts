import type { DrawnItem } from "#shared/drawing/drawing";
import type { CurveShape, PolygonShape } from "#shared/drawing/shapes";
import { Coverage, coverPiece } from "./stroke-coverage.ts";

/** Lines of a picture: red, green, blue, opacity of each pixel, colours multiplied by it. */
export interface PixelTarget {
	readonly pixels: Uint8Array;
	readonly width: number;
	readonly lines: number;
	readonly firstLine: number;
	/** Pixels a unit of the drawing. */
	readonly scale: number;
}

/** One band after another is of the same size. */
let scratch: Coverage | undefined;

/** How far a straight piece may lie beside its curve, in pixels. */
const tolerance = 0.1;
const mostPieces = 400;

/**
 * Paints edges. Thousands of long curves are what a large picture's time goes into, and a renderer for all of SVG takes
 * ten times as long for them as one that knows only strokes.
 */
export function paintEdges(target: PixelTarget, edges: readonly DrawnItem[]): void {
	if (scratch?.width !== target.width || scratch.height < target.lines)
		scratch = new Coverage(target.width, target.lines);
	const coverage = scratch;
	for (const { x, y, shapes } of edges)
		for (const shape of shapes) {
			if (shape.type === "curve") {
				coverCurve(coverage, target, shape, x, y);
				blend(coverage, target, shape.stroke, shape.opacity ?? 1);
			} else if (shape.type === "polygon") {
				coverPolygon(coverage, target, shape, x, y);
				blend(coverage, target, shape.fill, shape.opacity ?? 1);
			}
		}
}

function blend(coverage: Coverage, { pixels }: PixelTarget, colour: string, opacity: number): void {
	const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [
		number,
		number,
		number,
	];
	// Two parts of a pixel at a time, each in 16 bits of a word; a share of 256 is the whole.
	const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length >> 2);
	const [even, odd] = [red | (blue << 16), green | (255 << 16)];
	const whole = opacity * (256 / 255);
	const { touched, count, opacity: covered } = coverage;
	for (let i = 0; i < count; i++) {
		const index = touched[i] as number;
		const share = ((covered[index] as number) * whole + 0.5) | 0;
		covered[index] = 0;
		const rest = 256 - share;
		const word = words[index] as number;
		const first = (Math.imul(word & 0xff00ff, rest) + Math.imul(even, share) + 0x800080) >>> 8;
		const second = (Math.imul((word >>> 8) & 0xff00ff, rest) + Math.imul(odd, share) + 0x800080) >>> 8;
		words[index] = (first & 0xff00ff) | ((second & 0xff00ff) << 8);
	}
	coverage.count = 0;
}

function coverCurve(coverage: Coverage, target: PixelTarget, curve: CurveShape, dx: number, dy: number): void {
	const { scale, firstLine, lines } = target;
	const points = curve.points.map(
		(value, i) => (value + (i % 2 === 0 ? dx : dy)) * scale - (i % 2 === 0 ? 0 : firstLine),
	);
	const [x0 = 0, y0 = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3 = 0, y3 = 0] = points;
	const bend = Math.max(Math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2), Math.hypot(x1 - 2 * x2 + x3, y1 - 2 * y2 + y3));
	const count = Math.max(1, Math.min(mostPieces, Math.ceil(Math.sqrt((0.75 * bend) / tolerance))));
	const width = curve.lineWidth * scale;
	const dash = curve.dash?.map((length) => length * scale);
	let [fromX, fromY, walked] = [x0, y0, 0];
	for (let i = 1; i <= count; i++) {
		const t = i / count;
		const s = 1 - t;
		const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
		const [toX, toY] = [a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3];
		const length = Math.hypot(toX - fromX, toY - fromY);
		const isSeen = Math.min(fromY, toY) - width < lines && Math.max(fromY, toY) + width > 0;
		if (isSeen && dash) coverDashes(coverage, fromX, fromY, toX, toY, walked, length, dash, width);
		else if (isSeen) coverPiece(coverage, fromX, fromY, toX, toY, i === 1, i === count, width);
		walked += length;
		[fromX, fromY] = [toX, toY];
	}
}

/** The dashes that lie on a straight piece which begins after so much of the way. */
function coverDashes(
	coverage: Coverage,
	x1: number,
	y1: number,
	x2: number,
	y2: number,
	walked: number,
	length: number,
	dash: readonly number[],
	width: number,
): void {
	const [on = 1, off = 1] = dash;
	const period = on + off;
	const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
	for (let begin = Math.floor(walked / period) * period; begin < walked + length; begin += period) {
		const from = Math.max(begin, walked) - walked;
		const to = Math.min(begin + on, walked + length) - walked;
		if (to <= from) continue;
		const [isCutAtStart, isCutAtEnd] = [begin >= walked, begin + on <= walked + length];
		const [ax, ay] = [x1 + dx * from, y1 + dy * from];
		coverPiece(coverage, ax, ay, x1 + dx * to, y1 + dy * to, isCutAtStart, isCutAtEnd, width);
	}
}

/** Of a convex polygon's pixels, as much as their middle lies within. */
function coverPolygon(coverage: Coverage, target: PixelTarget, polygon: PolygonShape, dx: number, dy: number): void {
	const { scale, firstLine, lines, width } = target;
	const [xs, ys]: [number[], number[]] = [[], []];
	for (const [i, value] of polygon.points.entries())
		if (i % 2 === 0) xs.push((value + dx) * scale);
		else ys.push((value + dy) * scale - firstLine);
	const [highest, lowest] = [Math.min(...ys), Math.max(...ys)];
	if (lowest < 0 || highest > lines) return;
	const [top, bottom] = [Math.max(0, Math.floor(highest)), Math.min(lines - 1, Math.ceil(lowest))];
	const [left, right] = [Math.max(0, Math.floor(Math.min(...xs))), Math.min(width - 1, Math.ceil(Math.max(...xs)))];
	for (let row = top; row <= bottom; row++)
		for (let column = left; column <= right; column++) {
			const value = Math.round(255 * Math.min(1, depthWithin(xs, ys, column + 0.5, row + 0.5) + 0.5));
			if (value > 0) coverage.add(row * width + column, value);
		}
}

/** How far a point lies within the nearest side; negative outside. */
function depthWithin(xs: readonly number[], ys: readonly number[], x: number, y: number): number {
	let [least, turn] = [Number.POSITIVE_INFINITY, 0];
	for (let i = 0; i < xs.length; i++) {
		const [ax, ay] = [xs[i] as number, ys[i] as number];
		const next = (i + 1) % xs.length;
		const [sx, sy] = [(xs[next] as number) - ax, (ys[next] as number) - ay];
		if (turn === 0) {
			const third = (i + 2) % xs.length;
			turn = Math.sign(sx * ((ys[third] as number) - ay) - sy * ((xs[third] as number) - ax));
		}
		least = Math.min(least, (turn * (sx * (y - ay) - sy * (x - ax))) / Math.sqrt(sx * sx + sy * sy));
	}
	return least;
}
