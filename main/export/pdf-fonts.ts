import type { Font, Glyph } from "fontkit";
import type PDFDocument from "pdfkit";
import type { Face } from "./letters/faces.ts";
import type { GlyphRun, Typesetter } from "./letters/typesetter.ts";

/**
 * What PDFKit keeps of a font it embeds. Its own `text` shapes every string anew and only from left to right; our glyphs
 * are chosen already, so they are handed to its subset directly.
 */
interface EmbeddedFont {
	readonly id: string;
	readonly font: Font;
	readonly subset: { includeGlyph(glyph: number | Glyph): number };
	readonly widths: (number | undefined)[];
	readonly unicode: (readonly number[] | undefined)[];
	readonly scale: number;
	ref(): unknown;
}

interface DocumentParts {
	readonly _fontFamilies: Record<string, EmbeddedFont>;
	_font: EmbeddedFont;
	readonly page: { readonly fonts: Record<string, unknown> };
}

/** The fonts of one PDF: of each only the glyphs that are used. */
export class PdfFonts {
	readonly typesetter: Typesetter;
	readonly #document: PDFKit.PDFDocument & DocumentParts;
	readonly #embedded = new Map<string, EmbeddedFont>();

	constructor(document: InstanceType<typeof PDFDocument>, typesetter: Typesetter) {
		this.#document = document as PDFKit.PDFDocument & DocumentParts;
		this.typesetter = typesetter;
	}

	/** The operator that shows a run's glyphs where they are placed, and the font's name on the page that is open. */
	show({ face, glyphs }: GlyphRun, size: number): { readonly name: string; readonly operator: string } {
		const embedded = this.#embed(face);
		this.#document.page.fonts[embedded.id] ??= embedded.ref();
		const unit = 1 / face.font.unitsPerEm;
		let parts = "";
		let letters = "";
		let pen = 0;
		for (const { glyph, x, y } of glyphs) {
			// Marks that are raised or lowered are shown on the baseline's own height by an operator of their own.
			const gap = Math.round((pen - x) * 1000);
			if (gap !== 0) {
				if (letters !== "") parts += `<${letters}>`;
				parts += String(gap);
				letters = "";
			}
			if (y !== 0) {
				if (letters !== "") parts += `<${letters}>`;
				letters = "";
				parts += `]TJ ${round(y * size)} Ts [<${include(embedded, glyph)}>]TJ 0 Ts [`;
			} else letters += include(embedded, glyph);
			pen = x + glyph.advanceWidth * unit;
		}
		if (letters !== "") parts += `<${letters}>`;
		return { name: embedded.id, operator: `[${parts}]TJ` };
	}

	#embed(face: Face): EmbeddedFont {
		const known = this.#embedded.get(face.key);
		if (known) return known;
		this.#document.font(face.font as unknown as PDFKit.Mixins.PDFFontSource, face.key);
		const embedded = this.#document._font;
		this.#embedded.set(face.key, embedded);
		return embedded;
	}
}

function include(font: EmbeddedFont, glyph: Glyph): string {
	const id = font.subset.includeGlyph(glyph.id);
	font.widths[id] ??= glyph.advanceWidth * font.scale;
	font.unicode[id] ??= glyph.codePoints;
	return id.toString(16).padStart(4, "0");
}

const round = (number: number) => Math.round(number * 1000) / 1000;
