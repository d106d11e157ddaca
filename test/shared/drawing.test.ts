import { describe, expect, test } from "vitest";
import { seededRandom } from "#shared/random";
import type { Circuit, CircuitNode } from "../../main/shared/circuit.ts";
import { layOutCircuit } from "../../main/shared/drawing/circuit-layout.ts";
import { buildCircuitSvg, type CircuitDrawing } from "../../main/shared/drawing/circuit-svg.ts";
import { countCells, cutText, escapeXml, showToken } from "../../main/shared/drawing/svg-text.ts";
import { findTheme } from "../../main/shared/drawing/theme.ts";
import type { FeatureFacts } from "../../main/shared/feature-facts.ts";

const hostile = ["</text><script>", "\u0000", "\ud800", "&\"'", "مرحبا", "👩‍👩‍👧", "\n\t", "]]>", "\uffff", " ", ""];

function randomCircuit(count: number, edgesCount: number): Circuit {
	const random = seededRandom(3);
	const nodes: CircuitNode[] = [
		{ id: "token.1@0", kind: "token", feature: 1, position: 0, activation: 1, attribution: 0.1 },
	];
	const kinds = ["attn", "mlp", "resid"] as const;
	for (let i = 0; i < count; i++) {
		const site = kinds[i % 3] as (typeof kinds)[number];
		const layer = Math.floor((6 * i) / count);
		nodes.push({
			id: `${site}_${layer}.${i}@${i % 7}`,
			kind: "feature",
			site,
			layer,
			feature: i,
			position: i % 7,
			activation: 1,
			attribution: random() - 0.5,
		});
	}
	nodes.push({ id: "logit.2@6", kind: "logit", feature: 2, position: 6, activation: 3, attribution: -1 });
	const edges = Array.from({ length: edgesCount }, () => {
		const [a, b] = [random(), random()].map((number) => Math.floor(number * nodes.length)).sort((x, y) => x - y) as [
			number,
			number,
		];
		return { source: nodes[a]?.id as string, target: nodes[b]?.id as string, weight: random() - 0.5 };
	}).filter(({ source, target }) => source !== target);
	return { nodes, edges };
}

function draw(extra: Partial<CircuitDrawing> = {}): string {
	return buildCircuitSvg({
		circuit: randomCircuit(12, 40),
		facts: new Map(),
		modelName: "m",
		metricName: "cross_entropy",
		metric: 1,
		explained: 0.5,
		tokens: hostile,
		tokenText: (id) => hostile[id] ?? "x",
		...extra,
	}).svg;
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

describe("a drawing", () => {
	test("is well-formed whatever the tokens are", () => {
		const contexts = [{ tokens: hostile, activations: hostile.map((_, i) => i), peak: 3 }];
		const effects = hostile.map((token) => ({ token, effect: 1 }));
		const fact: FeatureFacts = {
			feature: 0,
			frequency: 0.1,
			maxActivation: 1,
			contexts,
			raises: effects,
			lowers: effects,
		};
		const { nodes } = randomCircuit(12, 40);
		expectWellFormed(draw({ facts: new Map(nodes.map(({ id }) => [id.replace(/@.*/, ""), fact])) }));
		expectWellFormed(draw({ theme: "dark", colours: "blue-orange" }));
	});

	test("says by colour and by dash whether an edge raises the target's probability", () => {
		const { raise, lower } = findTheme("light");
		const strokes = (metricName: string) => {
			const svg = draw({
				metricName,
				tokens: ["a"],
				circuit: {
					nodes: randomCircuit(3, 0).nodes,
					edges: [{ source: "token.1@0", target: "logit.2@6", weight: 0.5 }],
				},
			});
			return svg.match(/<path d="M[^>]*marker-end[^>]*><title>/)?.[0] ?? "";
		};
		// Ablating the source raises the loss: it had raised the probability.
		expect(strokes("cross_entropy")).toContain(`stroke="${raise}"`);
		expect(strokes("cross_entropy")).not.toContain("dasharray");
		expect(strokes("logit(X)")).toContain(`stroke="${lower}"`);
		expect(strokes("logit(X)")).toContain("dasharray");
	});

	test("draws stronger edges wider and more opaque, and says how many it leaves out", () => {
		const circuit = randomCircuit(30, 200);
		const svg = draw({ circuit, maxEdges: 50, tokens: ["a"] });
		const drawn = [
			...svg.matchAll(/stroke-width="([\d.]+)" stroke-opacity="([\d.]+)"[^>]*><title>[^<]*: (−?)([\d.e−]+) /g),
		].map(([, width, opacity, , size]) => ({
			width: Number(width),
			opacity: Number(opacity),
			size: Number(size?.replace("−", "-")),
		}));
		expect(drawn.length).toBeGreaterThan(5);
		expect(drawn.length).toBeLessThanOrEqual(50);
		for (const [i, edge] of drawn.entries()) {
			const before = drawn[i - 1];
			if (!before) continue;
			expect(edge.width).toBeGreaterThanOrEqual(before.width);
			expect(edge.opacity).toBeGreaterThanOrEqual(before.opacity);
		}
		expect(svg).toContain(`strongest of ${circuit.edges.length} edges`);
	});
});

describe("a layout", () => {
	test("overlaps no cards, keeps lanes in the order of the model, and every node has a place", () => {
		const circuit = randomCircuit(2000, 10_000);
		const { nodes, lanes, width, height } = layOutCircuit(circuit, () => ({ width: 200, height: 60 }), 10);
		expect(nodes.size).toBe(circuit.nodes.length);
		const placed = [...nodes.values()].sort((a, b) => a.y - b.y || a.x - b.x);
		for (const [i, a] of placed.entries()) {
			expect(a.x).toBeGreaterThanOrEqual(-0.01);
			expect(a.x + a.width).toBeLessThanOrEqual(width + 0.01);
			expect(a.y + a.height).toBeLessThanOrEqual(height + 0.01);
			const next = placed[i + 1];
			if (next && next.y === a.y) expect(next.x).toBeGreaterThanOrEqual(a.x + a.width);
		}
		expect(lanes.map(({ name }) => name)).toEqual([
			"logits",
			...[5, 4, 3, 2, 1, 0].flatMap((layer) => [`resid ${layer}`, `mlp ${layer}`, `attn ${layer}`]),
			"tokens",
		]);
	});

	test("puts a node above the one it comes from", () => {
		const node = (id: string, kind: "token" | "logit", position: number): CircuitNode => ({
			id,
			kind,
			position,
			activation: 1,
			attribution: 1,
		});
		const tokens = Array.from({ length: 6 }, (_, i) => node(`token.${i}@${i}`, "token", i));
		const logits = Array.from({ length: 6 }, (_, i) => node(`logit.${i}@9`, "logit", 9));
		const edges = tokens.map(({ id }, i) => ({ source: id, target: logits[5 - i]?.id as string, weight: 1 }));
		const { nodes } = layOutCircuit({ nodes: [...tokens, ...logits], edges }, () => ({ width: 50, height: 20 }), 10);
		for (const { source, target } of edges) expect(nodes.get(source)?.x).toBeCloseTo(nodes.get(target)?.x as number, 0);
	});
});

test("text is escaped, made visible and cut by what is seen", () => {
	expect(escapeXml("a<b>&\u0001\ud800")).toBe("a&#60;b&#62;&#38;\ufffd\ufffd");
	expect([showToken(" the"), showToken("\n"), showToken("  ")]).toEqual(["·the", "↵", "··"]);
	expect([countCells("ab"), countCells("漢字"), countCells("👩‍👩‍👧")]).toEqual([2, 4, 2]);
	expect(cutText("abcdef", 4)).toBe("abc…");
	expect(cutText("abcd", 4)).toBe("abcd");
});
