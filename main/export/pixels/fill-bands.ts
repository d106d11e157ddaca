import type { Box } from "#shared/drawing/box";
import type { DrawnItem } from "#shared/drawing/drawing";

/** A box of one colour, in the drawing's units. */
interface PlainBand extends Box {
	readonly fill: string;
}

/** The boxes that these items are, beside their names; undefined where one is more than a box from side to side. */
export function findPlainBands(items: readonly DrawnItem[]): readonly PlainBand[] | undefined {
	const bands: PlainBand[] = [];
	for (const { kind, x, y, shapes } of items) {
		if (kind !== "lane") return undefined;
		for (const shape of shapes) {
			if (shape.type === "text") continue;
			if (shape.type !== "rect" || !shape.fill || shape.stroke || shape.radius || shape.opacity !== undefined)
				return undefined;
			bands.push({ ...shape, x: x + shape.x, y: y + shape.y, fill: shape.fill });
		}
	}
	return bands;
}

let scratch = new Uint32Array();

/** Paper and bands from side to side, line by line: what lies under everything. What it gave before is used again. */
export function fillBands(
	paper: string,
	bands: readonly PlainBand[],
	{
		width,
		lines,
		firstLine,
		scale,
	}: {
		readonly width: number;
		readonly lines: number;
		readonly firstLine: number;
		readonly scale: number;
	},
): Uint8Array {
	if (scratch.length !== width * lines) scratch = new Uint32Array(width * lines);
	const words = scratch;
	const ground = parse(paper);
	for (let line = 0; line < lines; line++) {
		const at = firstLine + line;
		let colour = ground;
		for (const { y, height, fill } of bands) {
			const share = Math.min(at + 1, (y + height) * scale) - Math.max(at, y * scale);
			if (share > 0) colour = mix(colour, parse(fill), Math.min(1, share));
		}
		words.fill((0xff000000 | (colour[2] << 16) | (colour[1] << 8) | colour[0]) >>> 0, line * width, (line + 1) * width);
	}
	return new Uint8Array(words.buffer);
}

type Colour = readonly [red: number, green: number, blue: number];

const parse = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Colour;

const mix = (a: Colour, b: Colour, share: number) =>
	a.map((value, i) => Math.round(value + ((b[i] as number) - value) * share)) as unknown as Colour;
