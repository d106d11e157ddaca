import type { Drawing, DrawnItem } from "#shared/drawing/drawing";
import type { Typesetter } from "../letters/typesetter.ts";
import { Painter } from "./painter.ts";
import { PixelLines, readColour } from "./pixel-lines.ts";

/** Some lines of a picture: red, green, blue and opacity of each pixel, colours not multiplied by it. */
export interface PixelBand {
	readonly firstLine: number;
	readonly lines: number;
	/** Only until the next band is painted: then its memory is used again. */
	readonly pixels: Uint8Array;
}

export interface PixelSize {
	readonly width: number;
	readonly height: number;
	/** Pixels a unit of the drawing. */
	readonly scale: number;
}

/** What a band's pixels may take; all that is made of them takes twice as much again. */
const bandBytes = 12 * 1024 * 1024;

export function measurePixels(drawing: Drawing, scale: number): PixelSize {
	return {
		width: Math.max(1, Math.round(drawing.width * scale)),
		height: Math.max(1, Math.round(drawing.height * scale)),
		scale,
	};
}

export interface BandPlace {
	readonly firstLine: number;
	readonly lines: number;
}

/** A picture of any height as bands from top to bottom: memory depends on the width alone. */
export function planBands({ width, height }: PixelSize, mostBytes = bandBytes): readonly BandPlace[] {
	const perBand = Math.max(1, Math.floor(mostBytes / (4 * width)));
	return Array.from({ length: Math.ceil(height / perBand) }, (_, i) => ({
		firstLine: i * perBand,
		lines: Math.min(perBand, height - i * perBand),
	}));
}

/** Paints any lines of a picture, each band from only those parts of the drawing that it shows. */
export class BandPainter {
	readonly #painter: Painter;
	readonly #background: string | null;
	readonly #width: number;
	readonly #items: readonly { readonly item: DrawnItem; readonly top: number; readonly bottom: number }[];
	#words = new Uint32Array();

	constructor(drawing: Drawing, typesetter: Typesetter, { width }: PixelSize) {
		const painter = new Painter(typesetter, width / drawing.width);
		this.#painter = painter;
		this.#background = drawing.background;
		this.#width = width;
		this.#items = drawing.items.map((item) => ({ item, ...painter.reachOf(item) }));
	}

	paint({ firstLine, lines }: BandPlace): PixelBand {
		const count = this.#width * lines;
		if (this.#words.length !== count) this.#words = new Uint32Array(count);
		else if (this.#background === null) this.#words.fill(0);
		const target = new PixelLines(this.#width, lines, firstLine, this.#words);
		if (this.#background !== null) target.mixSpan(0, count, 256, readColour(this.#background));
		const seen = this.#items.filter(({ top, bottom }) => bottom > firstLine && top < firstLine + lines);
		const above = seen.findLastIndex(({ item }) => item.kind === "edge") + 1;
		for (const { item } of seen.slice(above)) if (item.kind === "node") this.#painter.hideBehind(target, item);
		for (const { item } of seen.slice(0, above)) this.#painter.paint(target, item);
		this.#painter.reveal();
		for (const { item } of seen.slice(above)) this.#painter.paint(target, item);
		const pixels = new Uint8Array(this.#words.buffer);
		return { firstLine, lines, pixels: this.#background === null ? divideByOpacity(pixels) : pixels };
	}
}

/** All bands in turn, in this thread. */
export async function* drawBands(
	drawing: Drawing,
	typesetter: Typesetter,
	size: PixelSize,
	mostBytes?: number,
): AsyncGenerator<PixelBand, void> {
	const painter = new BandPainter(drawing, typesetter, size);
	for (const place of planBands(size, mostBytes)) yield painter.paint(place);
}

/** Painted colours are multiplied by their opacity; files keep them as they are. */
function divideByOpacity(pixels: Uint8Array): Uint8Array {
	for (let i = 3; i < pixels.length; i += 4) {
		const opacity = pixels[i] as number;
		if (opacity === 0 || opacity === 255) continue;
		for (let part = i - 3; part < i; part++)
			pixels[part] = Math.min(255, Math.round((255 * (pixels[part] as number)) / opacity));
	}
	return pixels;
}
