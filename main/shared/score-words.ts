import type { CircuitNode } from "./circuit.ts";
import type { CircuitScores } from "./scores.ts";
import type { RunRequest } from "./trace-request.ts";

/** What each score says, for whoever meets it for the first time. */
export const scoreMeaning = {
	replacement:
		"Of what reaches the target along all paths, the share that begins at the prompt’s tokens and passes through features; the rest begins at errors, which nothing explains. 1 is best.",
	completeness:
		"Of what leads into the nodes, each counted by its influence on the target, the share that comes from features and tokens and not from errors. 1 is best.",
} as const satisfies Record<keyof CircuitScores, string>;

/** What stands beside scores of a circuit of which it is not known what was cut off. */
export const cutOffUnknown =
	"What the limit of edges cut off is not known of this circuit (an earlier version traced it, or its trace was cut off): trace again to have it counted.";

/** What stands in the place of scores of a circuit whose edges are counted twice. */
export const countedTwice =
	"Traces that divide the model in different ways were put together here, and some of what leads into its nodes is counted twice. Scores need one trace of all of it.";

/** Whether it is not known of a circuit what was cut off: it was traced by gradients, and no node says what leads into it. */
export const isCutOffUnknown = (request: RunRequest | undefined, nodes: readonly CircuitNode[]): boolean =>
	request?.method === "gradient" && !nodes.some(({ inflow }) => inflow);

/** What the replacement score says of how far a circuit can be trusted. */
export function judgeReplacement(replacement: number): string {
	if (replacement >= 0.5)
		return "Most of what reaches the target runs from tokens through features: the circuit accounts for it.";
	if (replacement >= 0.2)
		return "Much of what reaches the target begins at errors: features tell a part of it. Validate before relying on it.";
	const errors = Math.min(99, Math.round(100 * (1 - replacement)));
	return `${errors}% of what reaches the target begins at errors, which nothing explains: read the circuit as a lead, and validate it before relying on it.`;
}

/** In one line, for a card or a terminal: "replacement 0.71, completeness 0.90"; undefined where neither can be said. */
export function describeScores({ replacement, completeness }: CircuitScores): string | undefined {
	const parts = [
		...(replacement === null ? [] : [`replacement ${showScore(replacement)}`]),
		...(completeness === null ? [] : [`completeness ${showScore(completeness)}`]),
	];
	return parts.length === 0 ? undefined : parts.join(", ");
}

/** Two digits; what is nearly all or nothing is not said to be it. */
export function showScore(score: number): string {
	if (score > 0.995 && score < 1) return ">0.99";
	if (score > 0 && score < 0.005) return "<0.01";
	return score.toFixed(2);
}

/**
 * Whether scores mean anything: edges are direct effects on the metric, and not only what one node has to do with, as
 * where the last of so many runs was traced from a node and there was none before it; and nobody kept features that lead
 * on without asking what leads into them, which would pass for explained.
 */
export const isScored = (request: RunRequest | undefined, runs = 1): boolean =>
	request !== undefined &&
	(request.method === "gradient" || request.method === "consensus" || request.method === "imported") &&
	!("keepUnconnected" in request && request.keepUnconnected) &&
	(runs > 1 || !("from" in request && request.from !== undefined));
