import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { type Box, overlaps } from "#shared/drawing/box";
import type { Drawing, DrawnItem } from "#shared/drawing/drawing";
import type { Typesetter } from "../letters/typesetter.ts";
import { writeSvgDocument } from "../svg-document.ts";
import { fillBands, findPlainBands } from "./fill-bands.ts";
import { paintEdges } from "./paint-edges.ts";

/** Some lines of a picture: red, green, blue and opacity of each pixel, colours not multiplied by it. */
export interface PixelBand {
	readonly firstLine: number;
	readonly lines: number;
	/** Only until the next band is asked for: then its memory is used again. */
	readonly pixels: Uint8Array;
}

export interface PixelSize {
	readonly width: number;
	readonly height: number;
	/** Pixels a unit of the drawing. */
	readonly scale: number;
}

/** What a band and all that is made of it may take. */
const bandBytes = 24 * 1024 * 1024;
const packages = createRequire(import.meta.url);
let ready: Promise<void> | undefined;

export function loadRenderer(): Promise<void> {
	ready ??= initWasm(readFileSync(packages.resolve("@resvg/resvg-wasm/index_bg.wasm")));
	return ready;
}

export function measurePixels(drawing: Drawing, scale: number): PixelSize {
	return {
		width: Math.max(1, Math.round(drawing.width * scale)),
		height: Math.max(1, Math.round(drawing.height * scale)),
		scale,
	};
}

/**
 * Draws a picture of any height in bands, each from only those parts of the drawing that it shows: memory depends on
 * the width alone.
 */
export async function* drawBands(
	drawing: Drawing,
	typesetter: Typesetter,
	{ width, height }: PixelSize,
): AsyncGenerator<PixelBand, void> {
	await loadRenderer();
	const perBand = Math.max(1, Math.min(height, Math.floor(bandBytes / (4 * width))));
	const [unitX, unitY] = [drawing.width / width, drawing.height / height];
	for (let firstLine = 0; firstLine < height; firstLine += perBand) {
		const lines = Math.min(perBand, height - firstLine);
		const window = { x: 0, y: firstLine * unitY, width: width * unitX, height: lines * unitY };
		const band = { width, lines, firstLine, scale: 1 / unitX, window, typesetter };
		const pixels = drawBand(drawing, band);
		yield { firstLine, lines, pixels: drawing.background === null ? divideByOpacity(pixels) : pixels };
	}
}

interface Band {
	readonly width: number;
	readonly lines: number;
	readonly firstLine: number;
	readonly scale: number;
	readonly window: Box;
	readonly typesetter: Typesetter;
}

/** What lies below the edges, the edges, and what lies above them. */
function drawBand(drawing: Drawing, band: Band): Uint8Array {
	const items = drawing.items.filter(({ box }) => overlaps(box, band.window));
	const [first, last] = [items.findIndex(isEdge), items.findLastIndex(isEdge)];
	if (first < 0) return rasterize({ ...drawing, items }, band);
	const below = items.slice(0, first);
	const bands = drawing.background === null ? undefined : findPlainBands(below);
	const pixels = bands
		? fillBands(drawing.background ?? "", bands, band)
		: rasterize({ ...drawing, items: below }, band);
	paintEdges({ ...band, pixels }, items.slice(first, last + 1));
	// Of plain bands only the names are left to be drawn.
	const names = bands
		? below.map((item) => ({ ...item, shapes: item.shapes.filter(({ type }) => type === "text") }))
		: [];
	const above = [...names, ...items.slice(last + 1)];
	if (above.length > 0) layOver(pixels, rasterize({ ...drawing, background: null, items: above }, band));
	return pixels;
}

const isEdge = ({ kind }: DrawnItem) => kind === "edge";

/** Colours multiplied by their opacity. */
function rasterize(drawing: Drawing, { window, width, lines, typesetter }: Band): Uint8Array {
	const size = { width: String(width), height: String(lines) };
	const svg = writeSvgDocument(drawing, typesetter, { window, size, titles: false });
	const parsed = new Resvg(svg, { font: { loadSystemFonts: false } });
	const image = parsed.render();
	const { pixels } = image;
	image.free();
	parsed.free();
	return pixels;
}

function layOver(pixels: Uint8Array, above: Uint8Array): void {
	const words = new Uint32Array(above.buffer, above.byteOffset, above.length / 4);
	for (let pixel = 0; pixel < words.length; pixel++) {
		if (words[pixel] === 0) continue;
		const first = 4 * pixel;
		const opacity = above[first + 3] as number;
		const rest = (255 - opacity) / 255;
		for (let at = first; at < first + 4; at++)
			pixels[at] =
				opacity === 255 ? (above[at] as number) : Math.round((above[at] as number) + (pixels[at] as number) * rest);
	}
}

/** The renderer gives colours multiplied by their opacity; files keep them as they are. */
function divideByOpacity(pixels: Uint8Array): Uint8Array {
	for (let i = 3; i < pixels.length; i += 4) {
		const opacity = pixels[i] as number;
		if (opacity === 0 || opacity === 255) continue;
		for (let part = i - 3; part < i; part++) pixels[part] = Math.round((255 * (pixels[part] as number)) / opacity);
	}
	return pixels;
}
