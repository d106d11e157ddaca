import { attributionGraph } from "../effect.ts";
import { type CircuitProvenance, listProvenance } from "../provenance.ts";
import { readTokens } from "../token-characters.ts";
import type { Size } from "./box.ts";
import { wrapText } from "./draw-note.ts";
import { buildLegend } from "./legend.ts";
import { moveShape, type Shape, text } from "./shapes.ts";
import { cellWidth, countCells, cutText, showToken } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** A part of the frame around a circuit: shapes with their upper left corner at the origin, and their size. */
export interface FramePart extends Size {
	readonly shapes: readonly Shape[];
	/** What it says, for who listens. */
	readonly title: string;
}

/** Of a usual width; where it is narrow the same prompt takes more. */
const promptRows = 4;
const narrow = 600;
const chipSize = 12;
const chipHeight = 22;

/** The prompt as rows of tokens, then the caption. With cross-entropy the last token is the target. */
export function drawHeader(
	{ tokens, metricName, caption }: { tokens: readonly string[]; metricName: string; caption: string },
	width: number,
	theme: Theme,
): FramePart {
	const shapes: Shape[] = [];
	const lastRow = ((width < narrow ? 2 : 1) * promptRows - 1) * (chipHeight + 5);
	let [x, y, used] = [0, 0, 0];
	for (const [i, { inline }] of readTokens(tokens).entries()) {
		const label = cutText(showToken(inline), 18);
		const chip = countCells(label) * chipSize * cellWidth + 10;
		if (x > 0 && x + chip > width - (y >= lastRow ? 20 : 0)) {
			if (y >= lastRow) {
				shapes.push(text(x + 2, y + 15, "…", theme.text, { size: chipSize }));
				break;
			}
			[x, y] = [0, y + chipHeight + 5];
		}
		const target = metricName === "cross_entropy" && i === tokens.length - 1;
		const [fill, stroke] = target ? [theme.raise, theme.raise] : [theme.lane, theme.line];
		shapes.push(
			{ type: "rect", x, y, width: chip, height: chipHeight, radius: 4, fill, stroke, lineWidth: 1 },
			text(x + chip / 2, y + 15, label, target ? theme.onSign : theme.text, { size: chipSize, align: "middle" }),
		);
		x += chip + 4;
		used = Math.max(used, x);
	}
	let bottom = tokens.length > 0 ? y + chipHeight + 22 : 12;
	for (const line of wrapText(caption, Math.floor(width / (11 * cellWidth)))) {
		shapes.push(text(0, bottom, line, theme.quiet, { size: 11 }));
		used = Math.max(used, countCells(line) * 11 * cellWidth);
		bottom += 15;
	}
	return { shapes, width: used, height: bottom - 8, title: `Prompt ${JSON.stringify(tokens.join(""))} · ${caption}` };
}

export function drawLegend(metricName: string, width: number, theme: Theme): FramePart {
	const shapes: Shape[] = [];
	let [x, y, used] = [0, 0, 0];
	const entries = buildLegend(theme, metricName);
	for (const { sign, label } of entries) {
		const wide = 38 + countCells(label) * 10 * cellWidth;
		if (x > 0 && x + wide > width) [x, y] = [0, y + 22];
		shapes.push(
			...sign.map((shape) => moveShape(shape, x, y)),
			text(x + 38, y + 11.5, label, theme.text, { size: 10 }),
		);
		used = Math.max(used, x + wide);
		x += wide + 22;
	}
	y += 38;
	const edge =
		metricName === attributionGraph
			? "An edge is what its source adds to its target"
			: "An edge is what its source does to the target directly through the node that it leads to";
	const note = `${edge}; stronger is wider${theme.pure ? "" : " and more opaque"}. a: activation; ↑ raises the target by so much, ↓ lowers it.`;
	for (const line of wrapText(note, Math.floor(width / (8.5 * cellWidth)))) {
		shapes.push(text(0, y, line, theme.quiet, { size: 8.5 }));
		used = Math.max(used, countCells(line) * 8.5 * cellWidth);
		y += 12;
	}
	const title = `Legend: ${entries.map(({ label }) => label).join(", ")}. ${note}`;
	return { shapes, width: used, height: y - 8, title };
}

const nameCells = 14;

/** Where the circuit comes from, a line for each thing, under a rule as long as the longest. */
export function drawProvenance(of: CircuitProvenance, width: number, theme: Theme): FramePart {
	const size = 8.5;
	const cell = size * cellWidth;
	const cells = Math.max(24, Math.floor(Math.min(width, 900) / cell) - nameCells);
	const shapes: Shape[] = [];
	let [y, used] = [16, 0];
	const rows = listProvenance(of);
	for (const [name, value] of rows) {
		shapes.push(text(0, y, name, theme.quiet, { size }));
		const lines = wrapText(value.replace(/\n/g, "\\n"), cells);
		for (const line of lines) {
			shapes.push(text(nameCells * cell, y, line, theme.text, { size }));
			used = Math.max(used, (nameCells + countCells(line)) * cell);
			y += 12;
		}
	}
	const rule = { points: [0, 0.5, used, 0.5], stroke: theme.line, lineWidth: theme.pure ? 0.5 : 1 };
	const title = `Where it comes from: ${rows.map(([name, value]) => `${name} ${value}`).join("; ")}`;
	return { shapes: [{ type: "segments", ...rule }, ...shapes], width: used, height: y - 6, title };
}
