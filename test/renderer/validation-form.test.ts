import { describe, expect, test } from "vitest";
import { emptyDocument } from "#shared/document";
import { EdgeList } from "#shared/edge-list";
import { tellShares } from "../../renderer/validate/tell-shares.ts";
import { baselineOf, buildRequest, featuresOf, overOf, usualForm } from "../../renderer/validate/validation-form.ts";
import { gradientRequest } from "../requests.ts";

const model = { modelDir: "/m", dictionaryDirs: ["/d"], provider: "cpu" } as const;
const node = (id: string, attribution: number) =>
	({ id, kind: "feature", site: "mlp", layer: 0, feature: 1, position: 2, activation: 1, attribution }) as const;
const document = {
	...emptyDocument,
	nodes: [node("mlp_0.1@1", 0.2), node("mlp_0.1@2", -0.5), node("mlp_0.2@2", 0.1)],
	edges: EdgeList.from([{ source: "mlp_0.1@2", target: "logit.7@3", weight: 0.4 }]),
};
const traced = gradientRequest({ modelDir: "/m", dictionaryDirs: ["/d"], prompt: "a b", metric: "logit(c)" });

describe("what a validation asks for", () => {
	test("without pins all features, on the traced prompt by its metric, its strongest nodes patched", () => {
		const validated = { document, traced };
		expect(featuresOf(validated)).toEqual(["mlp_0.1", "mlp_0.2"]);
		const request = buildRequest(usualForm, validated, model);
		expect(request).toMatchObject({
			prompts: { metric: "logit(c)", cases: [{ prompt: "a b" }] },
			pins: ["mlp_0.1", "mlp_0.2"],
			baseline: "zero",
			patching: {
				metric: "logit(c)",
				nodes: [
					["mlp_0.1@2", -0.5],
					["mlp_0.1@1", 0.2],
					["mlp_0.2@2", 0.1],
				],
			},
		});
		for (const absent of ["corpus", "edges", "edgeCurve", "stability", "known"])
			expect(request).not.toHaveProperty(absent);
		const pins = [
			{ id: "mlp_0.2", order: 1 },
			{ id: "mlp_0.1", order: 0 },
		];
		expect(featuresOf({ document: { ...document, pins }, traced })).toEqual(["mlp_0.1", "mlp_0.2"]);
	});

	test("a pair is compared with itself unless another baseline is chosen", () => {
		const validated = { document, traced: { ...traced, patchPrompt: "a d" } };
		expect(buildRequest(usualForm, validated, model)).toMatchObject({
			baseline: "patch",
			prompts: { cases: [{ prompt: "a b", patch: "a d" }] },
		});
		expect(baselineOf({ ...usualForm, baseline: "mean" }, validated)).toBe("mean");
		expect(baselineOf({ ...usualForm, baseline: "patch", over: "text" }, validated)).toBe("zero");
	});

	test("similar prompts bring what comes back; nothing is asked without a file, a text or a feature", () => {
		const validated = { document, traced };
		const form = { ...usualForm, over: "prompts", stability: true, edgeCurve: true } as const;
		expect(buildRequest(form, validated, model)).toBeUndefined();
		const request = buildRequest({ ...form, file: " /p.txt " }, validated, model);
		expect(request).toMatchObject({
			prompts: { metric: "logit(c)", file: "/p.txt" },
			edgeCurve: [["mlp_0.1", "logits"]],
			stability: {
				reference: {
					nodes: [
						["mlp_0.1", expect.closeTo(-0.3, 12)],
						["mlp_0.2", 0.1],
					],
				},
			},
		});
		expect(overOf(usualForm, { document, traced: undefined })).toBe("text");
		expect(buildRequest(usualForm, { document, traced: undefined }, model)).toBeUndefined();
		expect(
			buildRequest({ ...usualForm, corpus: "/t.txt" }, { document: emptyDocument, traced }, model),
		).toBeUndefined();
	});
});

test("shares are told in words; what may be zero is not divided by", () => {
	const figure = (value: number) => ({ value, interval: [value, value] as const });
	const report = { effect: figure(3), faithfulness: figure(0.95), completeness: figure(0.02) } as never;
	expect(tellShares(report)).toBe(
		"The circuit alone keeps 95% of what all features do together; without it 2% is left: it does the work, and nothing else does it too.",
	);
	const unclear = {
		effect: { value: 0.1, interval: [-1, 1] },
		faithfulness: null,
		completeness: null,
		metric: "logit(a)",
	};
	expect(tellShares(unclear as never)).toMatch(/too small to divide by: .* the metric is about what it is with all/);
	const overshooting = { ...(report as object), faithfulness: { value: 1.6, interval: [1.5, 1.7] } };
	expect(tellShares(overshooting as never)).toMatch(/keeps 160% .*: alone it overshoots/);
	expect(tellShares({ faithfulness: null, completeness: null } as never)).toBe("");
});
