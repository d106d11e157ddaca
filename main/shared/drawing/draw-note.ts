import type { Note } from "../document.ts";
import type { Size } from "./box.ts";
import { type Shape, text } from "./shapes.ts";
import { countCells, cutText } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

const width = 190;
const lineHeight = 14;
const cells = 28;

export function measureNote(note: Pick<Note, "text">): Size {
	return { width, height: 14 + wrapText(note.text, cells).length * lineHeight };
}

/** A note with its upper left corner at the origin. */
export function drawNote(note: Pick<Note, "text">, theme: Theme): readonly Shape[] {
	return [
		{
			type: "rect",
			x: 0,
			y: 0,
			...measureNote(note),
			radius: 5,
			fill: theme.lane,
			stroke: theme.line,
			lineWidth: 1,
		},
		...wrapText(note.text, cells).map((line, i) => text(8, 17 + i * lineHeight, line, theme.text, { size: 10 })),
	];
}

/** Lines of at most so many cells, broken between words, and within a word that is longer than a line. */
export function wrapText(content: string, most: number): readonly string[] {
	return content.split("\n").flatMap((paragraph) => {
		const lines: string[] = [];
		let line = "";
		for (const word of paragraph.split(" ").flatMap((one) => breakWord(one, most))) {
			if (line !== "" && countCells(`${line} ${word}`) > most) {
				lines.push(line);
				line = word;
			} else line = line === "" ? word : `${line} ${word}`;
		}
		return [...lines, line];
	});
}

function breakWord(word: string, most: number): readonly string[] {
	const parts: string[] = [];
	let rest = word;
	while (countCells(rest) > most) {
		// What is cut ends with an ellipsis in place of the letter that did not fit.
		const part = cutText(rest, most).slice(0, -1);
		if (part === "") break;
		parts.push(part);
		rest = rest.slice(part.length);
	}
	return [...parts, rest];
}
