import { screenLetter } from "#shared/drawing/screen-card";
import { cellWidth, countCells, cutText, showToken } from "#shared/drawing/svg-text";
import { freeSize } from "./camera.ts";
import { letterScale } from "./marks.ts";
import type { Frame } from "./overlay.ts";
import { fontOf } from "./paint-shapes.ts";

/** The strips above and below in which columns are named. */
const usualStrip = 20;
const mostCells = 12;

/** Tokens above and below their columns, which stay in view; where columns are narrow, names give way to one another. */
export function paintColumnNames(context: CanvasRenderingContext2D, frame: Frame, from: number): void {
	const { picture, camera, width } = frame;
	const { scene, theme, tokenAt } = picture;
	if (scene.columns.length === 0) return;
	const size = screenLetter * letterScale();
	const strip = usualStrip * letterScale();
	const middles = scene.columns.map(({ left, right }) => ((left + right) / 2 - camera.x) * camera.zoom);
	const names = scene.columns.map(({ position }) => ({ text: showToken(tokenAt(position)), at: `@${position}` }));
	const placed: { readonly x: number; readonly text: string }[] = [];
	let free = from;
	for (const [i, x] of middles.entries()) {
		if (x < from || x > width) continue;
		const name = names[i] as (typeof names)[number];
		// As far as to the middle of what lies between this column and the next, or its own width.
		const pitch = Math.min(x - (middles[i - 1] ?? -1e9), (middles[i + 1] ?? 1e9) - x);
		const room = Math.floor(pitch / (size * cellWidth)) - 1;
		const whole = `${name.text} ${name.at}`;
		// Rather every second name than none that can be read.
		const text = countCells(whole) <= room ? whole : cutText(name.text, mostCells);
		const half = (countCells(text) * size * cellWidth) / 2 + 4;
		if (x - half < free) continue;
		free = x + half;
		placed.push({ x, text });
	}
	const bottom = freeSize().height - strip;
	context.font = fontOf({ size });
	context.textAlign = "center";
	for (const top of [0, bottom]) {
		context.fillStyle = theme.background;
		context.fillRect(from, top, width - from, strip);
		context.fillStyle = theme.line;
		context.fillRect(from, top === 0 ? strip : top, width - from, 1);
		context.fillStyle = theme.text;
		for (const { x, text } of placed) context.fillText(text, x, top + 0.7 * strip);
	}
}
