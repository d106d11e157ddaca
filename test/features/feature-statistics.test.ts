import { expect, test } from "vitest";
import { buildHistogram, findPercentile } from "../../main/features/feature-statistics.ts";

test("a percentile counts the tokens on which a feature is off, below them those on which it is negative", () => {
	// As numpy.percentile([-2, 0, 0, 0, 1, 3], q) has it.
	const values = Float32Array.of(3, -2, 1);
	const at = (percentile: number) => findPercentile(values, 6, percentile);
	expect([0, 10, 20, 50, 60, 80, 90, 100].map(at)).toEqual([-2, -1, 0, 0, 0, 1, 2, 3]);
	expect(findPercentile(Float32Array.of(3, 1), 5, 75)).toBe(1);
	expect(findPercentile(new Float32Array(), 5, 50)).toBe(0);
});

test("a histogram shows what is above zero", () => {
	expect(buildHistogram(Float32Array.of(-1, 2, 1))?.counts.reduce((a, b) => a + b)).toBe(2);
	expect(buildHistogram(Float32Array.of(-1))).toBeUndefined();
});
