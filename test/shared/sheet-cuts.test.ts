import { expect, test } from "vitest";
import { seededRandom } from "#shared/random";
import { cutIntoSheets, type Span } from "../../main/shared/drawing/sheet-cuts.ts";

const crossings = (at: number, cards: readonly Span[]) =>
	cards.filter(({ start, end }) => start < at - 0.01 && end > at + 0.01).length;

test("sheets cover everything, overlap by what is asked at least, and never stand still", () => {
	const sheets = cutIntoSheets({ length: 1000, usable: 300, overlap: 36, first: 0, cards: [] });
	expect(sheets[0]?.start).toBe(0);
	expect(sheets.at(-1)?.end).toBeGreaterThanOrEqual(1000);
	for (const [i, { start }] of sheets.entries()) {
		const before = sheets[i - 1];
		if (!before) continue;
		expect(before.end - start).toBeGreaterThanOrEqual(36);
		// Not more than twice that: a cut moves by one overlap.
		expect(before.end - start).toBeLessThanOrEqual(72);
		expect(start % 36).toBe(0);
	}
});

test("no cut goes through a card where moving it by the overlap avoids that", () => {
	const random = seededRandom(11);
	for (let round = 0; round < 200; round++) {
		const cards = Array.from({ length: 30 }, () => {
			const start = 2000 * random();
			return { start, end: start + 10 + 90 * random() };
		});
		const [usable, overlap] = [250 + 200 * random(), 20 + 40 * random()];
		const sheets = cutIntoSheets({ length: 2000, usable, overlap, first: 0, cards });
		for (const [i, { start }] of sheets.entries()) {
			const before = sheets[i - 1];
			if (!before || crossings(start, cards) === 0) continue;
			const last = before.end - overlap;
			for (let at = last - overlap; at <= last; at += 0.05)
				expect(crossings(at, cards), `${at} would have done`).toBeGreaterThan(0);
		}
	}
});

test("what no cut avoids is cut in as few cards as can be, on whole points", () => {
	const wide = { start: 0, end: 1000 };
	const half = { start: 200, end: 280 };
	const [, second] = cutIntoSheets({ length: 1000, usable: 300, overlap: 30, first: 0, cards: [wide, half] });
	// Between 240 and 270 both are cut; nothing better is in reach, and the cut stays where sheets fit to the pixel.
	expect((second?.start ?? 0.5) % 1).toBe(0);
	expect(second?.start).toBeGreaterThanOrEqual(240);
	expect(second?.start).toBeLessThanOrEqual(270);
});
