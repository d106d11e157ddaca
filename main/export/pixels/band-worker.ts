import { parentPort, workerData } from "node:worker_threads";
import { Typesetter } from "../letters/typesetter.ts";
import type { BandAnswer, BandQuestion, PaintedPicture } from "./band-threads.ts";
import { BandPainter } from "./pixel-bands.ts";
import { BandPacker } from "./png-band.ts";

/** Paints bands of one picture as they are asked for, and packs them for a PNG. Whoever started it ends it. */
const { drawing, size, packed } = workerData as PaintedPicture;
const painter = new BandPainter(drawing, new Typesetter(), size);
const packer = packed ? new BandPacker(size.width, drawing.background === null) : undefined;

parentPort?.on("message", async ({ index, place }: BandQuestion) => {
	try {
		const band = painter.paint(place);
		// Its own memory is used again for the next band.
		const result = packer ? await packer.pack(band) : { ...band, pixels: band.pixels.slice() };
		const { buffer } = "blocks" in result ? result.blocks : result.pixels;
		parentPort?.postMessage({ index, result } satisfies BandAnswer, [buffer as ArrayBuffer]);
	} catch (error) {
		parentPort?.postMessage({ index, reason: error instanceof Error ? error.message : String(error) });
	}
});
