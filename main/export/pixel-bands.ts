import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import type { Drawing } from "#shared/drawing/drawing";
import type { Typesetter } from "./letters/typesetter.ts";
import { writeSvgDocument } from "./svg-document.ts";

/** Some lines of a picture: red, green, blue and opacity of each pixel, colours not multiplied by it. */
export interface PixelBand {
	readonly firstLine: number;
	readonly lines: number;
	readonly pixels: Uint8Array;
}

export interface PixelSize {
	readonly width: number;
	readonly height: number;
	/** Pixels a unit of the drawing. */
	readonly scale: number;
}

/** What a band and all that is made of it may take. */
const bandBytes = 48 * 1024 * 1024;
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
		const size = { width: String(width), height: String(lines) };
		const svg = writeSvgDocument(drawing, typesetter, { window, size, titles: false });
		const parsed = new Resvg(svg, { font: { loadSystemFonts: false } });
		const image = parsed.render();
		const pixels = drawing.background === null ? divideByOpacity(image.pixels) : image.pixels;
		image.free();
		parsed.free();
		yield { firstLine, lines, pixels };
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
