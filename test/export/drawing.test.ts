import { describe, expect, test } from "vitest";
import { buildDrawing } from "../../main/export/build-drawing.ts";
import type { ExportSource } from "../../main/export/export-source.ts";
import { Faces } from "../../main/export/letters/faces.ts";
import { SystemFonts } from "../../main/export/letters/system-fonts.ts";
import { Typesetter } from "../../main/export/letters/typesetter.ts";
import { writeSvgDocument } from "../../main/export/svg-document.ts";
import { type DrawingRequest, usualDrawing } from "../../main/shared/contract/export-request.ts";
import { edgeKey } from "../../main/shared/document-diff.ts";
import type { DrawnItem } from "../../main/shared/drawing/drawing.ts";
import { inks } from "../../main/shared/drawing/theme.ts";
import { factsOf, hostile, makeSource, randomEdges, randomNodes } from "./example-source.ts";

/** Only the faces that come with the program, so that every machine draws the same. */
const typesetter = new Typesetter(new Faces(new SystemFonts([])));

function draw(source: ExportSource = makeSource(), request: Partial<DrawingRequest> = {}) {
	return buildDrawing(source, { ...usualDrawing, ...request }, (text) => typesetter.makeLegible(text));
}

/** Tags close in order, attributes are quoted, and no character is one that XML forbids. */
function expectWellFormed(xml: string): void {
	expect(xml.isWellFormed()).toBe(true);
	expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
	const open: string[] = [];
	const rest = xml.replace(
		/<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
		(_all, closing: string, name: string, _attributes: string, empty: string) => {
			if (closing) expect(open.pop()).toBe(name);
			else if (!empty) open.push(name);
			return "";
		},
	);
	expect(open).toEqual([]);
	expect(rest).not.toMatch(/[<>]/);
	expect(rest.replace(/&(#\d+|amp|lt|gt|quot);/g, "")).not.toContain("&");
}

const only = (items: readonly DrawnItem[], kind: DrawnItem["kind"]) => items.filter((item) => item.kind === kind);
const textsOf = (items: readonly DrawnItem[]) =>
	items.flatMap(({ shapes }) => shapes.flatMap((shape) => (shape.type === "text" ? [shape.text] : [])));

describe("a drawing", () => {
	test("is well-formed and holds no script, whatever tokens, labels and notes are", () => {
		const nodes = randomNodes(12);
		const source = makeSource(
			{
				facts: factsOf(nodes, hostile),
				labels: [["attn_0.0", { text: hostile.join(""), by: "person" }]],
				run: {
					modelName: "<m>",
					metricName: "logit(<)",
					metric: 1,
					scores: { replacement: null, completeness: null },
					paired: false,
					tokens: hostile,
					logitTokens: {},
				},
			},
			nodes,
		);
		const noted = { ...source.document, notes: [{ id: "n", text: hostile.join("\n"), x: 0, y: 0 }] };
		for (const ink of inks)
			for (const theme of ["light", "dark"] as const) {
				const { drawing } = draw({ ...source, document: noted }, { ink, theme });
				const svg = writeSvgDocument(drawing, typesetter);
				expectWellFormed(svg);
				expect(svg).not.toMatch(/<script|<foreignObject|<image|href="(?!#)|\son\w+=/i);
			}
	});

	test("tells the story under the circuit, step by step, each with its path by name; or leaves it out", () => {
		const nodes = randomNodes(12);
		const [source, target] = ["attn_0.0@0", "mlp_0.1@1"];
		const story = [
			{ id: "story.b", order: 2, path: [target], text: "Then it stops." },
			{ id: "story.a", order: 1, path: [source, target], text: `It begins. ${"And goes on. ".repeat(20).trim()}` },
		];
		const made = makeSource({ labels: [["attn_0.0", { text: "brackets", by: "person" }]] }, nodes);
		const told = { ...made, document: { ...made.document, story } };
		const { drawing } = draw(told);
		const [frame, ...others] = only(drawing.items, "frame").filter(({ title }) =>
			title?.startsWith("Story: 1. It begins."),
		);
		expect(others).toEqual([]);
		const texts = textsOf([frame as DrawnItem]);
		expect(texts.slice(0, 2)).toEqual(["Story", "1"]);
		expect(texts.filter((one) => /^It begins|And goes on/.test(one)).length).toBeGreaterThan(1);
		expect(texts).toContain("brackets → mlp_0.1");
		expect(texts.slice(-3)).toEqual(["2", "Then it stops.", "mlp_0.1"]);
		// Under the circuit, above the legend, over nothing else.
		const { box } = frame as DrawnItem;
		for (const item of drawing.items.filter(({ kind }) => kind === "node" || kind === "note"))
			expect(item.box.y + item.box.height).toBeLessThanOrEqual(box.y);
		const legend = only(drawing.items, "frame").find(({ title }) => title?.startsWith("Legend"));
		expect(legend?.box.y).toBeGreaterThanOrEqual(box.y + box.height);
		expect(box.x + box.width).toBeLessThanOrEqual(drawing.width);
		for (const without of [draw(told, { story: false }), draw(told, { only: [source, target] }), draw(made)])
			expect(textsOf(without.drawing.items)).not.toContain("Story");
	});

	test("more edges than a picture can hold are refused with a number that it can, which it then draws", () => {
		const nodes = randomNodes(500);
		const edges = nodes.flatMap(({ id: source }, i) =>
			nodes.slice(i + 1).map(({ id: target }, j) => ({ source, target, weight: 1 / (1 + i + j) })),
		);
		expect(edges.length).toBe(125_751);
		const source = makeSource({}, nodes, edges);
		expect(() => draw(source, { show: "all" })).toThrow(/125,751 edges .* \(--max-edges 100000\)/);
		expect(only(draw(source, { show: "all", maxEdges: 100_000 }).drawing.items, "edge").length).toBeLessThanOrEqual(
			100_000,
		);
	});

	test("prompt, legend and origin say what they are to who hears an SVG; scores are told where there are any", () => {
		const source = makeSource();
		const svg = (replacement: number | null, completeness: number | null) => {
			const scores = { replacement, completeness };
			const run = source.run && { ...source.run, scores };
			const { drawing } = draw({ ...source, run, provenance: { ...source.provenance, scores } });
			return writeSvgDocument(drawing, typesetter).replaceAll("&#34;", '"');
		};
		const said = [...svg(0.5, 0.9).matchAll(/<g[^>]* role="img" aria-label="([^<]*?)"><title>([^<]*)</g)];
		expect(said.map(([, label]) => label)).toEqual(said.map(([, , title]) => title));
		expect(said.map(([, , title = ""]) => title.replace(/[ :].*/s, ""))).toEqual(["Prompt", "Legend", "Where"]);
		expect(svg(0.5, 0.9).match(/replacement 0\.50, completeness 0\.90/g)).toHaveLength(4);
		expect(svg(0.001, 0.999)).toMatch(/replacement &[^;]+;0\.01, completeness &[^;]+;0\.99/);
		expect(svg(null, 1)).toMatch(/ completeness 1\.00/);
		expect(svg(null, null)).not.toMatch(/replacement|completeness/);
	});

	test("letters are outlines: no text of an SVG rests on a font of the reader's system", () => {
		const svg = writeSvgDocument(draw().drawing, typesetter);
		expect(svg).not.toMatch(/<text|font-family|@font-face/);
	});

	test("what no face can show is written as its number, and what cannot be seen too", () => {
		expect(typesetter.makeLegible("a\u{1f9ff}漢")).toBe("a\\u{1f9ff}\\u{6f22}");
		const nodes = randomNodes(3);
		const { drawing } = draw(makeSource({ facts: factsOf(nodes, ["\u0007", "\u202e", "漢"]) }, nodes));
		expect(textsOf(only(drawing.items, "node"))).toEqual(expect.arrayContaining(["\\u{7}", "\\u{202e}", "\\u{6f22}"]));
	});

	test("letters that join, and are read from the right, are set as one word in its own order", () => {
		const { runs } = typesetter.set("سلام", {});
		// Four letters, of which lam and alef melt into one sign: the rightmost letter is the word's first.
		const glyphs = runs.flatMap((run) => run.glyphs.map(({ glyph }) => glyph.codePoints));
		expect(glyphs.flat().at(-1)).toBe("س".codePointAt(0));
		expect(glyphs.length).toBe(3);
	});

	test("a text never takes more room than its cells, so that nothing is covered", () => {
		for (const text of ["漢字", "ﷺ", "WWWW", "👩‍👩‍👧", "אבג abc"]) {
			const legible = typesetter.makeLegible(text);
			const { width, squeeze } = typesetter.set(legible, {});
			expect(squeeze).toBeLessThanOrEqual(1);
			expect(width).toBeLessThanOrEqual(0.602 * 2 * legible.length + 1e-9);
		}
	});

	test("black and white has no other colour and no shade", () => {
		const nodes = randomNodes(12);
		const { drawing } = draw(makeSource({ facts: factsOf(nodes, ["a", "b", "c", "d"]) }, nodes), { ink: "black" });
		const svg = writeSvgDocument(drawing, typesetter);
		expect(new Set(svg.match(/#[0-9a-f]{6}\b/g))).toEqual(new Set(["#ffffff", "#000000"]));
		expect(svg).not.toMatch(/opacity/);
		// Dashes tell what lowers, hatching what a colour would.
		expect(svg).toMatch(/stroke-dasharray="6 3.5"/);
		const lowers = only(drawing.items, "node").flatMap(({ shapes }) =>
			shapes.filter(({ type }) => type === "segments"),
		);
		expect(lowers.length).toBeGreaterThan(0);
	});

	test("says by colour and by dash whether an edge raises the target's probability", () => {
		const nodes = randomNodes(3);
		const edges = [{ source: "token.1@0", target: "logit.2@6", weight: 0.5 }];
		const stroke = (metricName: string) => {
			const source = makeSource({}, nodes, edges);
			const run = source.run && { ...source.run, metricName };
			const [edge] = only(draw({ ...source, run }).drawing.items, "edge");
			const [curve] = edge?.shapes ?? [];
			return curve?.type === "curve" ? [curve.stroke, curve.dash !== undefined] : [];
		};
		// Ablating the source raises the loss: it had raised the probability.
		expect(stroke("cross_entropy")).toEqual(["#2347d8", false]);
		expect(stroke("logit(X)")).toEqual(["#cc3a2b", true]);
	});

	test("draws stronger edges wider and more opaque, and says how many it leaves out", () => {
		const nodes = randomNodes(30);
		const edges = randomEdges(nodes, 200);
		const { drawing } = draw(makeSource({}, nodes, edges), { maxEdges: 50 });
		const curves = only(drawing.items, "edge").flatMap(({ shapes, title }) =>
			shapes.flatMap((shape) =>
				shape.type === "curve" ? [{ ...shape, weight: Number(title?.match(/: (\S+) /)?.[1]?.replace("−", "-")) }] : [],
			),
		);
		expect(curves.length).toBeGreaterThan(5);
		expect(curves.length).toBeLessThanOrEqual(50);
		const sorted = curves.toSorted((a, b) => Math.abs(a.weight) - Math.abs(b.weight));
		for (const [i, edge] of sorted.entries()) {
			const before = sorted[i - 1];
			if (!before) continue;
			expect(edge.lineWidth).toBeGreaterThanOrEqual(before.lineWidth);
			expect(edge.opacity ?? 1).toBeGreaterThanOrEqual(before.opacity ?? 1);
		}
		expect(textsOf(only(drawing.items, "frame")).join(" ")).toContain(
			`${curves.length} of ${new Set(edges.map(edgeKey)).size} edges`,
		);
	});

	test("shows what was arranged: places, hidden nodes, groups, folds, columns, filters and labels", () => {
		const nodes = randomNodes(12);
		const edges = randomEdges(nodes, 40);
		const source = makeSource({}, nodes, edges);
		const [first, second, third, fourth] = nodes.filter(({ kind }) => kind === "feature").map(({ id }) => id);
		const document = {
			...source.document,
			hidden: [{ id: first ?? "" }],
			groups: [{ id: "group.1", name: "both", members: [second ?? "", third ?? ""], collapsed: true }],
			places: [{ id: fourth ?? "", x: 5000, dy: 48 }],
		};
		const labels = [[(fourth ?? "").replace(/@.*/, ""), { text: "my word", by: "person" }]] as const;
		const { drawing, arrangement } = draw({ ...source, document, labels });
		const ids = arrangement.scene.nodes.map(({ node }) => node.id);
		expect(ids).not.toContain(first);
		expect(ids).not.toContain(second);
		expect(ids).toContain("group.1");
		const titles = only(drawing.items, "node").map(({ title }) => title ?? "");
		expect(titles.find((title) => title.startsWith(fourth ?? "?"))).toContain("my word");
		expect(titles.find((title) => title.startsWith("both"))).toBeDefined();
		const far = arrangement.scene.byId.get(fourth ?? "");
		expect((far?.x ?? 0) + (far?.width ?? 0) / 2).toBe(5000);
		const folded = draw({ ...source, view: { fresh: false, foldPositions: true } }).arrangement.scene.nodes;
		expect(folded.map(({ node }) => node.id)).toContain("attn_0.0");
		const weighed = draw({ ...source, view: { fresh: false, weightLevel: 0.9 } }).arrangement.filtered;
		const strongest = Math.max(...edges.map(({ weight }) => Math.abs(weight)));
		for (const { weight } of weighed.edges) expect(Math.abs(weight)).toBeGreaterThanOrEqual(0.9 ** 3 * strongest);
		expect(weighed.left.weakEdges).toBeGreaterThan(0);
	});

	test("what is selected stands out with its edges", () => {
		const nodes = randomNodes(12);
		const selection = nodes.slice(1, 3).map(({ id }) => id);
		const count = (view: object, highlight: boolean) =>
			only(draw(makeSource({ view: { fresh: false, ...view } }, nodes), { highlight }).drawing.items, "node").filter(
				({ shapes }) => shapes.at(-1)?.type === "rect" && (shapes.at(-1) as { lineWidth?: number }).lineWidth === 2,
			).length;
		expect([count({ selection }, true), count({ selection }, false), count({}, true)]).toEqual([2, 0, 0]);
	});

	test("compact cards cover one another no more than whole ones do", () => {
		const nodes = randomNodes(60);
		const { arrangement } = draw(makeSource({}, nodes), { detail: "compact" });
		const boxes = arrangement.scene.nodes;
		for (const [i, a] of boxes.entries())
			for (const b of boxes.slice(i + 1))
				expect(
					a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height,
					`${a.node.id} ${b.node.id}`,
				).toBe(false);
	});
});
