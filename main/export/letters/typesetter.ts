import type { Font, GlyphRun as FontkitRun, Glyph } from "fontkit";
import { cellWidth, countCells, escapeCharacter } from "#shared/drawing/svg-text";
import { orderParts } from "./direction.ts";
import { type Face, Faces, isInvisible, type LetterStyle } from "./faces.ts";

/** Letters of one face side by side. Lengths in shares of the letters' size. */
export interface GlyphRun {
	readonly face: Face;
	readonly text: string;
	/** Where its first letter begins. */
	readonly x: number;
	readonly glyphs: readonly PlacedGlyph[];
	/**
	 * What it says cannot be told from its glyphs one by one. Not so where they are read from the right: readers of PDF
	 * turn such glyphs round themselves, and would turn a text that is given beside them too.
	 */
	readonly isShaped: boolean;
}

export interface PlacedGlyph {
	readonly glyph: Glyph;
	/** From the run's beginning; the second is upwards from the baseline. */
	readonly x: number;
	readonly y: number;
}

export interface SetText {
	readonly runs: readonly GlyphRun[];
	readonly width: number;
	/** Across, so that it takes the room that a drawing has left for it: 1 or less. */
	readonly squeeze: number;
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
/** Marks that sit on letters, and scripts whose letters change with their neighbours. */
const needsShaping = /[\p{M}\u0590-\u109f\u1780-\u17ff\u1a20-\u1aaf\ufb1d-\ufdff\ufe70-\ufefc]|\u200c|\u200d/u;
/** Pictures that are joined to one or coloured, and letters of flags. */
const joinedPicture = /\p{Extended_Pictographic}.*[\u200d\u{1f3fb}-\u{1f3ff}]|[\u{1f1e6}-\u{1f1ff}]/u;
/** No two letters of a token melt into one. */
const features = { liga: false, clig: false, calt: false, dlig: false };

/** Turns text into glyphs of the faces that have them; remembers what it has set. */
export class Typesetter {
	readonly #faces: Faces;
	readonly #set = new Map<string, SetText>();
	readonly #legible = new Map<string, string>();

	constructor(faces = new Faces()) {
		this.#faces = faces;
	}

	/** A text in which every character that no face has is written as its number. */
	makeLegible(text: string): string {
		// Letters of Europe need no look.
		if (/^[\u0020-\u007e\u00a0-\u017f]*$/.test(text)) return text;
		const known = this.#legible.get(text);
		if (known !== undefined) return known;
		let legible = "";
		for (const { segment } of segmenter.segment(text.toWellFormed())) {
			const codePoints = Array.from(segment, (letter) => letter.codePointAt(0) ?? 0);
			const face = /\s/.test(segment) ? undefined : this.#faces.find(codePoints, {});
			if (/\s/.test(segment) || (face && (!joinedPicture.test(segment) || isOneGlyph(segment, face))))
				legible += segment;
			else legible += this.#showApart(segment);
		}
		this.#legible.set(text, legible);
		return legible;
	}

	/** What no face has as one picture may still be shown in parts side by side; letters of a flag are kept from joining. */
	#showApart(segment: string): string {
		const letters = Array.from(segment.replace(/[\u200d\ufe0e\ufe0f]/g, ""));
		const apart = /[\u{1f1e6}-\u{1f1ff}]/u.test(segment) ? "\u200c" : "";
		return letters.map((letter) => (this.#canShow(letter) ? letter : escapeCharacter(letter))).join(apart);
	}

	#canShow(letter: string): boolean {
		return this.#faces.find([letter.codePointAt(0) ?? 0], {}) !== undefined;
	}

	set(text: string, style: LetterStyle): SetText {
		const key = `${style.bold ? "b" : ""}${style.italic ? "i" : ""} ${text}`;
		const known = this.#set.get(key);
		if (known) return known;
		const set = this.#lay(text, style);
		this.#set.set(key, set);
		return set;
	}

	#lay(text: string, style: LetterStyle): SetText {
		const runs: GlyphRun[] = [];
		let x = 0;
		for (const { part, direction } of orderParts(text)) {
			const pieces = [...this.#splitByFace(part, style)];
			for (const { face, letters } of direction === "rtl" ? pieces.reverse() : pieces) {
				const { glyphs, width } = layRun(letters, face, direction);
				runs.push({ face, text: letters, x, glyphs, isShaped: direction === "ltr" && needsShaping.test(letters) });
				x += width;
			}
		}
		const room = countCells(text) * cellWidth;
		// Monospaced letters are as wide as their cells but for rounding.
		return { runs, width: Math.min(x, room), squeeze: x > room * 1.002 ? room / x : 1 };
	}

	*#splitByFace(text: string, style: LetterStyle): Generator<{ readonly face: Face; readonly letters: string }> {
		let current: { face: Face; letters: string } | undefined;
		for (const { segment } of segmenter.segment(text)) {
			const codePoints = Array.from(segment, (letter) => letter.codePointAt(0) ?? 0);
			const isBlank = /^\s+$/.test(segment);
			// A blank belongs to the word before it, so that a line of Arabic stays one.
			const face =
				isBlank && current ? current.face : (this.#faces.find(codePoints, style) ?? this.#faces.find([0xfffd], style));
			if (!face) continue;
			if (current?.face === face) current.letters += segment;
			else {
				if (current) yield current;
				current = { face, letters: segment };
			}
		}
		if (current) yield current;
	}
}

/** fontkit fails on some fonts' rules for marks on marks; the marks then stand where the font draws them by itself. */
function shape(font: Font, text: string, direction: "ltr" | "rtl"): FontkitRun {
	const composed = text.normalize("NFC");
	try {
		return font.layout(composed, features, undefined, undefined, direction);
	} catch {
		return font.layout(composed, { ...features, mark: false, mkmk: false }, undefined, undefined, direction);
	}
}

function layRun(
	text: string,
	{ font }: Face,
	direction: "ltr" | "rtl",
): { readonly glyphs: readonly PlacedGlyph[]; readonly width: number } {
	const unit = 1 / font.unitsPerEm;
	const glyphs: PlacedGlyph[] = [];
	let x = 0;
	if (joinedPicture.test(text)) return layPictures(text, font, direction);
	if (direction === "ltr" && !needsShaping.test(text)) {
		for (const letter of text) {
			const glyph = font.glyphForCodePoint(letter.codePointAt(0) ?? 0);
			glyphs.push({ glyph, x, y: 0 });
			x += glyph.advanceWidth * unit;
		}
		return { glyphs, width: x };
	}
	const run = shape(font, text, direction);
	for (const [i, glyph] of run.glyphs.entries()) {
		const position = run.positions[i];
		// Joiners are no letters, also where a font lacks them or gives them room.
		if (!position || glyph.codePoints.every(isInvisible)) continue;
		glyphs.push({ glyph, x: x + position.xOffset * unit, y: position.yOffset * unit });
		x += position.xAdvance * unit;
	}
	return { glyphs, width: x };
}

/** Each cluster by itself: as one glyph where the font joins it, else side by side. */
function layPictures(
	text: string,
	font: Font,
	direction: "ltr" | "rtl",
): { readonly glyphs: readonly PlacedGlyph[]; readonly width: number } {
	const clusters = Array.from(segmenter.segment(text), ({ segment }) => segment);
	const glyphs: PlacedGlyph[] = [];
	let x = 0;
	for (const cluster of direction === "rtl" ? clusters.reverse() : clusters) {
		const run = shape(font, cluster, direction);
		for (const [i, glyph] of run.glyphs.entries()) {
			if (glyph.codePoints.every(isInvisible)) continue;
			glyphs.push({ glyph, x, y: 0 });
			// Fonts that place pictures over one another mean them to be coloured.
			x += Math.max(run.positions[i]?.xAdvance ?? 0, glyph.advanceWidth) / font.unitsPerEm;
		}
	}
	return { glyphs, width: x };
}

const isOneGlyph = (segment: string, { font }: Face) =>
	shape(font, segment, "ltr").glyphs.filter(({ path }) => path.commands.length > 0).length === 1;
