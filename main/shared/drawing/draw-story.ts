import type { FramePart } from "./draw-frame.ts";
import { wrapText } from "./draw-note.ts";
import { type Shape, text } from "./shapes.ts";
import { cellWidth, countCells } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** A step of a story as it is printed. */
export interface ToldStep {
	readonly text: string;
	/** What the nodes of its path are called. */
	readonly path: readonly string[];
}

const size = 11;
const small = 8.5;
const indent = 26;
/** Longer lines are hard to read. */
const mostCells = 110;

/** The story under the circuit: numbered steps, each with its path in small letters below. */
export function drawStory(steps: readonly ToldStep[], width: number, theme: Theme): FramePart {
	const room = width - indent;
	const cells = (letter: number) => Math.min(mostCells, Math.max(20, Math.floor(room / (letter * cellWidth))));
	const shapes: Shape[] = [text(0, 11, "Story", theme.quiet, { size: 10.5, bold: true })];
	let [y, used] = [32, 0];
	const write = (line: string, letter: number, colour: string, height: number) => {
		shapes.push(text(indent, y, line, colour, { size: letter }));
		used = Math.max(used, indent + countCells(line) * letter * cellWidth);
		y += height;
	};
	for (const [i, step] of steps.entries()) {
		shapes.push(text(0, y, `${i + 1}`, theme.text, { size, bold: true }));
		for (const line of wrapText(step.text, cells(size))) write(line, size, theme.text, 16);
		for (const line of wrapText(step.path.join(" → "), cells(small))) write(line, small, theme.quiet, 12);
		y += 8;
	}
	const title = `Story: ${steps.map((step, i) => `${i + 1}. ${step.text}`).join(" ")}`;
	return { shapes, width: used, height: y - 12, title };
}
