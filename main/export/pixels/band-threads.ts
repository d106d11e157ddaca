import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Drawing } from "#shared/drawing/drawing";
import type { Typesetter } from "../letters/typesetter.ts";
import { type BandPlace, drawBands, type PixelSize, planBands } from "./pixel-bands.ts";
import type { PackedBand } from "./png-band.ts";
import { packBands } from "./png-stream.ts";

const workerFile = join(
	import.meta.dirname,
	import.meta.filename.endsWith(".ts") ? "band-worker.ts" : "band-worker.js",
);
/** Each holds a drawing, letters, and bands in the making: about 150 MB. */
const mostThreads = 4;
/** For fewer bands a thread would hardly have started before it is done. */
const fewBands = 3;

/** What a thread paints. */
export interface PaintedPicture {
	readonly drawing: Drawing;
	readonly size: PixelSize;
}

export interface BandQuestion {
	readonly index: number;
	readonly place: BandPlace;
}

export type BandAnswer =
	| { readonly index: number; readonly result: PackedBand }
	| { readonly index: number; readonly reason: string };

/** A picture's bands from top to bottom, packed for a PNG; a large one's are made in as many threads as there are cores. */
export function paintPackedBands(drawing: Drawing, typesetter: Typesetter, size: PixelSize): AsyncIterable<PackedBand> {
	const places = planBands(size);
	if (places.length < fewBands)
		return packBands(drawBands(drawing, typesetter, size), { ...size, hasOpacity: drawing.background === null });
	return paintInThreads({ drawing, size }, places);
}

/** Bands in their order. Threads are at most two bands ahead of who takes them, and end when nobody takes any more. */
export async function* paintInThreads(
	picture: PaintedPicture,
	places: readonly BandPlace[],
	threads = Math.min(availableParallelism(), mostThreads),
): AsyncGenerator<PackedBand, void> {
	const done = new Map<number, PackedBand>();
	let failure: Error | undefined;
	let wake = () => {};
	const workers = Array.from({ length: Math.min(threads, places.length) }, () => {
		const worker = new Worker(workerFile, { workerData: picture });
		const fail = (error: Error) => {
			failure ??= error;
			wake();
		};
		worker.on("error", fail).on("exit", () => fail(new Error("a thread that paints has ended")));
		worker.on("message", (answer: BandAnswer) => {
			idle.push(worker);
			if ("result" in answer) done.set(answer.index, answer.result);
			else failure ??= new Error(answer.reason);
			wake();
		});
		return worker;
	});
	const idle = [...workers];
	let asked = 0;
	try {
		for (let index = 0; index < places.length; ) {
			const most = Math.min(places.length, index + 2 * workers.length);
			while (asked < most && idle.length > 0) {
				idle.pop()?.postMessage({ index: asked, place: places[asked] as BandPlace } satisfies BandQuestion);
				asked++;
			}
			if (failure) throw failure;
			const result = done.get(index);
			if (result) {
				done.delete(index++);
				yield result;
			} else
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
		}
	} finally {
		await Promise.all(workers.map((worker) => worker.terminate()));
	}
}
