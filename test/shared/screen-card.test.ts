import { describe, expect, test } from "vitest";
import { type CardNode, drawCard, measureFullCard } from "../../main/shared/drawing/feature-card.ts";
import { buildLegend } from "../../main/shared/drawing/legend.ts";
import { buildScene, fitCards, standNodes } from "../../main/shared/drawing/scene.ts";
import { drawScreenCard, leastCardHeight, screenLetter, wrapText } from "../../main/shared/drawing/screen-card.ts";
import type { Shape } from "../../main/shared/drawing/shapes.ts";
import { cellWidth, countCells } from "../../main/shared/drawing/svg-text.ts";
import { findTheme } from "../../main/shared/drawing/theme.ts";
import { EdgeList } from "../../main/shared/edge-list.ts";
import type { FeatureFacts } from "../../main/shared/feature-facts.ts";
import type { NodeName } from "../../main/shared/naming.ts";

const theme = findTheme("light");
const node = (id: string, kind: CardNode["kind"], more: Partial<CardNode> = {}): CardNode => ({
	id,
	kind,
	position: 12,
	activation: 1,
	attribution: -0.000123,
	...more,
});
const feature = node("resid_11.24575@12", "feature", { site: "resid" });
const id = (text: string): NodeName => ({ text, kind: "id" });
const own = (text: string): NodeName => ({ text, kind: "human" });
const plain = (text: string, at: string): NodeName => ({ text, kind: "plain", at });
const context = { tokens: [" one", " two", " three"], activations: [0, 1, 0], peak: 1 };
const facts: FeatureFacts = {
	...{ feature: 1, frequency: 0.1, maxActivation: 1, contexts: [context, context] },
	raises: [{ token: " up", effect: 1 }],
	lowers: [{ token: " down", effect: -1 }],
};
const nodes = [
	{
		node: node("resid_error_11@12", "error", { site: "resid" }),
		content: { effect: 0, token: " token", name: plain("error of resid 11", "@12") },
		says: /^error/,
	},
	{
		node: node("token.50256@0", "token"),
		content: { effect: 0, token: "<|endoftext|>", name: plain("<|endoftext|>", "@0") },
		says: /^<\|en/,
	},
	{
		node: node("logit.8@12", "logit"),
		content: { effect: 0, token: "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", name: plain("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "1") },
		says: /👩/u,
	},
	{ node: feature, content: { effect: 0, token: " token", name: own("👩‍👩‍👧‍👦".repeat(12)), facts }, says: /👩/u },
	{ node: feature, content: { effect: 0, token: " token", name: own("漢字".repeat(20)) }, says: /^漢字/ },
	{
		node: feature,
		content: { effect: 0, token: " token", name: own("a label of many words that nobody can read"), facts },
		says: /^a label/,
	},
	{ node: feature, content: { effect: 0, token: " token", name: id("resid_11.24575") }, says: /^resid_/ },
];
const texts = (shapes: readonly Shape[]) => shapes.flatMap((shape) => (shape.type === "text" ? [shape] : []));
/** Sides of a text as a monospace font draws it. */
function sidesOf({ x, text, size, align }: ReturnType<typeof texts>[number]): readonly [number, number] {
	const width = countCells(text) * size * cellWidth;
	const left = align === "middle" ? x - width / 2 : align === "end" ? x - width : x;
	return [left, left + width];
}

describe.each([0.36, 0.49, 0.7, 1, 1.25])("at zoom %d", (zoom) => {
	test.each(nodes)(
		"$node.id says what it is, in letters of one size and within its card",
		({ node: one, content, says }) => {
			const { width, height } = measureFullCard(one);
			const size = { width: width * zoom, height: height * zoom };
			// Lower, it is a mark.
			if (size.height < leastCardHeight) return;
			const [title, ...rest] = texts(drawScreenCard(one, content, theme, size));
			expect(title?.text).toMatch(says);
			for (const written of title ? [title, ...rest] : []) {
				expect(written.size).toBe(screenLetter);
				expect(screenLetter).toBeGreaterThanOrEqual(11);
				const [left, right] = sidesOf(written);
				expect(left, written.text).toBeGreaterThanOrEqual(0);
				expect(right, written.text).toBeLessThanOrEqual(size.width);
				expect(written.y).toBeLessThanOrEqual(size.height);
			}
		},
	);
});

test("a card shows its name first, then where it is, then tokens, then contexts, as far as there is room", () => {
	const content = { effect: 0.5, token: " token", name: own("brackets"), facts };
	const rows = (height: number) => {
		const ys = texts(drawScreenCard(feature, content, theme, { width: 212, height })).map(
			({ text, y }) => [y, text] as const,
		);
		return [...Map.groupBy(ys, ([y]) => Math.round(y)).values()].map((row) => row.map(([, text]) => text).join(" "));
	};
	const all = ["brackets", "@12 ·token ↑ 0.500", "·up", "·down", "one two three", "one two three"];
	const seen = (height: number) => rows(height).map((row) => row.replace(/\s+/g, " ").trim());
	expect(seen(96)).toEqual(all.map((row) => row.replace(/\s+/g, " ")));
	expect(seen(60)).toEqual(all.slice(0, 4).map((row) => row.replace(/\s+/g, " ")));
	expect(seen(20)).toEqual(["brackets"]);
});

test("a name that is too long for a narrow card stands in two lines", () => {
	expect(wrapText("fires on copyright", 10)).toEqual(["fires on", "copyright"]);
	expect(wrapText("fires on copyright", 18)).toEqual(["fires on copyright"]);
	expect(wrapText("antidisestablishmentarianism", 9)).toEqual(["antidise…"]);
});

describe.each(["full", "compact"] as const)("on a %s card", (detail) => {
	test.each(nodes)("$node.id keeps its words within", ({ node: one, content }) => {
		const size = measureFullCard(one, detail);
		const written = texts(drawCard(one, content, theme, size, detail));
		expect(written.length).toBeGreaterThan(0);
		for (const one of written) {
			const [left, right] = sidesOf(one);
			// With room for the outline, dotted or not.
			expect(left, one.text).toBeGreaterThanOrEqual(2);
			expect(right, one.text).toBeLessThanOrEqual(size.width - 2);
		}
	});
});

test("in black and white alone the three kinds have three bars, in the legend as on cards", () => {
	const black = findTheme("light", "black");
	const bars = (["attn", "mlp", "resid"] as const).map((site) =>
		JSON.stringify(
			drawCard({ ...feature, site }, { effect: 0, token: "", name: id("x") }, black, { width: 30, height: 15 }).filter(
				({ type }) => type === "segments" || type === "line",
			),
		),
	);
	expect(new Set(bars).size).toBe(3);
	const signs = buildLegend(black, "cross_entropy")
		.filter(({ short }) => ["attention", "MLP", "residual"].includes(short))
		.map(({ sign }) => JSON.stringify(sign.filter(({ type }) => type === "segments" || type === "line")));
	expect(signs).toEqual(bars);
});

test("the legend names what is raised, whoever wrote the graph", () => {
	const labels = (metric: string) => buildLegend(theme, metric).map(({ label }) => label);
	expect(labels("cross_entropy")[0]).toBe("raises the target's probability");
	expect(labels("attribution_graph").slice(0, 2)).toEqual(["raises what it leads to", "lowers what it leads to"]);
});

test("a card of which nothing but the name can be known has one row", () => {
	expect(measureFullCard({ kind: "feature", bare: true }).height).toBe(30);
	expect(measureFullCard({ kind: "feature" }).height).toBe(96);
});

test("a card without contexts shrinks about its middle; what is not known yet keeps its room", () => {
	const ends = [{ token: " a", effect: 1 }];
	const view = { ...feature, layer: 11, members: [feature.id] };
	const more = { ...view, id: "resid_11.7@12" };
	const places = new Map([view, more].map(({ id }, i) => [id, { id, x: 300 * i, dy: 48 }]));
	const shown = {
		nodes: [view, more],
		edges: EdgeList.none,
		left: { hidden: 0, errors: 0, weakNodes: 0, loneNodes: 0, weakEdges: 0, rare: 0 },
	};
	const scene = buildScene(shown, standNodes(shown.nodes, places), [], new Map(), "cross_entropy");
	const fitted = fitCards(scene, ({ id }) =>
		id === view.id
			? {
					feature: 1,
					frequency: 0,
					maxActivation: 0,
					contexts: [],
					raises: ends,
					lowers: [{ token: " a", effect: -1 }],
				}
			: undefined,
	);
	expect(scene.nodes.map(({ y, height }) => [y, height])).toEqual([
		[0, 96],
		[0, 96],
	]);
	// Title, raises and lowers: 30 + 2 rows of 15 + 6.
	expect(fitted.nodes.map(({ y, height }) => [y, height])).toEqual([
		[15, 66],
		[0, 96],
	]);
	expect(fitted.lanes).toEqual(scene.lanes);
	expect(fitCards(scene, () => "none").nodes.map(({ y, height }) => [y, height])).toEqual([
		[33, 30],
		[33, 30],
	]);
});
