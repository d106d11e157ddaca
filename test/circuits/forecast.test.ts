import { describe, expect, test } from "vitest";
import { correctionsOf, learnRatio } from "#shared/forecast";
import { type Demand, encodeWork, passWork } from "../../main/circuits/forecast/demand.ts";
import { leastBytes } from "../../main/circuits/forecast/memory-floor.ts";
import { measurePaths } from "../../main/circuits/forecast/paths-between.ts";
import { Remaining } from "../../main/circuits/forecast/remaining.ts";

/** A layer has 4 · 4² weights in its attention and 2 · 4 · 8 in its MLP: 128, so 256 operations for a token. */
const model = { layers: 2, heads: 2, width: 4, innerWidth: 8, vocabularySize: 10 };

describe("the work of a pass", () => {
	test("is two operations a weight and token, and attention between all pairs of positions", () => {
		const { products, attention } = passWork(model, { tokens: 3, rows: 2, logits: 1 });
		// 2 rows of 3 tokens through 2 layers, and 10 logits of width 4.
		expect(products).toBe(2 * 3 * 2 * 256 + 80);
		// 2 rows, 2 layers, 9 pairs: 2 · 4 operations for a score and as many for what it weighs.
		expect(attention).toBe(2 * 2 * 9 * 16);
	});

	test("doubles in products and triples in attention with the backward pass", () => {
		const forward = passWork(model, { tokens: 5, logits: 5 });
		const both = passWork(model, { tokens: 5, logits: 5, backward: true });
		expect(both.products).toBe(2 * forward.products);
		expect(both.attention).toBe(3 * forward.attention);
	});

	test("counts only the layers that are run, and keys that are kept from before", () => {
		const { products, attention } = passWork(model, { tokens: 1, layers: 1, keys: 7 });
		expect([products, attention]).toEqual([256, 7 * 16]);
	});
});

test("encoding costs two operations a weight and token, and reads the matrix once", () => {
	const { products, read } = encodeWork({ dIn: 4, dSae: 30 }, 6);
	expect([products, read]).toEqual([2 * 4 * 30 * 6, 4 * 4 * 30]);
});

describe("paths into a site", () => {
	const site = (kind: "resid" | "mlp" | "attn", layer: number) => ({ kind, layer });

	test("stop at the stream below where a dictionary holds it", () => {
		const sites = [site("resid", 0), site("resid", 1)];
		expect(measurePaths(sites[1], sites, 2)).toEqual({ attentions: 1, mlps: 1, deepMlps: 0, own: 0, all: 1 });
	});

	test("arrive at the row's own position where no attention lies between", () => {
		const sites = [site("mlp", 0), site("attn", 0), site("resid", 0)];
		expect(measurePaths(sites[2], sites, 1)).toEqual({ attentions: 0, mlps: 0, deepMlps: 0, own: 3, all: 0 });
	});
});

test("the least that a run takes counts weights beside one encoder, or those of one layer where these are more", () => {
	const memory = { weights: 900, leastWeights: 100, encoders: 5000, largestEncoder: 70, row: 8, rows: 50, held: 3 };
	const own = leastBytes({ ...memory, weights: 0, leastWeights: 0, largestEncoder: 0, row: 0, held: 0 }, 1000);
	expect(leastBytes(memory, 1000) - own).toBe(100 + 70 + 8 + 3);
	expect(leastBytes({ ...memory, beside: 20 }, 1000) - own).toBe(100 + 8 + 3);
	expect(leastBytes({ ...memory, beside: 60 }, 1000) - own).toBe(60 + 70 + 8 + 3);
});

describe("the time left", () => {
	const none = { products: 0, attention: 0, read: 0, loaded: 0, steps: 0, entries: 0 };
	const demand: Demand = {
		phases: [
			{ steps: 1, work: { ...none, products: 90 } },
			{ steps: 9, work: { ...none, products: 10 } },
		],
		memory: { weights: 0, encoders: 0, largestEncoder: 0, row: 0, rows: 1, held: 0 },
	};
	const rates = { ...none, products: 1 };

	test("follows the work and not the number of steps", () => {
		const remaining = new Remaining(demand, { rates }, 100);
		expect(remaining.after(0, 0)).toBe(100);
		// The first of ten steps is nine tenths of the work.
		expect(remaining.after(0.1, 90)).toBeCloseTo(10, 9);
	});

	test("trusts the forecast the less the more has been measured", () => {
		const remaining = new Remaining(demand, { rates }, 100);
		// Nine tenths took 180 s, so the rest takes 20 at that rate; a tenth of the trust is still the forecast's 10.
		expect(remaining.after(0.1, 180)).toBeCloseTo(0.9 * 20 + 0.1 * 10, 9);
		expect(remaining.after(1, 200)).toBe(0);
	});
});

test("what runs of a kind took corrects the next of that kind, by the median and at most twofold, but for runs under a second", () => {
	let speed = { calibrations: [], ratios: {} } as Parameters<typeof learnRatio>[0];
	for (const seconds of [11, 30, 12]) speed = learnRatio(speed, { kind: "gradient", forecastSeconds: 10, seconds });
	speed = learnRatio(speed, { kind: "cluster", forecastSeconds: 1, seconds: 9 });
	speed = learnRatio(speed, { kind: "generate", forecastSeconds: 0.1, seconds: 0.2 });
	expect(correctionsOf(speed)).toEqual({ gradient: 1.2, cluster: 2 });
});
