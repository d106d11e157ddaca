import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { create, type Font, type FontCollection } from "fontkit";
import { SystemFonts } from "./system-fonts.ts";

export interface LetterStyle {
	readonly bold?: boolean;
	readonly italic?: boolean;
}

/** A font that letters are drawn with. */
export interface Face {
	/** Tells it from all others. */
	readonly key: string;
	readonly font: Font;
	/** Every letter is as wide as every other. */
	readonly isMono: boolean;
}

const packages = createRequire(import.meta.url);
/** No ligatures, and the signs for blanks and line ends: a token is drawn letter by letter. */
const bundled = {
	regular: "DejaVuSansMono",
	bold: "DejaVuSansMono-Bold",
	italic: "DejaVuSansMono-Oblique",
	sans: "DejaVuSans",
	sansBold: "DejaVuSans-Bold",
} as const;

/** The faces that come with the program, and behind them those of the system for what they lack. */
export class Faces {
	readonly #loaded = new Map<string, Face>();
	readonly #system: SystemFonts;
	readonly #missing = new Set<number>();

	constructor(system = new SystemFonts()) {
		this.#system = system;
	}

	/** A face with glyphs for all of these; undefined where neither the program nor the system has one. */
	find(codePoints: readonly number[], { bold, italic }: LetterStyle): Face | undefined {
		const needed = codePoints.filter((codePoint) => !isInvisible(codePoint));
		const own = [bold ? bundled.bold : italic ? bundled.italic : bundled.regular, bundled.regular];
		for (const name of [...own, bold ? bundled.sansBold : bundled.sans, bundled.sans]) {
			const face = this.#loadBundled(name);
			if (needed.every((codePoint) => face.font.hasGlyphForCodePoint(codePoint))) return face;
		}
		if (needed.some((codePoint) => this.#missing.has(codePoint))) return undefined;
		// Some fonts have pictures in colours and no outlines to draw.
		const found = this.#system.find(needed, ({ path, index }) => {
			const { font } = this.#loadSystem(path, index);
			return needed.every((codePoint) => font.glyphForCodePoint(codePoint).path.commands.length > 0);
		});
		if (found) return this.#loadSystem(found.path, found.index);
		const [only] = needed;
		if (needed.length === 1 && only !== undefined) this.#missing.add(only);
		return undefined;
	}

	#loadBundled(name: string): Face {
		return this.#load(name, name.includes("Mono"), () => open(packages.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`), 0));
	}

	#loadSystem(path: string, index: number): Face {
		return this.#load(`${path}#${index}`, false, () => open(path, index));
	}

	#load(key: string, isMono: boolean, read: () => Font): Face {
		const known = this.#loaded.get(key);
		if (known) return known;
		const face = { key, font: read(), isMono };
		this.#loaded.set(key, face);
		return face;
	}
}

function open(path: string, index: number): Font {
	const opened: Font | FontCollection = create(readFileSync(path));
	return "fonts" in opened ? (opened.fonts[index] as Font) : opened;
}

/** Joins letters or chooses their form, and is drawn by no glyph. */
export const isInvisible = (codePoint: number) =>
	(codePoint >= 0xfe00 && codePoint <= 0xfe0f) || codePoint === 0x200d || codePoint === 0x200c;
