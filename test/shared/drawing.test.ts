import { describe, expect, test } from "vitest";
import { seededRandom } from "#shared/random";
import type { Circuit, CircuitNode } from "../../main/shared/circuit.ts";
import { layOutCircuit } from "../../main/shared/drawing/circuit-layout.ts";
import { countCells, cutText, escapeXml, showToken } from "../../main/shared/drawing/svg-text.ts";

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

describe("a layout", () => {
	test("overlaps no cards, keeps lanes in the order of the model, and every node has a place", () => {
		const circuit = randomCircuit(2000, 10_000);
		const { nodes, lanes, width, height } = layOutCircuit(circuit, () => ({ width: 200, height: 60 }));
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

	test("is the same whatever order nodes and edges come in", () => {
		const circuit = randomCircuit(300, 900);
		const sizeOf = () => ({ width: 200, height: 60 });
		const places = ({ nodes, edges }: Circuit) =>
			[...layOutCircuit({ nodes, edges }, sizeOf).nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
		expect(places({ nodes: circuit.nodes.toReversed(), edges: [...circuit.edges].reverse() })).toEqual(places(circuit));
	});

	test("uses the whole of its width, and is about as wide as a window", () => {
		for (const [count, edges] of [
			[600, 1200],
			[500, 2500],
			[2000, 10_000],
		] as const) {
			const { nodes, width, height } = layOutCircuit(randomCircuit(count, edges), () => ({ width: 200, height: 60 }));
			const thirds = [0, 0, 0];
			for (const { x, width: own } of nodes.values()) {
				const third = Math.min(2, Math.floor((3 * (x + own / 2)) / width));
				thirds[third] = (thirds[third] ?? 0) + 1 / nodes.size;
			}
			for (const share of thirds) expect(share).toBeGreaterThan(0.22);
			if (count < 2000) continue;
			expect(width / height).toBeGreaterThan(1.1);
			expect(width / height).toBeLessThan(1.7);
		}
	});

	test("untangles what was knitted straight: chains stand as columns", () => {
		// Eight chains through six layers, their features numbered so that ids say nothing.
		const chains = Array.from({ length: 8 }, (_, chain) =>
			Array.from({ length: 6 }, (_, layer): CircuitNode => {
				const feature = (chain * 5 + layer * 3) % 8;
				const id = `mlp_${layer}.${feature}@0`;
				return { id, kind: "feature", site: "mlp", layer, feature, position: 0, activation: 1, attribution: 1 };
			}),
		);
		const edges = chains.flatMap((chain) =>
			chain.slice(1).map(({ id }, i) => ({ source: chain[i]?.id as string, target: id, weight: 1 })),
		);
		const { nodes } = layOutCircuit({ nodes: chains.flat(), edges }, () => ({ width: 200, height: 60 }));
		const x = (id: string) => nodes.get(id)?.x ?? Number.NaN;
		const crossings = edges.flatMap((a, i) =>
			edges.slice(i + 1).filter((b) => {
				const sameLayer = a.source.split(".")[0] === b.source.split(".")[0];
				return sameLayer && (x(a.source) - x(b.source)) * (x(a.target) - x(b.target)) < 0;
			}),
		);
		expect(crossings).toEqual([]);
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
		const { nodes } = layOutCircuit({ nodes: [...tokens, ...logits], edges }, () => ({ width: 50, height: 20 }));
		for (const { source, target } of edges) expect(nodes.get(source)?.x).toBeCloseTo(nodes.get(target)?.x as number, 0);
	});
});

test("text is escaped, made visible and cut by what is seen", () => {
	expect(escapeXml("a<b>&\u0001\ud800")).toBe("a&#60;b&#62;&#38;\ufffd\ufffd");
	expect([showToken(" the"), showToken("\n"), showToken("  ")]).toEqual(["·the", "↵", "··"]);
	expect([countCells("ab"), countCells("漢字"), countCells("👩‍👩‍👧"), countCells("🇺🇸")]).toEqual([2, 4, 2, 2]);
	expect(cutText("abcdef", 4)).toBe("abc…");
	expect(cutText("abcd", 4)).toBe("abcd");
	// Neither a number nor a cluster is cut in two.
	expect(cutText("ab\\u{1f}cd", 8)).toBe("ab…");
	expect(cutText("\\x94\\xffab", 6)).toBe("\\x94…");
	expect(cutText("🇩🇪🇫🇷👩‍👩‍👧", 5)).toBe("🇩🇪🇫🇷…");
	expect(showToken("\u200d")).toBe("\\u{200d}");
});
