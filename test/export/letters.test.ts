import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Font } from "fontkit";
import { afterAll, expect, test } from "vitest";
import { orderParts } from "../../main/export/letters/direction.ts";
import { type Face, Faces } from "../../main/export/letters/faces.ts";
import { SystemFonts } from "../../main/export/letters/system-fonts.ts";
import { Typesetter } from "../../main/export/letters/typesetter.ts";

const folder = mkdtempSync(join(tmpdir(), "scd-letters-"));
afterAll(() => rmSync(folder, { recursive: true }));
const packages = createRequire(import.meta.url);
/** A system without fonts. */
const bare = new Typesetter(new Faces(new SystemFonts([])));

const glyphsOf = (text: string) => {
	const { runs } = bare.set(text, {});
	return runs
		.flatMap((run) =>
			run.glyphs.map(({ glyph, x }) => ({
				letter: String.fromCodePoint(...glyph.codePoints),
				x: run.x + x,
				advance: glyph.advanceWidth / run.face.font.unitsPerEm,
			})),
		)
		.sort((a, b) => a.x - b.x);
};

test("a word from the right that is cut ends at its left, by a sign of its own width", () => {
	const [ellipsis, next, ...others] = glyphsOf("·مرحبا…");
	expect(ellipsis?.letter).toBe("…");
	expect(next?.x).toBeCloseTo(ellipsis?.advance ?? 0, 3);
	expect(others.at(-1)?.letter).toBe("·");
	const [alone] = glyphsOf("…");
	expect(ellipsis?.advance).toBe(alone?.advance);
	expect(glyphsOf("abc…").at(-1)?.letter).toBe("…");
});

/** By the rules of Unicode Standard Annex 9: parts as they stand from left to right, `<` before those from the right. */
test.each([
	["abc", "abc"],
	["שלום", "<שלום"],
	["שלום…", "<שלום…"],
	["abc שלום…", "abc |<שלום|…"],
	["שלום abc…", "<…|abc|<שלום "],
	["שלום 12.5 טוב", "< טוב|12.5|<שלום "],
	["(שלום)", "<)שלום("],
	["שלום\\u{1f}…", "<…|\\u{1f}|<שלום"],
	["3 שלום", "< שלום|3"],
	["a שלום 5 b", "a |5|<שלום | b"],
])("%s stands in the order in which it is read", (text, order) => {
	const parts = orderParts(text).map(({ part, direction }) => `${direction === "rtl" ? "<" : ""}${part}`);
	expect(parts.join("|")).toBe(order);
});

/** A face of pictures that knows such clusters, whatever it is asked. */
function pictures(joins: boolean): Faces {
	const draw = (codePoints: readonly number[]) => ({
		id: 1,
		codePoints,
		advanceWidth: 1200,
		path: { commands: codePoints.every((one) => one === 0x200d) ? [] : [{ command: "moveTo", args: [0, 0] }] },
	});
	const font = {
		unitsPerEm: 1000,
		glyphForCodePoint: (codePoint: number) => draw([codePoint]),
		layout: (text: string) => {
			const letters = Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
			const glyphs = joins ? [draw(letters)] : letters.map((letter) => draw([letter]));
			return { glyphs, positions: glyphs.map(() => ({ xAdvance: 0, yAdvance: 0, xOffset: 0, yOffset: 0 })) };
		},
	} as unknown as Font;
	const face: Face = { key: "pictures", font, isMono: false };
	return { find: () => face } as unknown as Faces;
}

test.each(["👩‍👩‍👧", "🇩🇪", "👍🏽", "❤️‍🔥"])(
	"%s is one picture where a face has it, else its parts side by side",
	(cluster) => {
		const parts = Array.from(cluster).filter((letter) => !/\u200d|\ufe0f/u.test(letter));
		for (const [joins, count] of [
			[true, 1],
			[false, parts.length],
		] as const) {
			const typesetter = new Typesetter(pictures(joins));
			const { runs } = typesetter.set(typesetter.makeLegible(cluster), {});
			const places = runs.flatMap((run) => run.glyphs.map(({ x }) => run.x + x));
			expect(places.map((x) => Math.round(10 * x))).toEqual(Array.from({ length: count }, (_, i) => 12 * i));
		}
	},
);

test("a face without outlines is none: what it has is written as its number, and no card is empty", () => {
	const file = readFileSync(packages.resolve("dejavu-fonts-ttf/ttf/DejaVuSerif.ttf"));
	const letter = "\u02ef";
	const [whole, hollow] = [join(folder, "whole"), join(folder, "hollow")];
	for (const one of [whole, hollow]) mkdirSync(one);
	copyFileSync(packages.resolve("dejavu-fonts-ttf/ttf/DejaVuSerif.ttf"), join(whole, "a.ttf"));
	// All glyphs begin and end at the same place: as in fonts of coloured pictures.
	for (let i = 0; i < file.readUInt16BE(4); i++) {
		const entry = 12 + 16 * i;
		if (file.toString("latin1", entry, entry + 4) !== "loca") continue;
		file.fill(0, file.readUInt32BE(entry + 8), file.readUInt32BE(entry + 8) + file.readUInt32BE(entry + 12));
	}
	writeFileSync(join(hollow, "a.ttf"), file);
	const legible = (fonts: string) => new Typesetter(new Faces(new SystemFonts([fonts]))).makeLegible(letter);
	expect(legible(whole)).toBe(letter);
	expect(legible(hollow)).toBe("\\u{2ef}");
	expect(bare.makeLegible(letter)).toBe("\\u{2ef}");
	expect(bare.makeLegible("👩‍👩‍👧")).toBe("\\u{1f469}\\u{1f469}\\u{1f467}");
});
