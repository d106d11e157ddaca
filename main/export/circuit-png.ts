import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import type { DrawnSvg } from "#shared/drawing/placed-svg";
import { fitRasterScale } from "#shared/drawing/raster-scale";

const packages = createRequire(import.meta.url);
/** No ligatures, and the signs for blanks and line ends: a token is drawn letter by letter. */
const family = "DejaVu Sans Mono";
let ready: Promise<void> | undefined;

/** A drawing as a PNG of two pixels a unit, fewer where it is very large. Letters come with the program, not from the system. */
export async function rasterizeSvg({ svg, width, height }: DrawnSvg): Promise<Uint8Array> {
	ready ??= initWasm(readFileSync(packages.resolve("@resvg/resvg-wasm/index_bg.wasm")));
	await ready;
	const fontBuffers = ["DejaVuSansMono", "DejaVuSansMono-Bold"].map(
		(name) => new Uint8Array(readFileSync(packages.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`))),
	);
	const font = { fontBuffers, defaultFontFamily: family, monospaceFamily: family };
	const drawing = new Resvg(svg, { font, fitTo: { mode: "zoom", value: fitRasterScale(width, height) } });
	const image = drawing.render();
	const png = image.asPng();
	image.free();
	drawing.free();
	return png;
}
