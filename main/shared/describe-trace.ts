import { showToken } from "./drawing/svg-text.ts";
import type { GradientChoice, NodeChoice, TraceRequest } from "./trace-request.ts";

/** A trace in a line, which tells it from another of the same circuit: how, of how much, and of what. */
export function describeTrace(request: TraceRequest): string {
	const { method } = request;
	switch (method) {
		case "gradient": {
			const of = request.from && `, ${request.from.direction} of ${request.from.node}`;
			return `Trace by gradients: ${describeGradients(request)}${of ?? ""}`;
		}
		case "consensus":
			return `Trace of ${request.morePrompts.length + 1} prompts by gradients: ${describeGradients(request)}, in at least ${request.atLeast}`;
		case "ablation": {
			const { pins, thinning = 1, morePrompts, allPositions } = request;
			const which =
				pins.length > 0
					? count(pins.length, "feature")
					: `${(100 * thinning).toPrecision(3).replace(/\.?0+$/, "")}% of features`;
			return `Trace by ablation: ${[
				which,
				`${request.upNodes} edges a node`,
				...(morePrompts.length > 0 ? [`${morePrompts.length + 1} prompts`] : []),
				allPositions ? "all positions" : "last position",
			].join(", ")}`;
		}
		case "jacobian":
			return `Trace by Jacobians: ${request.pins.length > 0 ? count(request.pins.length, "feature") : "all features"}, ${request.upNodes} edges a node`;
	}
}

function describeGradients({
	metric,
	choice,
	upNodes,
	patchPrompt,
	integratedGradients,
}: GradientChoice & { readonly upNodes: number }): string {
	return [
		nameMetric(metric),
		choice.by === "count" ? `${count(choice.count, "node")} a site` : describeChoice(choice),
		`${upNodes} edges a node`,
		...(patchPrompt === undefined
			? []
			: [`against “${patchPrompt.length > 40 ? `${patchPrompt.slice(0, 40)}…` : patchPrompt}”`]),
		...(integratedGradients === undefined ? [] : [`integrated over ${integratedGradients} steps`]),
	].join(", ");
}

/** Which features of a site are explained. */
export function describeChoice(choice: NodeChoice): string {
	switch (choice.by) {
		case "count":
			return `${choice.count} a site`;
		case "threshold":
			return `attribution above ${choice.threshold}`;
		case "percentile":
			return `active above the ${choice.percentile}th percentile`;
		case "share":
			return `${(100 * choice.share).toFixed(0)}% of each site`;
	}
}

/** A metric as it is spoken of: `logit of “ C”`. Names that are none of ours stay as they are. */
export function nameMetric(metric: string): string {
	if (metric === "cross_entropy") return "cross-entropy";
	const [, kind, inside = ""] = /^(?:ablation, )?(logit|logprob|logit_difference)\((.*)\)$/s.exec(metric) ?? [];
	if (kind === undefined) return metric;
	const comma = inside.indexOf(",", 1);
	if (kind === "logit_difference" && comma > 0)
		return `logit of “${showToken(inside.slice(0, comma))}” over “${showToken(inside.slice(comma + 1))}”`;
	return `${kind === "logprob" ? "log-probability" : "logit"} of “${showToken(inside)}”`;
}

const cards: Readonly<Record<string, string>> = {
	webgpu: "WebGPU",
	cuda: "CUDA",
	directml: "DirectML",
	coreml: "CoreML",
};

/** Where something was computed. */
export function nameProvider(provider: string): string {
	if (provider === "cpu") return "the processor";
	const name = cards[provider];
	return name === undefined ? provider : `the card (${name})`;
}

/** Why a card is not used, from what its driver or ONNX Runtime says, which few can read. */
export function explainProvider(reason: string): string {
	if (/shared library|lib\w+\.so|\.dll|cudnn|cublas/i.test(reason)) return "Its libraries are not on this machine.";
	if (/adapter|no .*device|device .*not/i.test(reason)) return "No card was found that it could use.";
	if (/not (?:compiled|built)|not available|unsupported|not supported/i.test(reason))
		return "It is not part of this program on this system.";
	return "It could not be started.";
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
