import type { DrawnItem } from "#shared/drawing/drawing";
import type { CurveShape, RectShape, Shape, TextShape } from "#shared/drawing/shapes";
import { strokesOf } from "../letters/outline.ts";
import type { Typesetter } from "../letters/typesetter.ts";
import { Area } from "./area.ts";
import { flattenCurve, type Line, lineThrough, type Place, strokeLine } from "./line.ts";
import { type MixedColour, type PixelLines, readColour } from "./pixel-lines.ts";
import { Stroke } from "./stroke.ts";

/** Numbers of flattened curves that are kept: 32 MB. */
const mostKept = 4_000_000;
/** Letters are painted so many sizes above and below their line, and no further: some marks pile up for ever. */
const letterReach = 3;

/**
 * Paints drawings. They know a handful of shapes, so that this takes a fraction of the time of a renderer for all of SVG;
 * and everything is computed in places of the whole picture, so that a line is the same whatever is painted with it.
 */
export class Painter {
	readonly #typesetter: Typesetter;
	/** Pixels a unit of the drawing. */
	readonly #scale: number;
	readonly #area = new Area();
	readonly #lines = new Map<CurveShape, Line>();
	/** Numbers in them. */
	#kept = 0;
	#stroke: Stroke | undefined;

	constructor(typesetter: Typesetter, scale: number) {
		this.#typesetter = typesetter;
		this.#scale = scale;
	}

	/** The lines between which an item is seen. */
	reachOf({ box, shapes, scale = 1 }: DrawnItem): { readonly top: number; readonly bottom: number } {
		let beyond = 1;
		for (const shape of shapes)
			beyond = Math.max(beyond, scale * (shape.type === "text" ? letterReach * shape.size : widthOf(shape)));
		return {
			top: Math.floor((box.y - beyond) * this.#scale) - 1,
			bottom: Math.ceil((box.y + box.height + beyond) * this.#scale) + 1,
		};
	}

	paint(target: PixelLines, { x, y, scale = 1, shapes }: DrawnItem): void {
		const stroke = this.#strokeOver(target);
		const place = { x: x * this.#scale, y: y * this.#scale, unit: scale * this.#scale };
		for (const shape of shapes) this.#paintShape(target, stroke, shape, place);
	}

	/** Strokes need not be painted where one of these items will hide them. */
	hideBehind(target: PixelLines, { x, y, scale = 1, shapes }: DrawnItem): void {
		const unit = scale * this.#scale;
		for (const shape of shapes) {
			if (shape.type !== "rect" || !shape.fill || shape.opacity !== undefined) continue;
			// Its corners may be round.
			const within = unit * Math.min(shape.radius ?? 0, shape.width / 2, shape.height / 2);
			const [left, top] = [x * this.#scale + unit * shape.x, y * this.#scale + unit * shape.y];
			const [right, bottom] = [left + unit * shape.width, top + unit * shape.height];
			const inner = { left: Math.ceil(left + within), right: Math.floor(right - within) };
			const full = { top: Math.ceil(top), bottom: Math.floor(bottom) };
			if (inner.left < inner.right) this.#strokeOver(target).hide({ ...inner, ...full });
		}
	}

	/** All strokes are painted again. */
	reveal(): void {
		this.#stroke?.reveal();
	}

	#strokeOver(target: PixelLines): Stroke {
		let stroke = this.#stroke;
		if (stroke?.turnTo(target)) return stroke;
		stroke = new Stroke(target.width, target.lines);
		stroke.turnTo(target);
		this.#stroke = stroke;
		return stroke;
	}

	#paintShape(target: PixelLines, stroke: Stroke, shape: Shape, place: Place): void {
		const { x, y, unit } = place;
		switch (shape.type) {
			case "rect":
				if (shape.fill) this.#fillRect(target, shape, shape.fill, place);
				if (shape.stroke) {
					strokeRect(stroke, shape, place);
					stroke.paint(target, readColour(shape.stroke), 1);
				}
				break;
			case "text":
				this.#fillText(target, shape, place);
				break;
			case "polygon": {
				const { points, fill, opacity = 1 } = shape;
				for (let i = 0; i < points.length; i += 2) {
					const [px, py] = [x + unit * (points[i] as number), y + unit * (points[i + 1] as number)];
					if (i === 0) this.#area.moveTo(px, py);
					else this.#area.lineTo(px, py);
				}
				this.#area.fill(target, readColour(fill), opacity);
				break;
			}
			case "curve":
				strokeLine(stroke, this.#flatten(shape, place), {
					width: shape.lineWidth * unit,
					...(shape.dash && { dash: shape.dash.map((length) => length * unit) }),
				});
				stroke.paint(target, readColour(shape.stroke), shape.opacity ?? 1);
				break;
			default: {
				const points = shape.type === "line" ? [shape.x1, shape.y1, shape.x2, shape.y2] : shape.points;
				const ends = points.map((value, i) => (i % 2 === 0 ? x : y) + unit * value);
				const dash = shape.type === "line" ? undefined : shape.dash?.map((length) => length * unit);
				const pen = { width: shape.lineWidth * unit, ...(dash && { dash }) };
				for (let i = 0; i < ends.length; i += 4) strokeLine(stroke, lineThrough(ends.slice(i, i + 4)), pen);
				stroke.paint(target, readColour(shape.stroke), 1);
			}
		}
	}

	/** The next lines of the picture show most curves again. */
	#flatten(curve: CurveShape, place: Place): Line {
		const known = this.#lines.get(curve);
		if (known) return known;
		const line = flattenCurve(curve, place, curve.dash !== undefined);
		this.#kept += line.points.length;
		if (this.#kept < mostKept) this.#lines.set(curve, line);
		return line;
	}

	#fillRect(target: PixelLines, rect: RectShape, fill: string, { x, y, unit }: Place): void {
		const { opacity = 1, radius } = rect;
		const colour = readColour(fill);
		const [left, top] = [x + unit * rect.x, y + unit * rect.y];
		const [right, bottom] = [left + unit * rect.width, top + unit * rect.height];
		if (!radius) {
			fillBox(target, { left, top, right, bottom }, colour, opacity);
			return;
		}
		const corners = outlineRect(left, top, right, bottom, radius * unit);
		for (let i = 0; i < corners.length; i += 2)
			if (i === 0) this.#area.moveTo(corners[i] as number, corners[i + 1] as number);
			else this.#area.lineTo(corners[i] as number, corners[i + 1] as number);
		this.#area.fill(target, colour, opacity);
	}

	#fillText(target: PixelLines, shape: TextShape, { x, y, unit }: Place): void {
		const { text, align, fill } = shape;
		const size = shape.size * unit;
		const baseline = y + unit * shape.y;
		const [above, below] = [baseline - letterReach * size, baseline + letterReach * size];
		if (below <= target.firstLine || above >= target.firstLine + target.lines) return;
		const { runs, width, squeeze } = this.#typesetter.set(text, shape);
		const shift = align === undefined ? 0 : align === "middle" ? width / 2 : width;
		const area = this.#area;
		for (const run of runs) {
			const perUnit = 1 / run.face.font.unitsPerEm;
			for (const { glyph, x: across, y: up } of run.glyphs) {
				const ox = x + unit * shape.x - shift * size + squeeze * size * (run.x + across);
				const oy = baseline - size * up;
				const [wide, high] = [squeeze * size * perUnit, size * perUnit];
				for (const { letter, points } of strokesOf(glyph)) {
					const at = points.map(([px, py]) => [ox + wide * px, oy - high * py] as const);
					const [a = [0, 0], b = [0, 0], c = [0, 0]] = at;
					if (letter === "M") area.moveTo(...a);
					else if (letter === "L") area.lineTo(...a);
					else if (letter === "Q") area.quadTo(...a, ...b);
					else if (letter === "C") area.cubicTo(...a, ...b, ...c);
					else area.close();
				}
			}
		}
		area.fill(target, readColour(fill), 1, above, below);
	}
}

const widthOf = (shape: Shape): number => ("lineWidth" in shape ? (shape.lineWidth ?? 1) : 0);

interface Edges {
	readonly left: number;
	readonly top: number;
	readonly right: number;
	readonly bottom: number;
}

/** Each pixel by how much of it lies within. */
function fillBox(target: PixelLines, { left, top, right, bottom }: Edges, colour: MixedColour, opacity: number): void {
	const from = Math.max(0, Math.floor(left));
	const to = Math.min(target.width, Math.ceil(right));
	const [innerFrom, innerTo] = [Math.max(from, Math.ceil(left)), Math.min(to, Math.floor(right))];
	const end = Math.min(target.firstLine + target.lines, Math.ceil(bottom));
	for (let line = Math.max(target.firstLine, Math.floor(top)); line < end; line++) {
		const whole = 256 * opacity * (Math.min(line + 1, bottom) - Math.max(line, top));
		const base = (line - target.firstLine) * target.width;
		const mix = (column: number) => {
			const wide = Math.min(column + 1, right) - Math.max(column, left);
			target.mix(base + column, (wide * whole + 0.5) | 0, colour);
		};
		for (let column = from; column < Math.min(to, innerFrom); column++) mix(column);
		if (innerFrom < innerTo) target.mixSpan(base + innerFrom, base + innerTo, (whole + 0.5) | 0, colour);
		for (let column = Math.max(innerFrom, innerTo); column < to; column++) mix(column);
	}
}

/** Corners and arcs from where the upper side begins, clockwise, as SVG goes round a rectangle; closed. */
function outlineRect(left: number, top: number, right: number, bottom: number, radius: number): readonly number[] {
	const r = Math.min(radius, (right - left) / 2, (bottom - top) / 2);
	const steps = Math.max(2, Math.ceil(Math.sqrt(r / 0.1)));
	const points: number[] = [left + r, top];
	const turns = [
		[right - r, top + r, -1],
		[right - r, bottom - r, 0],
		[left + r, bottom - r, 1],
		[left + r, top + r, 2],
	] as const;
	for (const [x, y, quarter] of turns)
		for (let i = 0; i <= steps; i++) {
			const angle = ((quarter + i / steps) * Math.PI) / 2;
			points.push(x + r * Math.cos(angle), y + r * Math.sin(angle));
		}
	return points;
}

function strokeRect(stroke: Stroke, rect: RectShape, { x, y, unit }: Place): void {
	const [left, top] = [x + unit * rect.x, y + unit * rect.y];
	const [right, bottom] = [left + unit * rect.width, top + unit * rect.height];
	const width = (rect.lineWidth ?? 1) * unit;
	const dash = rect.dash?.map((length) => length * unit);
	if (rect.radius || dash) {
		const pen = { width, isClosed: true, ...(dash && { dash }), ...(rect.dots && { isRound: true }) };
		strokeLine(stroke, lineThrough(outlineRect(left, top, right, bottom, (rect.radius ?? 0) * unit)), pen);
		return;
	}
	// Sharp corners: each side reaches to the outside of the next.
	const half = width / 2;
	for (const at of [top, bottom]) stroke.addPiece(left - half, at, right + half, at, true, true, width);
	for (const at of [left, right]) stroke.addPiece(at, top - half, at, bottom + half, true, true, width);
}
