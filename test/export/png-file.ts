import { crc32, inflateSync } from "node:zlib";

/** A PNG without interlacing, read by the specification's own rules: whatever is amiss throws. */
export function readPng(png: Uint8Array) {
	const bytes = Buffer.from(png);
	if (bytes.toString("latin1", 0, 8) !== "\x89PNG\r\n\x1a\n") throw new Error("no PNG");
	const chunks: { readonly type: string; readonly content: Buffer }[] = [];
	for (let at = 8; at < bytes.length; ) {
		const length = bytes.readUInt32BE(at);
		const content = bytes.subarray(at + 8, at + 8 + length);
		if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length))
			throw new Error("a chunk's sum is wrong");
		chunks.push({ type: bytes.toString("latin1", at + 4, at + 8), content });
		at += 12 + length;
	}
	const [width, height, depth] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[25] === 6 ? 4 : 3];
	const lines = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ content }) => content)));
	const pixels = Buffer.alloc(width * height * depth);
	const row = width * depth;
	for (let y = 0; y < height; y++) {
		const filter = lines[y * (row + 1)];
		if (filter !== 0 && filter !== 2) throw new Error(`filter ${filter} is not read here`);
		for (let i = 0; i < row; i++) {
			const above = filter === 2 && y > 0 ? (pixels[(y - 1) * row + i] as number) : 0;
			pixels[y * row + i] = (lines[y * (row + 1) + 1 + i] as number) + above;
		}
	}
	return {
		width,
		height,
		depth,
		chunks,
		pixels,
		at: (x: number, y: number) => [...pixels.subarray((y * width + x) * depth, (y * width + x) * depth + depth)],
	};
}
