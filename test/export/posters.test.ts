import { expect, test } from "vitest";
import { Faces } from "../../main/export/letters/faces.ts";
import { SystemFonts } from "../../main/export/letters/system-fonts.ts";
import { Typesetter } from "../../main/export/letters/typesetter.ts";
import { planDrawing } from "../../main/export/plan-drawing.ts";
import { type ExportRequest, type PaperRequest, usualExport } from "../../main/shared/contract/export-request.ts";
import { papers } from "../../main/shared/drawing/paper.ts";
import { factsOf, makeSource, randomEdges, randomNodes } from "./example-source.ts";

/** Posters as they are planned, for the preview and for every file. */
const typesetter = new Typesetter(new Faces(new SystemFonts([])));
const nodes = randomNodes(60);
const source = makeSource({ facts: factsOf(nodes, ["plain", " ∂f"]) }, nodes, randomEdges(nodes, 120));

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

const ask = (change: Partial<PaperRequest> = {}): ExportRequest => ({ ...usualExport, paper: paper(change) });
const plan = (request: ExportRequest) => planDrawing(source, request, (text) => typesetter.makeLegible(text));

test("moving the grid moves it and nothing else: the drawing and its scale stay, and more sheets are told of", () => {
	let told = 0;
	for (const sheets of [2, 4, 6]) {
		const first = plan(ask({ fill: { sheets } }));
		for (const [x, y] of [
			[1, 0],
			[100, 0],
			[250, 300],
			[400, 600],
			[0, 700],
		] as const) {
			const moved = plan(ask({ fill: { sheets }, shift: { x, y } }));
			expect(moved.plan.scale).toBe(first.plan.scale);
			expect([moved.drawing.width, moved.drawing.height]).toEqual([first.drawing.width, first.drawing.height]);
			const printed = moved.plan.poster?.sheets.filter(({ isEmpty }) => !isEmpty) ?? [];
			// The first column begins so much before the drawing, unless nothing is on it there.
			if ((printed[0]?.x ?? 1) <= 0) expect(printed[0]?.x).toBe(0 - x);
			if (printed.length <= sheets) continue;
			told++;
			expect(moved.plan.warnings.join()).toMatch(
				new RegExp(`needs ${printed.length} sheets, \\d+ more than where it first`),
			);
		}
	}
	expect(told).toBeGreaterThan(0);
});

test("everything that is drawn is on a sheet that is printed, and every printed sheet has something", () => {
	for (const sheets of [1, 3, 8, 15]) {
		const { drawing, plan: made } = plan(ask({ fill: { sheets } }));
		const printed = (made.poster?.sheets ?? []).filter(({ isEmpty }) => !isEmpty);
		const drawn = drawing.items.filter(({ kind }) => kind === "node" || kind === "frame");
		for (const { box, title } of drawn)
			for (const [x, y] of [
				[box.x, box.y],
				[box.x + box.width, box.y + box.height],
			] as const)
				expect(
					printed.some(
						(sheet) =>
							x * made.scale >= sheet.x &&
							x * made.scale <= sheet.x + sheet.width + 0.01 &&
							y * made.scale >= sheet.y &&
							y * made.scale <= sheet.y + sheet.height + 0.01,
					),
					title,
				).toBe(true);
		expect(printed.length).toBeLessThanOrEqual(sheets);
	}
});

test.each(Object.entries(papers))(
	"on %s no seam goes through prompt, legend or origin, upright and lying",
	(_, size) => {
		for (const { width, height } of [size, { width: size.height, height: size.width }])
			for (const sheets of [2, 4, 9, 20]) {
				const { drawing, plan: made } = plan(ask({ width, height, fill: { sheets } }));
				const poster = made.poster;
				expect(poster?.sheets.length).toBeGreaterThan(0);
				const seams = {
					x: poster?.sheets.flatMap(({ cutRight }) => cutRight ?? []) ?? [],
					y: poster?.sheets.flatMap(({ cutBelow }) => cutBelow ?? []) ?? [],
				};
				for (const { box } of drawing.items.filter(({ kind }) => kind === "frame")) {
					const within = (low: number, length: number) => (at: number) =>
						at > low * made.scale + 0.02 && at < (low + length) * made.scale - 0.02;
					expect(seams.x.filter(within(box.x, box.width)), `${sheets} sheets`).toEqual([]);
					expect(seams.y.filter(within(box.y, box.height)), `${sheets} sheets`).toEqual([]);
				}
			}
	},
);

test("where fewer sheets would nearly do, that is told, and as many are enough", () => {
	let told = 0;
	for (let sheets = 2; sheets <= 24; sheets++) {
		const { plan: made } = plan(ask({ fill: { sheets } }));
		const [, fewer] = /(\d+) sheets? would do instead of \d+, at a scale of about/.exec(made.warnings.join(" ")) ?? [];
		if (fewer === undefined) continue;
		told++;
		const { plan: after } = plan(ask({ fill: { sheets: Number(fewer) } }));
		expect(after.poster?.sheets.filter(({ isEmpty }) => !isEmpty).length).toBeLessThanOrEqual(Number(fewer));
		expect(after.scale).toBeGreaterThan(0.88 * made.scale);
	}
	expect(told).toBeGreaterThan(0);
});

test("where sheets would hold words alone, that is told, and without the words they are saved", () => {
	let told = 0;
	for (let sheets = 2; sheets <= 30; sheets++) {
		const before = plan(ask({ fill: { sheets } })).plan;
		const warning = before.warnings.find((one) => one.includes("nothing but words around the circuit"));
		const count = ({ poster }: typeof before) => poster?.sheets.filter(({ isEmpty }) => !isEmpty).length ?? 0;
		const bare = { ...ask({ fill: { scale: before.scale } }), provenance: false, legend: false, header: false };
		if (warning === undefined) continue;
		told++;
		expect(Number(/^\d+/.exec(warning)?.[0])).toBeLessThan(count(before));
		expect(count(plan(bare).plan)).toBeLessThan(count(before));
	}
	expect(told).toBeGreaterThan(0);
});
