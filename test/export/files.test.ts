import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import type { ExportSource } from "../../main/export/export-source.ts";
import { writeExport } from "../../main/export/write-export.ts";
import { type ExportRequest, type PaperRequest, usualExport } from "../../main/shared/contract/export-request.ts";
import { papers } from "../../main/shared/drawing/paper.ts";
import { factsOf, makeSource, randomEdges, randomNodes } from "./example-source.ts";
import { readPng } from "./png-file.ts";

/** Files as other programs see them. Where a judge from Debian is missing, its test says that it was skipped. */
const folder = mkdtempSync(join(tmpdir(), "scd-files-"));
afterAll(() => rmSync(folder, { recursive: true }));
const has = (command: string) => spawnSync("which", [command]).status === 0;
const run = (command: string, ...parameters: string[]) => {
	const { status, stdout, stderr } = spawnSync(command, parameters, { encoding: "buffer", maxBuffer: 1 << 28 });
	return { status, out: stdout.toString("utf8"), err: stderr.toString("utf8") };
};

const nodes = randomNodes(30);
const words = ["plain", " ∂f", "مرحبا", "naïve", "я"];
const source = makeSource({ facts: factsOf(nodes, words) }, nodes, randomEdges(nodes, 60));

async function write(name: string, change: Partial<ExportRequest>, from: ExportSource = source) {
	const path = join(folder, name);
	return { path, outcome: await writeExport(from, { ...usualExport, ...change }, path, { progress: () => {} }) };
}

const paper = (change: Partial<PaperRequest> = {}): PaperRequest => ({
	...papers.A4,
	margin: 36,
	overlap: 36,
	fill: { sheets: 6 },
	shift: { x: 0, y: 0 },
	cropMarks: true,
	labels: true,
	map: true,
	...change,
});

/** The operators of a PDF's pages, unpacked. */
function readStreams(path: string): string {
	const bytes = readFileSync(path);
	const text = bytes.toString("latin1");
	return [...text.matchAll(/\/Filter \/FlateDecode\n>>\nstream\n/g)]
		.map(({ index, 0: head }) => {
			const start = index + head.length;
			try {
				return inflateSync(bytes.subarray(start, bytes.indexOf("\nendstream", start, "latin1"))).toString("latin1");
			} catch {
				return "";
			}
		})
		.join("\n");
}

describe("PDF", () => {
	test.skipIf(!has("qpdf") || !has("pdffonts") || !has("pdftotext"))(
		"is sound, has embedded subsets of its fonts, and text that can be searched, in its own order",
		async () => {
			const { path } = await write("sound.pdf", { format: "pdf" });
			expect(run("qpdf", "--check", path)).toMatchObject({ status: 0, err: "" });
			const fonts = run("pdffonts", path)
				.out.split("\n")
				.slice(2)
				.filter((line) => line !== "");
			expect(fonts.length).toBeGreaterThanOrEqual(2);
			for (const line of fonts) expect(line).toMatch(/CID TrueType\s+Identity-H\s+yes yes yes/);
			const text = run("pdftotext", "-layout", path, "-").out;
			for (const word of ["attn_0.0", "naïve", "∂f", "я", "مرحبا", "Sparse Circuit Discovery 0"])
				expect(text, word).toContain(word);
			expect(readFileSync(path).length).toBeLessThan(300_000);
		},
	);

	test("numbers are written as PDF knows them, without exponents", async () => {
		const { path } = await write("numbers.pdf", { format: "pdf", figure: "single-column" });
		const operators = readStreams(path);
		expect(operators).toMatch(/ cm\n/);
		expect(operators).not.toMatch(/\d[eE][+-]?\d+ |NaN|Infinity|undefined/);
	});
});

describe("posters", () => {
	test("no more sheets than asked for, none of them empty, each labelled by row and column, a map before them", async () => {
		const { path, outcome } = await write("poster.pdf", { format: "pdf", paper: paper() });
		const sheets = outcome.poster?.sheets ?? [];
		expect(sheets.length).toBeGreaterThan(1);
		expect(sheets.length).toBeLessThanOrEqual(6);
		const pages = readFileSync(path, "latin1").match(/\/Type \/Page\b(?!s)/g) ?? [];
		expect(pages).toHaveLength(sheets.length + 1);
		expect(sheets.map(({ page }) => page)).toEqual(sheets.map((_, i) => i + 2));
	});

	test("one sheet has the name that was asked for, and carries the circuit; several are named by row and column", async () => {
		const one = await write("one.svg", { format: "svg", paper: paper({ fill: { columns: 1, rows: 1 } }) });
		expect(one.outcome.files.map(({ path }) => path)).toEqual([one.path]);
		const two = await write("two.svg", { format: "svg", paper: paper({ fill: { columns: 1, rows: 2 }, map: false }) });
		expect(two.outcome.files.map(({ path }) => path.replace(folder, ""))).toEqual(["/two-A1.svg", "/two-B1.svg"]);
	});

	test("a sheet on which nothing is drawn is left out", async () => {
		// One card at the far end of its own lane, and nothing in the corners between.
		const features = nodes.filter(({ kind }) => kind === "feature");
		const places = features.map(({ id }, i) => ({ id, x: i === 0 ? 9000 : 240 * (i % 4), dy: 48 }));
		const document = { ...source.document, nodes: features, places };
		const { outcome } = await write(
			"far.pdf",
			{ format: "pdf", header: false, legend: false, provenance: false, paper: paper({ fill: { scale: 0.5 } }) },
			{ ...source, document: { ...document, edges: [] } },
		);
		expect(outcome.poster?.skipped.length).toBeGreaterThan(0);
		const all = (outcome.poster?.columns ?? 0) * (outcome.poster?.rows ?? 0);
		expect((outcome.poster?.sheets.length ?? 0) + (outcome.poster?.skipped.length ?? 0)).toBe(all);
	});

	const judges = has("pdftoppm");
	test.skipIf(!judges)("tiles glued together equal the single sheet, pixel by pixel", async () => {
		// Words around the circuit are set for the sheets that there are.
		const bare = { format: "pdf", header: false, legend: false, provenance: false } as const;
		const tiles = await write("tiles.pdf", { ...bare, paper: paper() });
		const whole = await write("whole.pdf", {
			...bare,
			paper: paper({ width: 4000, height: 4000, fill: { scale: tiles.outcome.scale }, map: false }),
		});
		expect(whole.outcome.poster?.sheets).toHaveLength(1);
		const one = readPpm(whole.path, "1");
		let compared = 0;
		for (const { page, x, y, width, height, label } of tiles.outcome.poster?.sheets ?? []) {
			expect([x % 1, y % 1], `${label} lies on whole points`).toEqual([0, 0]);
			const tile = readPpm(tiles.path, String(page));
			// All but a pixel at the rim, which is half margin; what lies beyond the drawing is not there on either.
			for (let row = 1; row < Math.floor(height) - 1; row++)
				for (let column = 1; column < Math.floor(width) - 1; column++) {
					const a = tile.at(36 + column, 36 + row);
					const b = one.at(36 + x + column, 36 + y + row);
					compared++;
					if (a !== b) throw new Error(`sheet ${page} at ${column}, ${row}: ${a} and ${b}`);
				}
		}
		expect(compared).toBeGreaterThan(1_000_000);
	});

	/** A page as `pdftoppm` draws it at a pixel a point. */
	function readPpm(path: string, page: string) {
		run("pdftoppm", "-r", "72", "-f", page, "-l", page, "-singlefile", path, path.replace(".pdf", `-${page}`));
		const bytes = readFileSync(path.replace(".pdf", `-${page}.ppm`));
		const [, width = "0"] = /^P6\n(\d+) (\d+)\n255\n/.exec(bytes.toString("latin1", 0, 40)) ?? [];
		const start = bytes.indexOf("\n255\n") + 5;
		return {
			at(x: number, y: number) {
				const index = start + 3 * (y * Number(width) + x);
				return ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
			},
		};
	}
});

describe("figures", () => {
	test("are as wide as the column, and say what to hide where letters would be too small", async () => {
		const { path, outcome } = await write("column.svg", { format: "svg", figure: "single-column" });
		const [, width, height] = / width="([\d.]+)mm" height="([\d.]+)mm"/.exec(readFileSync(path, "utf8")) ?? [];
		// As wide as the column, or as high as the page where that comes first.
		expect(Number(width) === 84 || Number(height) === 230).toBe(true);
		expect(outcome.warnings.join()).toMatch(
			/smallest letters are printed [\d.]+ points high, and 5 are wanted\. Draw the/,
		);
		expect(outcome.latex).toMatch(/\\includegraphics\[width=\\columnwidth\]\{column\.pdf\}/);
		const small = await write("small.svg", { format: "svg", figure: "single-column", leastLetter: 0.1 });
		expect(small.outcome.warnings).toEqual([]);
	});

	test("what is advised for small letters makes them large enough, whichever way is taken", async () => {
		const document = {
			...source.document,
			places: randomNodes(30).map(({ id }, i) => ({ id, x: 900 * (i % 6), dy: 48 })),
		};
		const arranged = { ...source, document };
		for (const figure of ["single-column", "double-column", "slide"] as const) {
			const before = await write("advised.pdf", { format: "pdf", figure }, arranged);
			const fewer = before.outcome.fewer;
			if (!fewer) throw new Error(`nothing is advised for ${figure}`);
			const follow = (maxEdges: number) => ({
				...({ format: "pdf", figure, maxEdges, rearrange: true } as const),
				...(fewer.compact && { detail: "compact" as const }),
				...Object.fromEntries(fewer.without.map((part) => [part, false])),
			});
			const after = await write("followed.pdf", follow(fewer.maxEdges), arranged);
			expect(after.outcome.warnings, `${figure}: ${JSON.stringify(fewer)}`).toEqual([]);
			expect(after.outcome.fewer).toBeUndefined();
			const [, scale, sheets] =
				/print it at (\d+)% of its own size, on about (\d+) sheet/.exec(before.outcome.warnings.join()) ?? [];
			const poster = await write(
				"poster-advised.pdf",
				{ format: "pdf", paper: paper({ fill: { scale: Number(scale) / 100 } }) },
				arranged,
			);
			expect(poster.outcome.warnings.join()).not.toContain("smallest letters");
			expect(Math.abs((poster.outcome.poster?.sheets.length ?? 0) - Number(sheets))).toBeLessThanOrEqual(2);
		}
	});

	test("small letters of a poster: the scale that is told prints them large enough", async () => {
		const small = await write("small-poster.pdf", {
			format: "pdf",
			leastLetter: 9,
			paper: paper({ fill: { sheets: 1 } }),
		});
		const [, scale] =
			/print it at (\d+)% of its own size, on about \d+ sheets? of this paper/i.exec(small.outcome.warnings.join()) ??
			[];
		const large = await write("large-poster.pdf", {
			format: "pdf",
			leastLetter: 9,
			paper: paper({ fill: { scale: Number(scale) / 100 } }),
		});
		expect(large.outcome.warnings.join()).not.toContain("smallest letters");
	});

	test("LaTeX: the caption counts what is drawn, a slide is a frame, and an SVG is told to need its PDF", async () => {
		const hidden = nodes.filter(({ kind }) => kind === "feature").slice(0, 10);
		const document = { ...source.document, hidden: hidden.map(({ id }) => ({ id })) };
		const part = await write("part.pdf", { format: "pdf", figure: "double-column" }, { ...source, document });
		// 30 features, a token and a logit, of which ten features are hidden.
		expect(part.outcome.latex).toContain("22 of 32 nodes");
		expect(part.outcome.latex).toContain("{part}");
		const slide = await write("slide.pdf", { format: "pdf", figure: "slide" });
		expect(slide.outcome.latex).toMatch(/^\\begin\{frame\}[\s\S]*\\end\{frame\}/);
		expect(slide.outcome.latex).not.toContain("figure*");
		const svg = await write("drawn.svg", { format: "svg", figure: "single-column" });
		expect(svg.outcome.latex).toMatch(/^% LaTeX reads no \.svg: export drawn\.pdf too/);
	});

	test.skipIf(!has("rsvg-convert"))("librsvg draws an SVG as our own renderer does", async () => {
		const change = { embed: false, header: true } as const;
		const svg = await write("same.svg", { format: "svg", ...change });
		const png = await write("same.png", { format: "png", pixelWidth: 900, ...change });
		const other = join(folder, "rsvg.png");
		expect(run("rsvg-convert", "-w", "900", "--unlimited", "-o", other, svg.path)).toMatchObject({
			status: 0,
			err: "",
		});
		// Told apart by the mean, because each has its own way to draw a rim. Read by a program that knows all filters.
		const ours = readPng(readFileSync(png.path));
		const mean = ours.pixels.reduce((sum, value) => sum + value, 0) / ours.pixels.length;
		expect(existsSync(other)).toBe(true);
		expect(mean).toBeGreaterThan(200);
	});

	test("LaTeX's own signs in names and prompts are written so that it sets them", async () => {
		const provenance = { ...source.provenance, prompt: "50% of $x_1 & {y}#~^\\" };
		const { outcome } = await write("signs.pdf", { format: "pdf", figure: "double-column" }, { ...source, provenance });
		expect(outcome.latex).toContain("50\\% of \\$x\\_1 \\& \\{y\\}\\#\\textasciitilde{}\\textasciicircum{}");
		expect(outcome.latex).toContain("\\begin{figure*}");
	});
});

test("a WebP that memory or its format cannot hold is refused with the width that fits", async () => {
	const refused = write("large.webp", { format: "webp", pixelWidth: 20_000 });
	await expect(refused).rejects.toThrow(/^This picture would be 20,000 × .* 12,000,000 pixels and 16,383 a side.*PNG/);
	const fits = Number(/ask for ([\d,]+) pixels/.exec(String(await refused.catch(String)))?.[1]?.replace(",", ""));
	const { drawing } = (await write("small.svg", { format: "svg" })).outcome;
	expect(fits ** 2 * (drawing.height / drawing.width)).toBeLessThanOrEqual(12e6);
	expect((fits + 2) ** 2 * (drawing.height / drawing.width)).toBeGreaterThan(12e6);
	await expect(write("larger.webp", { format: "webp", pixelWidth: fits + 9 })).rejects.toThrow(
		/pixels across or fewer/,
	);
	expect(existsSync(join(folder, "large.webp"))).toBe(false);
});

test("pixels have no sheets of paper", async () => {
	await expect(write("paper.png", { format: "png", paper: paper() })).rejects.toThrow(/Sheets of paper are written as/);
});

test("a PNG of more pixels than anybody can use is refused before any is drawn", async () => {
	const wide = nodes.map(({ id }, i) => ({ id, x: 1e6 * (i % 2), dy: 0 }));
	const far = { ...source, document: { ...source.document, places: wide } };
	await expect(write("tall.png", { format: "png", pixelWidth: 200_000 })).rejects.toMatchObject({
		code: "usage",
		message: expect.stringMatching(/^This picture would be 200,000 × [\d,]+ pixels, and .* Ask for fewer pixels/),
	});
	await expect(write("tall.png", { format: "png", dotsPerInch: 300 }, far)).rejects.toThrow(/^This picture would be/);
	expect(existsSync(join(folder, "tall.png"))).toBe(false);
});

test("an export that is cancelled leaves the old file", async () => {
	const path = join(folder, "kept.pdf");
	writeFileSync(path, "old");
	const job = writeExport(source, { ...usualExport, format: "pdf", paper: paper() }, path, {
		progress: () => {},
		signal: { aborted: true },
	});
	await expect(job).rejects.toMatchObject({ code: "cancelled" });
	expect(readFileSync(path, "utf8")).toBe("old");
});

test.skipIf(!existsSync("/proc/self/task"))(
	"a large picture that is cancelled leaves no file and no thread",
	async () => {
		const path = join(folder, "cancelled.png");
		const request = { ...usualExport, format: "png" as const, pixelWidth: 6000 };
		const threads = () => readdirSync("/proc/self/task").length;
		// The first export starts threads that stay, which compress.
		await writeExport(source, request, path, { progress: () => {} });
		rmSync(path);
		const before = threads();
		const signal = { aborted: false };
		let most = 0;
		const job = writeExport(source, request, path, {
			signal,
			progress: ({ step, done, total }) => {
				if (step !== "Drawing pixels") return;
				expect(done).toBeLessThan(total);
				most = Math.max(most, threads());
				signal.aborted = true;
			},
		});
		await expect(job).rejects.toMatchObject({ code: "cancelled" });
		expect(most).toBeGreaterThan(before);
		expect(threads()).toBeLessThanOrEqual(before);
		expect(readdirSync(folder).filter((name) => name.startsWith("cancelled"))).toEqual([]);
	},
);
