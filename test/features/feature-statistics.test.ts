import { expect, test } from "vitest";
import { describePosting } from "../../main/features/describe-posting.ts";
import { buildHistogram, findPercentile } from "../../main/features/feature-statistics.ts";

test("a percentile counts the tokens on which a feature is off, and goes by the size of the others", () => {
	// As numpy.percentile(numpy.abs([-2, 0, 0, 0, 1, 3]), q) has it.
	const values = Float32Array.of(3, -2, 1);
	const at = (percentile: number) => findPercentile(values, 6, percentile);
	expect([0, 10, 20, 50, 60, 80, 90, 100].map(at)).toEqual([0, 0, 0, 0.5, 1, 2, 2.5, 3]);
	expect(findPercentile(Float32Array.of(3, 1), 5, 75)).toBe(1);
	expect(findPercentile(new Float32Array(), 5, 50)).toBe(0);
});

test("a histogram shows how large activations are, of whatever sign", () => {
	// numpy.histogram(numpy.abs([-4, 2, 1, -1.1]), 20, (0, 4]): bins of 0.2, of which each holds its upper end.
	const { max, counts } = buildHistogram(Float32Array.of(-4, 2, 1, -1.1)) ?? { max: 0, counts: [] };
	expect(max).toBe(4);
	expect(counts.flatMap((count, bin) => (count > 0 ? [[bin, count]] : []))).toEqual([
		[4, 1],
		[5, 1],
		[9, 1],
		[19, 1],
	]);
	expect(buildHistogram(new Float32Array())).toBeUndefined();
});

test("a feature that is active below 0 alone has its contexts, strongest first, and its largest activation with the sign", () => {
	const text = {
		tokens: 6,
		begins: Int32Array.of(0, 3, 6),
		read: (from: number, to: number) => [5, 6, 7, 8, 9, 4].slice(from, to),
	};
	const posting = { addresses: Int32Array.of(0, 1, 4), values: Float32Array.of(-0.5, -1.5, -4) };
	const facts = describePosting(3, posting, text, { contexts: 2, view: 1 }, String);
	expect(facts).toMatchObject({ feature: 3, frequency: 0.5, maxActivation: -4 });
	expect(facts.contexts).toEqual([
		{ tokens: ["8", "9", "4"], activations: [0, -4, 0], peak: 1 },
		{ tokens: ["5", "6", "7"], activations: [-0.5, -1.5, 0], peak: 1 },
	]);
});
