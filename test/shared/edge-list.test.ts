import { describe, expect, test } from "vitest";
import { emptyDocument } from "../../main/shared/document.ts";
import {
	applyDiff,
	type DocumentDiff,
	diffDocuments,
	edgeKey,
	invertDiff,
	rebaseDiff,
} from "../../main/shared/document-diff.ts";
import { EdgeBuilder, EdgeList } from "../../main/shared/edge-list.ts";
import { pack, unpack } from "../../main/shared/packed.ts";
import { countAtLeast } from "../../main/shared/strongest-first.ts";
import { seedRandom } from "../float64/random-numbers.ts";

interface Edge {
	readonly source: string;
	readonly target: string;
	readonly weight: number;
}

/** Edges between few nodes, none twice, sizes over many orders of magnitude, some of them equal. */
function randomEdges(seed: number, count: number): readonly Edge[] {
	const random = seedRandom(seed);
	const edges = new Map<string, Edge>();
	for (let i = 0; i < count; i++) {
		const [source, target] = [`n${Math.floor(random() * 9)}`, `n${Math.floor(random() * 9)}`];
		const weight = i % 4 === 0 ? 0.5 : (random() - 0.5) * 10 ** Math.floor(600 * random() - 300);
		edges.set(`${source} ${target}`, { source, target, weight });
	}
	return [...edges.values()];
}

const byKey = (edges: Iterable<Edge>) => [...edges].sort((a, b) => (edgeKey(a) < edgeKey(b) ? -1 : 1));

describe("edges as columns", () => {
	test("are the edges that were put in, in that order, and JSON of them is an array", () => {
		const edges = randomEdges(1, 60);
		const list = EdgeList.from(edges);
		expect([...list]).toEqual(edges);
		expect(JSON.parse(JSON.stringify({ list }))).toEqual({ list: edges });
		expect([list.at(0), list.at(-1), list.at(edges.length)]).toEqual([edges[0], edges.at(-1), undefined]);
	});

	test("know the order by size, also of what differs in the last bit or underflows, and keep that of equal ones", () => {
		const weights = [0, -5e-324, 1, -1, 1 + Number.EPSILON, 1e308, -1e-300, 1e-300, -0, 3e-320, 1];
		const list = EdgeList.from(weights.map((weight, i) => ({ source: "a", target: `b${i}`, weight })));
		const expected = weights.map((_, i) => i).sort((a, b) => Math.abs(weights[b] ?? 0) - Math.abs(weights[a] ?? 0));
		expect([...list.strongestFirst]).toEqual(expected);
		for (const seed of [2, 3]) {
			const many = randomEdges(seed, 300);
			const sorted = many.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
			const all = EdgeList.from(many);
			expect([...all.pick(all.strongestFirst)]).toEqual(sorted);
			for (const least of [0, 1e-9, 0.5, 1e200])
				expect(countAtLeast(all.pick(all.strongestFirst).weights, least)).toBe(
					many.filter(({ weight }) => Math.abs(weight) >= least).length,
				);
		}
	});

	test("find the edges of a node and one edge, also among the first alone", () => {
		const edges = randomEdges(4, 50);
		const list = EdgeList.from(edges);
		for (const count of [edges.length, 20, 1]) {
			const first = list.first(count);
			for (const id of ["n0", "n3", "n8"]) {
				const node = first.numberOf(id);
				const taken = edges.slice(0, count);
				expect(Array.from(first.outOf(node), (edge) => first.at(edge))).toEqual(
					taken.filter(({ source }) => source === id),
				);
				expect(Array.from(first.into(node), (edge) => first.at(edge))).toEqual(
					taken.filter(({ target }) => target === id),
				);
			}
			for (const [i, { source, target }] of edges.entries())
				expect(first.indexOf(source, target)).toBe(i < count ? i : -1);
		}
		expect(list.indexOf("nobody", "n1")).toBe(-1);
	});

	test("a list that grows leaves those before as they were", () => {
		const edges = randomEdges(5, 200);
		const columns = new EdgeBuilder();
		const lists = edges.map((edge, i) => {
			if (i % 2 === 0) columns.add(edge.source, edge.target, edge.weight);
			else columns.addAll([edge]);
			return columns.build();
		});
		for (const [i, list] of lists.entries()) expect([...list]).toEqual(edges.slice(0, i + 1));
	});
});

describe("changes of edges", () => {
	const document = (edges: readonly Edge[]) => ({ ...emptyDocument, edges: EdgeList.from(edges) });

	test("lead from any edges to any others and back", () => {
		for (let seed = 10; seed < 16; seed++) {
			const [before, after] = [randomEdges(seed, 12 * (seed - 10)), randomEdges(seed + 100, 60)];
			const diff = diffDocuments(document(before), document(after));
			const there = applyDiff(document(before), diff);
			expect(byKey(there.edges)).toEqual(byKey(after));
			expect(byKey(applyDiff(there, invertDiff(diff)).edges)).toEqual(byKey(before));
			const lefts = new Map(before.map((edge) => [edgeKey(edge), edge]));
			expect(diff.edges?.added.length).toBe(after.filter((edge) => !lefts.has(edgeKey(edge))).length);
			expect(diff.edges?.updated.map(([a, b]) => [a.weight, b.weight])).toEqual(
				after.flatMap((edge) => {
					const old = lefts.get(edgeKey(edge));
					return old && old.weight !== edge.weight ? [[old.weight, edge.weight]] : [];
				}),
			);
		}
	});

	test("take effect as far as they change what is there now, records or columns alike", () => {
		const now = [
			{ source: "a", target: "b", weight: 1 },
			{ source: "b", target: "c", weight: 2 },
		];
		const diff: DocumentDiff = {
			edges: {
				added: [
					{ source: "a", target: "b", weight: 5 },
					{ source: "x", target: "y", weight: 3 },
				],
				updated: [
					[
						{ source: "b", target: "c", weight: 9 },
						{ source: "b", target: "c", weight: 2 },
					],
				],
				removed: [
					{ source: "b", target: "c", weight: 7 },
					{ source: "never", target: "there", weight: 1 },
				],
			},
		};
		const effective = rebaseDiff(document(now), diff).edges;
		expect([...(effective?.added ?? [])]).toEqual([{ source: "x", target: "y", weight: 3 }]);
		expect([...(effective?.updated ?? [])]).toEqual([[now[0], { source: "a", target: "b", weight: 5 }]]);
		expect([...(effective?.removed ?? [])]).toEqual([now[1]]);
	});

	test("the last word counts where an edge comes twice", () => {
		const twice = [1, 2, 3].map((weight) => ({ source: "a", target: "b", weight }));
		const applied = applyDiff(document([]), { edges: { added: twice, updated: [], removed: [] } });
		expect([...applied.edges]).toEqual([{ source: "a", target: "b", weight: 3 }]);
	});
});

describe("packed data", () => {
	test("comes back as it was, to the last bit, wherever in it edges are", () => {
		const edges = EdgeList.from(randomEdges(20, 80));
		const diff = diffDocuments(document([]), document([...edges]));
		const changed = diffDocuments(
			document([...edges]),
			document(edges.map((edge) => ({ ...edge, weight: -edge.weight }))),
		);
		const value = { type: "ok", deep: [{ edges }, diff, changed], few: edges.first(1), text: '{"$edges":0} ü' };
		const bytes = pack(value) as Uint8Array;
		// As it may lie in a larger buffer, at any place.
		const shifted = new Uint8Array(bytes.length + 3);
		shifted.set(bytes, 3);
		for (const packed of [bytes, shifted.subarray(3), Buffer.from(shifted.buffer, 3)]) {
			const back = unpack(packed) as typeof value;
			expect(JSON.parse(JSON.stringify(back))).toEqual(JSON.parse(JSON.stringify(value)));
			expect([...(back.deep[0] as { edges: EdgeList }).edges]).toEqual([...edges]);
		}
		expect(unpack(pack({ edges: [] }))).toEqual({ edges: [] });
	});

	test("is refused where it was cut or its numbers point nowhere", () => {
		const bytes = pack({ edges: EdgeList.from(randomEdges(21, 30)) }) as Uint8Array;
		for (const length of [4, 20, bytes.length - 1, bytes.length - 40])
			expect(() => unpack(bytes.slice(0, length))).toThrow(/damaged/);
		const wrong = bytes.slice();
		wrong.fill(255, wrong.length - 8);
		expect(() => unpack(wrong)).toThrow(/damaged/);
	});

	const document = (edges: readonly Edge[]) => ({ ...emptyDocument, edges: EdgeList.from(edges) });
});
