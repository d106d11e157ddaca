import type { Glyph } from "fontkit";
import type { SetText } from "./typesetter.ts";

/** Outlines are written in whole thousandths of the letters' size. */
export const outlineUnits = 1000;

type Point = readonly [x: number, y: number];

const known = new WeakMap<Glyph, readonly Stroke[]>();

export interface Stroke {
	readonly letter: "M" | "L" | "Q" | "C" | "Z";
	readonly points: readonly Point[];
}

/** A text's letters as the `d` of one SVG path, y downwards, the baseline's beginning at the origin. */
export function outlineText({ runs }: SetText): string {
	let d = "";
	const pen: Pen = { x: 0, y: 0, startX: 0, startY: 0 };
	for (const run of runs) {
		const unit = outlineUnits / run.face.font.unitsPerEm;
		for (const { glyph, x, y } of run.glyphs) {
			const [dx, dy] = [(run.x + x) * outlineUnits, -y * outlineUnits];
			for (const { letter, points } of strokesOf(glyph))
				d += writeStroke(
					letter,
					points.map(([px, py]) => [Math.round(px * unit + dx), Math.round(-py * unit + dy)]),
					pen,
				);
		}
	}
	return d;
}

/** A glyph's outline in its font's units, y upwards. */
export function strokesOf(glyph: Glyph): readonly Stroke[] {
	const before = known.get(glyph);
	if (before) return before;
	const letters = { moveTo: "M", lineTo: "L", quadraticCurveTo: "Q", bezierCurveTo: "C", closePath: "Z" } as const;
	const strokes = glyph.path.commands.map(({ command, args }) => ({
		letter: letters[command],
		points: Array.from({ length: args.length / 2 }, (_, i): Point => [args[2 * i] ?? 0, args[2 * i + 1] ?? 0]),
	}));
	known.set(glyph, strokes);
	return strokes;
}

/** Where the last stroke ended, and where its outline began, to which closing it returns. */
interface Pen {
	x: number;
	y: number;
	startX: number;
	startY: number;
}

/** Relative, because that takes fewer digits. */
function writeStroke(letter: Stroke["letter"], points: readonly Point[], pen: Pen): string {
	if (letter === "Z") {
		[pen.x, pen.y] = [pen.startX, pen.startY];
		return "z";
	}
	const [x, y] = points.at(-1) ?? [0, 0];
	let text = letter.toLowerCase();
	if (letter === "L" && (x === pen.x || y === pen.y)) text = x === pen.x ? `v${y - pen.y}` : `h${x - pen.x}`;
	else
		for (const [i, [px, py]] of points.entries()) {
			const [dx, dy] = [px - pen.x, py - pen.y];
			text += `${i > 0 && dx >= 0 ? " " : ""}${dx}${dy < 0 ? "" : " "}${dy}`;
		}
	if (letter === "M") [pen.startX, pen.startY] = [x, y];
	[pen.x, pen.y] = [x, y];
	return text;
}
