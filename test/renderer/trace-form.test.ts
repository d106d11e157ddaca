import { beforeEach, expect, test } from "vitest";
import { installHost } from "./page-host.ts";

installHost({});
const form = await import("../../renderer/document/trace-form.ts");
const { readTraceForm } = await import("../../renderer/document/stored-form.ts");
const { formOfRequest } = await import("../../renderer/document/form-of-request.ts");

const ready = { ...readTraceForm(undefined), modelDir: "/m", setDirs: ["/s"], prompt: "Copyright (C)" };
beforeEach(() => form.useTraceForm.setState(ready, true));

test("a form asks for what it says, and the form of that request is the same form", () => {
	const filled = {
		...ready,
		...{ metric: "logit_difference" as const, target: " she", against: " he", choice: "share" as const, share: 0.7 },
		...{
			upNodes: 9,
			layers: [1, 3] as const,
			patchPrompt: "Copyright (D)",
			integratedGradients: 10,
			bos: "off" as const,
		},
	};
	const request = form.buildRequest(filled);
	expect(request).toMatchObject({
		...{ method: "gradient", metric: "logit_difference( she, he)", choice: { by: "share", share: 0.7 }, upNodes: 9 },
		...{ layers: "1:4", patchPrompt: "Copyright (D)", integratedGradients: 10, bos: "off" },
	});
	expect(form.buildRequest({ ...ready, ...formOfRequest(request, 5) })).toEqual(request);
});

test("further prompts make a consensus of all of them", () => {
	expect(form.buildRequest({ ...ready, morePrompts: "one\n\ntwo\n", atLeast: 0.5 })).toMatchObject({
		...{ method: "consensus", prompt: "Copyright (C)", morePrompts: ["one", "two"], atLeast: 2 },
	});
});

test.each([
	[{ modelDir: "" }, /model/],
	[{ setDirs: [] }, /dictionaries/],
	[{ prompt: "" }, /prompt/],
	[{ metric: "logit", target: "" }, /target token/],
	[{ metric: "logit_difference", target: "a", against: "" }, /compare with/],
	[{ patchPrompt: "" }, /other prompt/],
	[{ morePrompts: " \n" }, /other prompts/],
	[{ method: "ablation", ablatePins: true }, /Pin the features/],
] as const)("%o is told before anything is asked", (change, gap) => {
	expect(form.findGap({ ...ready, ...change })).toMatch(gap);
	expect(form.findGap(ready)).toBeUndefined();
});

test("what was stored and is not understood is as usual, and the rest stays", () => {
	const stored = { prompt: "kept", downNodes: -3, method: "magic", layers: "all" };
	expect(readTraceForm(stored)).toEqual({ ...readTraceForm(undefined), prompt: "kept" });
});
