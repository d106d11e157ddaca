import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import encode, { init } from "@jsquash/webp/encode.js";
import { AppError } from "#shared/errors";
import type { PixelBand } from "./pixel-bands.ts";

/** What the format can say. */
export const largestWebpSide = 16_383;

const packages = createRequire(import.meta.url);
let ready: Promise<void> | undefined;

/** A picture as lossless WebP; the format wants it whole, so that it is limited where PNG is not. */
export async function writeWebp(
	bands: AsyncIterable<PixelBand>,
	{ width, height }: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
	if (Math.max(width, height) > largestWebpSide)
		throw new AppError(
			"usage",
			`WebP cannot be larger than ${largestWebpSide} pixels a side, and this picture would be ${width} × ${height}. Write PNG, or fewer pixels.`,
			{ width, height },
		);
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
