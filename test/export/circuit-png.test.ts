import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { rasterizeSvg } from "../../main/export/circuit-png.ts";

const draw = (content: string, width = 12, height = 8) => {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`;
	return rasterizeSvg({ svg, width, height });
};

/** Width, height and the bytes of the lines; each line begins with the number of its filter. */
function read(png: Uint8Array) {
	const bytes = Buffer.from(png);
	expect(bytes.subarray(1, 4).toString()).toBe("PNG");
	const parts: Buffer[] = [];
	for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at))
		if (bytes.subarray(at + 4, at + 8).toString() === "IDAT")
			parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
	return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), lines: inflateSync(Buffer.concat(parts)) };
}

test("a drawing becomes two pixels a unit, in its colours", async () => {
	const { width, height, lines } = read(await draw('<rect width="12" height="8" fill="#ff8000"/>'));
	expect([width, height]).toEqual([24, 16]);
	// The first pixel of the first line stands as it is, whatever the filter.
	expect([...lines.subarray(1, 5)]).toEqual([255, 128, 0, 255]);
});

test("letters come with the program, each by itself, with the signs for blanks and line ends", async () => {
	const text = (content: string) =>
		draw(`<text y="14" font-size="14" font-family="monospace">${content}</text>`, 60, 20);
	const blank = read(await draw("", 60, 20)).lines;
	for (const sign of ["a", "·", "↵", "⇥", "∂", "−", "я"]) {
		expect(read(await text(sign)).lines.equals(blank), sign).toBe(false);
		expect(read(await text(sign)).lines.equals(read(await text("日")).lines), sign).toBe(false);
	}
	const apart = '<tspan x="0">&lt;</tspan><tspan x="8.428">|</tspan>';
	expect(read(await text("&lt;|")).lines.equals(read(await text(apart)).lines)).toBe(true);
});

test("a very large drawing has fewer pixels a unit", async () => {
	const { width, height } = read(await draw('<rect width="9" height="9"/>', 40_000, 10));
	expect([width, height]).toEqual([16_000, 4]);
});
