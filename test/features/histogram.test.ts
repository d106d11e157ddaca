import { expect, test } from "vitest";
import { HistogramTally } from "../../main/features/histogram.ts";
import { packFactBody, unpackFactBody } from "../../main/store/fact-bytes.ts";

test("a histogram of unknown range counts what a direct count of its bins counts", () => {
	const activations = Array.from(
		{ length: 5000 },
		(_, i) => Math.abs(Math.sin(i * 12.9898) * (1 + (i % 97) / 3)) + 1e-6,
	);
	const tally = new HistogramTally();
	for (const activation of activations) tally.add(activation);
	const { max, counts } = tally.histogram ?? { max: 0, counts: [] };
	expect(counts.reduce((sum, count) => sum + count, 0)).toBe(activations.length);
	expect(max).toBeGreaterThanOrEqual(Math.max(...activations));
	const edges = counts.map((_, bin) => ((bin + 1) * max) / counts.length);
	const direct = edges.map((edge, bin) => activations.filter((a) => a <= edge && a > (edges[bin - 1] ?? 0)).length);
	// A value on an edge may be counted beside it after the range has doubled.
	const moved = counts.reduce((sum, count, bin) => sum + Math.abs(count - (direct[bin] ?? 0)), 0);
	expect(moved).toBeLessThanOrEqual(2);
	expect(new HistogramTally().histogram).toBeUndefined();
});

test("a histogram is stored with the facts, and facts without one still read", () => {
	const body = { contexts: [], raises: [], lowers: [] };
	const histogram = { max: 6.5, counts: [300, 0, 7, 128, 0] };
	const id = () => 0;
	expect(unpackFactBody(packFactBody({ ...body, histogram }, id), String).histogram).toEqual(histogram);
	expect(unpackFactBody(packFactBody(body, id), String)).toEqual(body);
});
