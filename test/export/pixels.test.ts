import { expect, test } from "vitest";
import { Typesetter } from "../../main/export/letters/typesetter.ts";
import { drawBands, measurePixels, type PixelBand } from "../../main/export/pixels/pixel-bands.ts";
import { writePng } from "../../main/export/pixels/png-stream.ts";
import type { Drawing } from "../../main/shared/drawing/drawing.ts";
import { type Shape, text } from "../../main/shared/drawing/shapes.ts";
import { readPng } from "./png-file.ts";

const typesetter = new Typesetter();

function sheet(shapes: readonly Shape[], width = 12, height = 8, background: string | null = "#ffffff"): Drawing {
	return {
		width,
		height,
		background,
		title: "t",
		items: [{ kind: "frame", x: 0, y: 0, shapes, box: { x: 0, y: 0, width, height } }],
	};
}

async function render(drawing: Drawing, scale = 2) {
	const size = measurePixels(drawing, scale);
	const parts: Uint8Array[] = [];
	const hasOpacity = drawing.background === null;
	for await (const part of writePng(drawBands(drawing, typesetter, size), { ...size, hasOpacity, dotsPerInch: 300 }))
		parts.push(part);
	return readPng(Buffer.concat(parts));
}

test("a drawing becomes as many pixels a unit as are asked for, in its colours, with its density", async () => {
	const png = await render(sheet([{ type: "rect", x: 0, y: 0, width: 6, height: 8, fill: "#ff8000" }]));
	expect([png.width, png.height, png.depth]).toEqual([24, 16, 3]);
	expect([png.at(3, 3), png.at(20, 3)]).toEqual([
		[255, 128, 0],
		[255, 255, 255],
	]);
	// Pixels a metre: 300 an inch.
	expect(png.chunks.find(({ type }) => type === "pHYs")?.content.readUInt32BE(0)).toBe(11811);
});

test("without paper what is drawn has its own colour and the rest is seen through", async () => {
	const half: Shape = { type: "rect", x: 0, y: 0, width: 6, height: 8, fill: "#ff8000", opacity: 0.5 };
	const png = await render(sheet([half], 12, 8, null));
	expect(png.at(20, 3)).toEqual([0, 0, 0, 0]);
	const [red = 0, green = 0, blue = 0, opacity = 0] = png.at(3, 3);
	expect(Math.abs(opacity - 128)).toBeLessThanOrEqual(1);
	expect([Math.abs(red - 255), Math.abs(green - 128), blue].every((difference) => difference <= 2)).toBe(true);
});

test("letters come with the program, each by itself, with the signs for blanks and line ends", async () => {
	const write = (content: string) => render(sheet([text(2, 14, content, "#000000", { size: 14 })], 60, 20));
	const blank = await write(" ");
	const seen = new Set([blank.pixels.toString("latin1")]);
	for (const sign of ["a", "·", "↵", "⇥", "∂", "−", "я", "ب"]) {
		const { pixels } = await write(sign);
		expect(seen.has(pixels.toString("latin1")), sign).toBe(false);
		seen.add(pixels.toString("latin1"));
	}
	const [joined, apart] = [
		await write("<|"),
		await render(
			sheet(
				[text(2, 14, "<", "#000000", { size: 14 }), text(2 + 14 * 0.602, 14, "|", "#000000", { size: 14 })],
				60,
				20,
			),
		),
	];
	const difference = joined.pixels.reduce(
		(most, value, i) => Math.max(most, Math.abs(value - (apart.pixels[i] ?? 0))),
		0,
	);
	expect(difference).toBeLessThan(16);
});

test("bands joined are the picture drawn at once", async () => {
	const shapes: Shape[] = Array.from({ length: 40 }, (_, i) => ({
		type: "curve",
		points: [5 * i, 0, 300 - 5 * i, 100, 5 * i, 200, 200 - 3 * i, 300],
		stroke: "#123456",
		lineWidth: 1.3,
	}));
	const drawing = sheet([...shapes, text(20, 150, "across a band", "#ff0000", { size: 40 })], 300, 300);
	const whole = await render(drawing, 1);
	// Wide pictures have low bands: the same drawing many times as wide as it is high.
	const wide = { ...drawing, width: 60_000 };
	const bands: PixelBand[] = [];
	for await (const band of drawBands(wide, typesetter, measurePixels(wide, 1)))
		bands.push({ ...band, pixels: band.pixels.slice() });
	expect(bands.length).toBeGreaterThan(1);
	// The renderer cuts curves at a band's edge, so that the shade of a pixel at their rim may differ a little.
	let [different, compared] = [0, 0];
	for (const { firstLine, lines, pixels } of bands)
		for (let y = 0; y < lines; y++)
			for (let x = 0; x < 300; x++)
				for (let part = 0; part < 3; part++) {
					const [one, other] = [
						pixels[4 * (y * 60_000 + x) + part] ?? 0,
						whole.pixels[3 * ((firstLine + y) * 300 + x) + part] ?? 0,
					];
					compared++;
					if (Math.abs(one - other) > 8) different++;
					expect(Math.abs(one - other)).toBeLessThan(64);
				}
	expect(compared).toBe(300 * 300 * 3);
	expect(different / compared).toBeLessThan(0.002);
});
