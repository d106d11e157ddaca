import { expect, test } from "vitest";
import { measureStability } from "#shared/stability";

const strengths = (nodes: Record<string, number>, edges: Record<string, number> = {}) => ({
	nodes: new Map(Object.entries(nodes)),
	edges: new Map(Object.entries(edges)),
});

test("overlaps and ranks are those that were computed apart; what never changes comes back whole", () => {
	const reference = strengths({ a: 3, b: -2, c: 1 }, { "a b": 1 });
	const traced = [
		strengths({ a: 2.5, b: -2.5, d: 0.5 }, { "a b": 2 }),
		strengths({ b: 4, c: 0.1, e: -1 }, { "a b": -1, "b logits": 0.5 }),
	];
	const { similar, resampled, prompts } = measureStability(reference, traced, 1);
	expect(prompts).toBe(2);
	// |{a, b}| of |{a, b, c, d}|, and |{b, c}| of |{a, b, c, e}|; ranks by SciPy.
	expect(similar.nodes.jaccard.value).toBeCloseTo(0.5, 12);
	expect(similar.nodes.rank?.value).toBeCloseTo(0.16893239368631094, 12);
	expect(similar.nodes.rank?.interval).toEqual([expect.closeTo(-0.4, 12), expect.closeTo(0.7378647873726218, 12)]);
	expect(similar.edges.jaccard.value).toBeCloseTo((1 + 1 / 2) / 2, 12);
	// b is among the three strongest whatever is drawn; a and c are where either prompt is drawn twice.
	expect(resampled.nodes.jaccard.value).toBeLessThan(1);
	expect(resampled.nodes.jaccard.interval[0]).toBeGreaterThanOrEqual(1 / 5);
	const same = measureStability(reference, [reference, reference, reference], 1);
	for (const { jaccard, rank } of [same.similar.nodes, same.resampled.nodes]) {
		expect(jaccard).toEqual({ value: 1, interval: [1, 1] });
		expect(rank?.value).toBeCloseTo(1, 12);
	}
	expect(measureStability(reference, traced, 1)).toEqual({ prompts, draws: 100, similar, resampled });
});
