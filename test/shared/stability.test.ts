import { expect, test } from "vitest";
import { measureStability } from "#shared/stability";

const strengths = (nodes: Record<string, number>, edges: Record<string, number> = {}) => ({
	nodes: new Map(Object.entries(nodes)),
	edges: new Map(Object.entries(edges)),
});

test("overlaps and ranks are those that were computed apart; what never changes comes back whole", () => {
	const reference = strengths({ a: 3, b: -2, c: 1, d: 0.5 }, { "a b": 1 });
	const traced = [
		strengths({ a: 2, b: -2.5, c: 0.3, e: 1 }, { "a b": 2 }),
		strengths({ a: 0.05, b: 4, c: 0.1, d: -1 }, { "a b": -1, "b logits": 0.5 }),
		strengths({ b: 1, f: 1 }, { "a b": 1 }),
		// No feature had an effect there.
		undefined,
	];
	const { similar, resampled, prompts, skipped } = measureStability(reference, traced, 1);
	expect([prompts, skipped]).toEqual([4, 1]);
	expect(similar.nodes.jaccard.value).toBeCloseTo((3 / 5 + 1 + 1 / 5 + 0) / 4, 12);
	expect(similar.edges.jaccard.value).toBeCloseTo((1 + 1 / 2 + 1 + 0) / 4, 12);
	// By SciPy over {a, b, c} and {a, b, c, d}; {b} and nothing have no order.
	expect(similar.nodes.rank?.value).toBeCloseTo((0.5 - 0.4) / 2, 12);
	expect(similar.nodes.rank?.interval).toEqual([expect.closeTo(-0.4, 12), expect.closeTo(0.5, 12)]);
	expect(similar.nodes.shared).toBe((3 + 4) / 2);
	expect([similar.edges.rank, similar.edges.shared]).toEqual([null, undefined]);
	expect(resampled.nodes.jaccard.value).toBeLessThan(1);
	const same = measureStability(reference, [reference, reference, reference], 1);
	for (const { jaccard, rank } of [same.similar.nodes, same.resampled.nodes]) {
		expect(jaccard).toEqual({ value: 1, interval: [1, 1] });
		expect(rank?.value).toBeCloseTo(1, 12);
	}
	expect(measureStability(reference, traced, 1)).toEqual({ prompts, draws: 100, skipped, similar, resampled });
});
