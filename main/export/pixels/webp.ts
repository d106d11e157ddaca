import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import encode, { init } from "@jsquash/webp/encode.js";
import { AppError } from "#shared/errors";
import type { PixelBand, PixelSize } from "./pixel-bands.ts";

/** What the format can say. */
const largestSide = 16_383;
/** The encoder holds the picture whole, at about 40 bytes a pixel: with the circuit beside it this is some 1 GB. */
const mostPixels = 12e6;

const packages = createRequire(import.meta.url);
let ready: Promise<void> | undefined;

/** The format wants a picture whole, so that it is limited where PNG is not. */
export function refuseLargeWebp({ width, height }: Omit<PixelSize, "scale">): void {
	if (width * height <= mostPixels && Math.max(width, height) <= largestSide) return;
	const share = Math.min(largestSide / Math.max(width, height), Math.sqrt(mostPixels / (width * height)));
	const say = (count: number) => count.toLocaleString("en");
	throw new AppError(
		"usage",
		`This picture would be ${say(width)} × ${say(height)} pixels. WebP is made of the whole picture in memory, and ends at ${say(mostPixels)} pixels and ${say(largestSide)} a side: ask for ${say(Math.floor(width * share))} pixels across or fewer, or write PNG, which has no such limit.`,
		{ width, height },
	);
}

/** A picture as lossless WebP. */
export async function writeWebp(
	bands: AsyncIterable<PixelBand>,
	{ width, height }: Omit<PixelSize, "scale">,
): Promise<Uint8Array> {
	const pixels = new Uint8ClampedArray(4 * width * height);
	for await (const band of bands) pixels.set(band.pixels, 4 * width * band.firstLine);
	ready ??= start();
	await ready;
	const image = { data: pixels, width, height, colorSpace: "srgb" } as Parameters<typeof encode>[0];
	return new Uint8Array(await encode(image, { lossless: 1, method: 2, quality: 30 }));
}

async function start(): Promise<void> {
	const file = packages.resolve("@jsquash/webp/codec/enc/webp_enc_simd.wasm");
	const { WebAssembly } = globalThis as unknown as {
		readonly WebAssembly: { compile(bytes: Uint8Array): Promise<never> };
	};
	await init(await WebAssembly.compile(readFileSync(file)));
}
