import type { Drawing } from "#shared/drawing/drawing";
import type { Page, PageView } from "#shared/drawing/page";
import { papers } from "#shared/drawing/paper";
import type { Shape } from "#shared/drawing/shapes";
import { cellWidth, countCells, cutText } from "#shared/drawing/svg-text";
import type { Report, ReportBlock, ReportTable } from "#shared/report";
import { breakCommand, wrapText } from "./wrap-text.ts";

const margin = 54;
const ink = "#14161a";
const faint = "#5c626b";
const line = "#d0d2ca";
const sunk = "#f2f2ec";
/** Sizes of letters in points, and what a line takes of them. */
const sizes = { title: 19, 2: 12.5, 3: 10.5, text: 9, table: 7.4, code: 7.4 } as const;
const leading = 1.42;

/** A report on sheets of A4, all letters set by us; the drawing stands on one of them. */
export function layOutReport({ title, blocks }: Report, drawing: Drawing): readonly Page[] {
	const sheet = new Sheets(drawing);
	sheet.words([title], sizes.title, { bold: true });
	sheet.skip(6);
	for (const [i, block] of blocks.entries()) sheet.add(block, blocks[i + 1]);
	return sheet.finish(title);
}

interface Sheet {
	readonly marks: Shape[];
	view?: PageView;
}

interface Look {
	readonly bold?: true;
	readonly fill?: string;
	readonly indent?: number;
}

class Sheets {
	readonly #drawing: Drawing;
	readonly #width = papers.A4.width;
	readonly #height = papers.A4.height;
	readonly #sheets: Sheet[] = [{ marks: [] }];
	#y = margin;

	constructor(drawing: Drawing) {
		this.#drawing = drawing;
	}

	get #room() {
		return this.#width - 2 * margin;
	}

	get #bottom() {
		return this.#height - margin;
	}

	get #sheet() {
		return this.#sheets.at(-1) as Sheet;
	}

	/** A heading stays with what comes `next`. */
	add(block: ReportBlock, next?: ReportBlock): void {
		switch (block.kind) {
			case "heading":
				this.skip(block.level === 2 ? 14 : 8);
				// A heading alone at the foot of a page heads nothing.
				this.#keep(
					sizes[block.level] * leading +
						(next?.kind === "figure" ? this.#measure(next.caption).whole : 4 * sizes.text * leading),
				);
				this.words(this.#wrap(block.text, sizes[block.level]), sizes[block.level], { bold: true });
				this.skip(3);
				return;
			case "text":
				this.words(this.#wrap(block.text, sizes.text), sizes.text);
				this.skip(5);
				return;
			case "list":
				for (const [i, item] of block.items.entries()) this.#item(item, block.ordered ? `${i + 1}.` : "•");
				this.skip(4);
				return;
			case "figure":
				this.#figure(block.caption);
				return;
			case "code":
				this.#code(block.lines);
				return;
			case "table":
				this.#table(block);
		}
	}

	skip(points: number): void {
		this.#y += points;
	}

	words(lines: readonly string[], size: number, { bold, fill = ink, indent = 0 }: Look = {}): void {
		for (const words of lines) {
			this.#keep(size * leading);
			this.#put(words, margin + indent, this.#y + size, size, { fill, ...(bold && { bold }) });
			this.#y += size * leading;
		}
	}

	finish(title: string): readonly Page[] {
		return this.#sheets.map(({ marks, view }, i) => {
			const foot = `${i + 1} of ${this.#sheets.length}`;
			const name = cutText(title, Math.floor((this.#room * 0.8) / (7 * cellWidth)));
			const y = this.#height - margin / 2;
			return {
				width: this.#width,
				height: this.#height,
				label: String(i + 1),
				...(view && { view }),
				marks: [
					...marks,
					{ type: "text", text: name, x: margin, y, size: 7, fill: faint },
					{ type: "text", text: foot, x: this.#width - margin, y, size: 7, fill: faint, align: "end" },
				],
			};
		});
	}

	#put(text: string, x: number, y: number, size: number, look: { fill: string; bold?: true; align?: "end" }): void {
		if (text !== "") this.#sheet.marks.push({ type: "text", text, x, y, size, ...look });
	}

	#wrap(text: string, size: number, less = 0): readonly string[] {
		return wrapText(text, Math.floor((this.#room - less) / (size * cellWidth)));
	}

	/** Begins a new sheet where so much has no room on this one. */
	#keep(points: number): void {
		if (this.#y + points <= this.#bottom || this.#y === margin) return;
		this.#sheets.push({ marks: [] });
		this.#y = margin;
	}

	#item(item: string, mark: string): void {
		const indent = 18;
		const lines = this.#wrap(item, sizes.text, indent);
		this.#keep(sizes.text * leading);
		this.#put(mark, margin + 2, this.#y + sizes.text, sizes.text, { fill: faint });
		this.words(lines, sizes.text, { indent });
		this.skip(2);
	}

	/** As large as the width allows; a tall one has a sheet of its own. */
	#figure(caption: string): void {
		const { lines, scale, whole } = this.#measure(caption);
		const [width, height] = [this.#drawing.width * scale, this.#drawing.height * scale];
		this.#keep(whole);
		const x = margin + (this.#room - width) / 2;
		this.#sheet.view = { scale, x, y: this.#y, clip: { x, y: this.#y, width, height } };
		this.#y += height + 6;
		this.words(lines, sizes.table, { fill: faint });
		this.skip(6);
	}

	#measure(caption: string) {
		const lines = this.#wrap(caption, sizes.table);
		const below = lines.length * sizes.table * leading + 12;
		// Under a heading.
		const most = this.#bottom - margin - below - 2 * sizes[2] * leading;
		const scale = Math.min(this.#room / this.#drawing.width, most / this.#drawing.height);
		return { lines, scale, whole: this.#drawing.height * scale + below };
	}

	#code(commands: readonly string[]): void {
		const size = sizes.code;
		const cells = Math.floor((this.#room - 16) / (size * cellWidth));
		for (const command of commands) {
			const lines = command.split("\n").flatMap((one) => breakCommand(one, cells));
			for (const [i, words] of lines.entries()) {
				this.#keep(size * leading);
				const [top, height] = [this.#y - (i === 0 ? 2 : 0), size * leading + (i === 0 ? 2 : 0)];
				this.#sheet.marks.push({ type: "rect", x: margin, y: top, width: this.#room, height, fill: sunk });
				this.#put(words, margin + 8, this.#y + size, size, { fill: ink });
				this.#y += size * leading;
			}
			this.skip(4);
		}
	}

	#table({ columns, rows, rest }: ReportTable): void {
		const size = sizes.table;
		const cells = shareRoom(
			columns.map(({ name }, i) => Math.max(countCells(name), ...rows.map((row) => countCells(row[i] ?? "")))),
			columns.map(({ isNumber }) => isNumber === true),
			Math.floor(this.#room / (size * cellWidth)) - 2 * (columns.length - 1),
		);
		const step = size * cellWidth;
		const begins = cells.map((_, i) => margin + step * cells.slice(0, i).reduce((sum, width) => sum + width + 2, 0));
		const row = (texts: readonly string[], look: Look) => {
			const wrapped = columns.map((_, i) => wrapText(texts[i] ?? "", cells[i] as number));
			const height = Math.max(...wrapped.map(({ length }) => length)) * size * leading;
			this.#keep(height + 3);
			for (const [i, lines] of wrapped.entries())
				for (const [k, words] of lines.entries()) {
					const isNumber = columns[i]?.isNumber;
					const x = (begins[i] as number) + (isNumber ? step * (cells[i] as number) : 0);
					this.#put(words, x, this.#y + size + k * size * leading, size, {
						fill: look.fill ?? ink,
						...(look.bold && { bold: true }),
						...(isNumber && { align: "end" }),
					});
				}
			this.#y += height + 1;
			const [x2, y] = [this.#width - margin, this.#y];
			this.#sheet.marks.push({ type: "line", x1: margin, y1: y, x2, y2: y, stroke: line, lineWidth: 0.5 });
			this.#y += 2;
		};
		this.#keep(4 * size * leading);
		row(
			columns.map(({ name }) => name),
			{ fill: faint, bold: true },
		);
		for (const texts of rows) row(texts, {});
		this.skip(2);
		if (rest !== undefined) this.words(this.#wrap(rest, size), size, { fill: faint });
		this.skip(6);
	}
}

/** Widths of columns in cells: numbers have what they need, words share the rest, short ones no more than they need. */
function shareRoom(needs: readonly number[], isNumber: readonly boolean[], room: number): readonly number[] {
	const widths = needs.map((need, i) => (isNumber[i] ? Math.min(need, Math.floor(room / 2)) : 0));
	let left = room - widths.reduce((sum, width) => sum + width, 0);
	const order = [...needs.keys()]
		.filter((i) => !isNumber[i])
		.sort((a, b) => (needs[a] as number) - (needs[b] as number));
	for (const [done, i] of order.entries()) {
		const width = Math.max(4, Math.min(needs[i] as number, Math.floor(left / (order.length - done))));
		widths[i] = width;
		left -= width;
	}
	return widths;
}
