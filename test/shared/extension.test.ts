import { expect, test } from "vitest";
import { checkExtension, findMixture } from "../../main/shared/extension.ts";
import type { TraceRequest } from "../../main/shared/trace-request.ts";

const selection = { modelDir: "/models/tiny", dictionaryDirs: ["/saes"], prompt: "abc", provider: "cpu" } as const;
const gradient: TraceRequest = {
	...selection,
	method: "gradient",
	metric: "cross_entropy",
	choice: { by: "count", count: 2 },
	upNodes: 3,
	lastPositionOnly: false,
	allNodes: false,
	keepUnconnected: false,
};
const jacobian: TraceRequest = { ...selection, method: "jacobian", upNodes: 1, pins: [], lastPositionOnly: true };

test("more of the same question extends a circuit: other layers, counts, dictionaries, another method", () => {
	expect(findMixture(gradient, { ...gradient, layers: "0:2", upNodes: 9, dictionaryDirs: ["/more"] })).toEqual([]);
	expect(findMixture(gradient, { ...gradient, modelDir: "models\\tiny\\" })).toEqual([]);
	expect(findMixture(gradient, jacobian)).toEqual([]);
	expect(findMixture(jacobian, gradient)).toEqual([]);
});

test("another prompt, pair, metric, model or set of prompts would mix two values in a node, and is refused by name", () => {
	expect(findMixture(gradient, { ...gradient, prompt: "abd", metric: "logit(d)" })).toEqual(["prompt", "metric"]);
	expect(findMixture(gradient, { ...gradient, patchPrompt: "abd" })).toEqual(["other prompt"]);
	expect(findMixture(gradient, { ...jacobian, modelDir: "/models/small" })).toEqual(["model"]);
	const consensus: TraceRequest = { ...gradient, method: "consensus", morePrompts: ["abd"], atLeast: 1 };
	expect(findMixture(gradient, consensus)).toEqual(["further prompts"]);
	expect(() => checkExtension("c", gradient, { ...gradient, prompt: "abd", metric: "logit(d)" })).toThrow(
		'"c" was traced with another prompt and metric. Its nodes would hold numbers of both, and show one of them: give the new trace a circuit of its own, and compare the two.',
	);
});
