import { parentPort, workerData } from "node:worker_threads";
import { Typesetter } from "../letters/typesetter.ts";
import type { BandAnswer, BandQuestion, PaintedPicture } from "./band-threads.ts";
import { BandPainter } from "./pixel-bands.ts";
import { BandPacker } from "./png-band.ts";

/** Paints bands of one picture as they are asked for, and packs them for a PNG. Whoever started it ends it. */
const { drawing, size } = workerData as PaintedPicture;
const painter = new BandPainter(drawing, new Typesetter(), size);
const packer = new BandPacker(size.width, drawing.background === null);

parentPort?.on("message", async ({ index, place }: BandQuestion) => {
	try {
		const result = await packer.pack(painter.paint(place));
		parentPort?.postMessage({ index, result } satisfies BandAnswer, [result.blocks.buffer as ArrayBuffer]);
	} catch (error) {
		parentPort?.postMessage({ index, reason: error instanceof Error ? error.message : String(error) });
	}
});
