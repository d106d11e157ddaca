import { expect, test } from "vitest";
import { describeTrace, explainProvider, nameMetric, nameProvider } from "../../main/shared/describe-trace.ts";
import { ablationRequest, consensusRequest, gradientRequest, jacobianRequest } from "../requests.ts";

test("traces of one circuit are told apart by method and parameters", () => {
	const gradient = gradientRequest();
	expect(describeTrace(gradient)).toBe("Trace by gradients: cross-entropy, 3 nodes a site, 3 edges a node");
	expect(describeTrace({ ...gradient, from: { node: "mlp_3.17@4", direction: "upstream" } })).toBe(
		"Trace by gradients: cross-entropy, 3 nodes a site, 3 edges a node, upstream of mlp_3.17@4",
	);
	expect(
		describeTrace(gradientRequest({ metric: "logit( C)", choice: { by: "share", share: 0.8 }, patchPrompt: "bye" })),
	).toBe("Trace by gradients: logit of “·C”, 80% of each site, 3 edges a node, against “bye”");
	expect(describeTrace(consensusRequest(gradient, { morePrompts: ["a", "b"], atLeast: 2 }))).toBe(
		"Trace of 3 prompts by gradients: cross-entropy, 3 nodes a site, 3 edges a node, in at least 2",
	);
	expect(describeTrace(ablationRequest(gradient, { thinning: 0.1 }))).toBe(
		"Trace by ablation: 10% of features, 3 edges a node, last position",
	);
	expect(describeTrace(jacobianRequest(gradient, { pins: ["resid_0.1"] }))).toBe(
		"Trace by Jacobians: 1 feature, 3 edges a node",
	);
});

test("metrics and providers are called what people call them, and what is not known stays", () => {
	expect(nameMetric("logit_difference( she, he)")).toBe("logit of “·she” over “·he”");
	expect(nameMetric("ablation, logprob(,)")).toBe("log-probability of “,”");
	expect(nameMetric("mine")).toBe("mine");
	expect([nameProvider("cpu"), nameProvider("cuda"), nameProvider("tpu")]).toEqual([
		"the processor",
		"the card (CUDA)",
		"tpu",
	]);
});

test("why a card is not used is a sentence, whatever its driver says", () => {
	const said = [
		"OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library",
		"Failed to get a WebGPU adapter: No supported adapters",
		"CoreML execution provider is not supported in this build",
		"0x80070057",
	];
	expect(said.map(explainProvider)).toEqual([
		"Its libraries are not on this machine.",
		"No card was found that it could use.",
		"It is not part of this program on this system.",
		"It could not be started.",
	]);
});
