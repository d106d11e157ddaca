import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { reference } from "../../main/app/locations.ts";
import { estimateTrace, predictSeconds } from "../../main/circuits/estimate-trace.ts";
import type { GradientRequest } from "../../main/shared/trace-request.ts";
import { gradientRequest } from "../requests.ts";

const request = gradientRequest({
	modelDir: reference.model,
	dictionaryDirs: [reference.dictionaries],
	prompt: "Copyright (C)",
	choice: { by: "count", count: 6 },
	upNodes: 6,
});

describe("an estimate", () => {
	test("counts tokens, sites and weights as they are", () => {
		const { tokens, sites, layers, bytes } = estimateTrace(request);
		expect([tokens, sites.length, layers]).toEqual([5, 12, 4]);
		const weights = statSync(join(reference.model, "model.safetensors")).size;
		const encoders = 12 * 4 * 128 * 512;
		expect(bytes).toBe(240e6 + 1.28 * weights + encoders);
	});

	test("keeps encoders within the limit that was set, but for the largest", () => {
		const free = estimateTrace(request).bytes;
		expect(free - estimateTrace(request, 0).bytes).toBe(11 * 4 * 128 * 512);
	});

	test("grows with the prompt, the nodes, the steps and a pair, and shrinks with fewer layers", () => {
		const seconds = (extra: Partial<GradientRequest>) => predictSeconds(estimateTrace({ ...request, ...extra }), 2);
		const usual = seconds({});
		for (const more of [
			{ prompt: "Copyright (C) and all that follows it in a licence" },
			{ choice: { by: "count", count: 60 } as const },
			{ integratedGradients: 10 },
			{ patchPrompt: "Copyright (A)" },
		])
			expect(seconds(more)).toBeGreaterThan(usual);
		expect(seconds({ layers: "2:4" })).toBeLessThan(usual);
		expect(predictSeconds({ flops: 1e12, sites: [] }, 2)).toBeGreaterThan(
			predictSeconds({ flops: 1e12, sites: [] }, 8),
		);
	});

	test("fails with the message that the trace would give", () => {
		expect(() => estimateTrace({ ...request, layers: "7:9" })).toThrow(/outside the model/);
	});
});
