import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { Typesetter } from "../../main/export/letters/typesetter.ts";
import { paintInThreads } from "../../main/export/pixels/band-threads.ts";
import { drawBands, measurePixels, planBands } from "../../main/export/pixels/pixel-bands.ts";
import { joinSums } from "../../main/export/pixels/png-band.ts";
import { packBands, writePng } from "../../main/export/pixels/png-stream.ts";
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
	const options = { ...size, hasOpacity, dotsPerInch: 300 };
	for await (const part of writePng(packBands(drawBands(drawing, typesetter, size), options), options))
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
	for (const sign of ["a", "·", "↵", "⇥", "∂", "↑", "↓", "−", "я", "ب"]) {
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

/** Every kind of shape, each across many lines. */
function everything(): Drawing {
	const curves = Array.from({ length: 40 }, (_, i): Shape => {
		const points = [5 * i, 0, 300 - 5 * i, 100, 5 * i, 200, 200 - 3 * i, i % 4 === 0 ? 130 : 300] as const;
		const dash = i % 3 === 0 ? { dash: [6, 3.5] } : {};
		return { type: "curve", points, stroke: "#123456", lineWidth: 0.4 + i / 20, opacity: 0.1 + i / 60, ...dash };
	});
	const box = { x: 0, y: 0, width: 300, height: 300 };
	const card: Shape[] = [
		{
			type: "rect",
			x: 0,
			y: 0,
			width: 110.3,
			height: 60.7,
			radius: 4,
			fill: "#ffffff",
			stroke: "#aa2200",
			lineWidth: 1.4,
		},
		{ type: "rect", x: 3, y: 3, width: 90, height: 40, radius: 20, stroke: "#00aa22", dash: [1.5, 3], dots: true },
		{ type: "rect", x: 5, y: 5, width: 30, height: 30, fill: "#3344ff", opacity: 0.3 },
		{ type: "line", x1: 0.7, y1: 4, x2: 0.7, y2: 50, stroke: "#000000", lineWidth: 4 },
		{ type: "segments", points: [0, 60, 50, 10, 9, 60, 59, 10], stroke: "#ff00ff", lineWidth: 0.7 },
		text(8, 20, "¶g∂ á̈ across", "#111111", { size: 13, bold: true }),
	];
	const items: Drawing["items"] = [
		{ kind: "lane", x: 0, y: 20.4, shapes: [{ ...box, type: "rect", height: 101.3, fill: "#f4f5f7" }], box },
		{ kind: "edge", x: 0.3, y: 0.2, shapes: curves, box },
		{
			kind: "edge",
			x: 0,
			y: 0,
			shapes: [{ type: "polygon", points: [9, 9, 140, 155, 30, 290], fill: "#008800", opacity: 0.5 }],
			box,
		},
		{ kind: "node", x: 40.6, y: 100.9, shapes: card, box: { x: 40.6, y: 100.9, width: 110.3, height: 60.7 } },
		{
			kind: "frame",
			x: 20,
			y: 180,
			scale: 3.1,
			shapes: [text(0, 20, "large", "#ff0000", { size: 20, italic: true })],
			box,
		},
	];
	return { width: 300, height: 300, background: "#ffffff", title: "t", items };
}

async function paint(drawing: Drawing, scale: number, bandLines: number) {
	const size = measurePixels(drawing, scale);
	const pixels = Buffer.alloc(4 * size.width * size.height);
	let bands = 0;
	for await (const band of drawBands(drawing, typesetter, size, 4 * size.width * bandLines)) {
		pixels.set(band.pixels.subarray(0, 4 * size.width * band.lines), 4 * size.width * band.firstLine);
		bands++;
	}
	return { pixels, bands };
}

test.each(["#ffffff", null])(
	"bands joined are the picture painted at once, to the last bit, on paper %s",
	async (background) => {
		const drawing = { ...everything(), background };
		for (const scale of [0.37, 1, 2.168726957276079]) {
			const whole = await paint(drawing, scale, 100_000);
			expect(whole.bands).toBe(1);
			for (const lines of [1, 7, 64]) {
				const parts = await paint(drawing, scale, lines);
				expect(parts.bands).toBeGreaterThan(1);
				expect(parts.pixels.equals(whole.pixels), `bands of ${lines} at ${scale}`).toBe(true);
			}
		}
	},
);

test("what cards hide need not be painted, and nothing else is left out", async () => {
	const drawing = everything();
	const seen = await paint(drawing, 2, 50);
	// The same card twice: no edges lie below the one, and what hides them is not looked for.
	const first = drawing.items.findLastIndex(({ kind }) => kind === "edge");
	const note = drawing.items.map((item) => (item.kind === "node" ? { ...item, kind: "note" as const } : item));
	expect(first).toBeGreaterThan(0);
	const painted = await paint({ ...drawing, items: note }, 2, 50);
	expect(seen.pixels.equals(painted.pixels)).toBe(true);
});

test.each([1, 3])("a picture packed by %i threads is one PNG with the pixels of one painted here", async (threads) => {
	const drawing = { ...everything(), background: null };
	const size = measurePixels(drawing, 1.5);
	const places = planBands(size, 4 * size.width * 31);
	expect(places.length).toBeGreaterThan(9);
	const bands = paintInThreads({ drawing, size }, places, threads);
	const parts: Uint8Array[] = [];
	for await (const part of writePng(bands, { ...size, hasOpacity: true })) parts.push(part);
	const png = readPng(Buffer.concat(parts));
	expect(png.pixels.equals((await paint(drawing, 1.5, 1000)).pixels)).toBe(true);
});

test("a thread that fails says so", async () => {
	const drawing = { ...everything(), background: "#ffffff", items: [{ kind: "edge" }] } as unknown as Drawing;
	const size = measurePixels(drawing, 1);
	const bands = paintInThreads({ drawing, size }, planBands(size, 4000), 2);
	await expect(bands.next()).rejects.toThrow();
});

test("sums of parts are those of the whole", () => {
	const bytes = Buffer.alloc(200_000, "\xff\x01abc", "latin1");
	const sum = (part: Uint8Array) => deflateSync(part).readUInt32BE(deflateSync(part).length - 4);
	for (const at of [0, 1, 65_521, 131_042, 150_000, 200_000]) {
		const [first, second] = [bytes.subarray(0, at), bytes.subarray(at)];
		expect(joinSums(sum(first), sum(second), second.length)).toBe(sum(bytes));
	}
});
