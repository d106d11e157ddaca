import { AppError } from "./errors.ts";
import { gradientChoiceOf, type TraceRequest } from "./trace-request.ts";

/** What decides a node's numbers beside its id, in words; absent where a method has no such thing. */
const questionOf = (request: TraceRequest) => {
	const gradient = gradientChoiceOf(request);
	return {
		prompt: request.prompt,
		// By its folder's name: where that lies may be written in several ways.
		model: request.modelDir.split(/[\\/]/).findLast((part) => part !== ""),
		...(gradient && { metric: gradient.metric, "other prompt": gradient.patchPrompt ?? null }),
		"further prompts": "morePrompts" in request ? request.morePrompts : [],
	};
};

/**
 * What of a circuit's own question a further trace would ask otherwise: `prompt`, `model`, `metric`, `other prompt`,
 * `further prompts`. Nodes are named by feature and position, so that with any of these one node would stand for two
 * values.
 */
export function findMixture(own: TraceRequest, next: TraceRequest): readonly string[] {
	const [before, after] = [questionOf(own), questionOf(next)];
	return Object.entries(after)
		.filter(
			([what, value]) =>
				what in before && JSON.stringify(before[what as keyof typeof before]) !== JSON.stringify(value),
		)
		.map(([what]) => what);
}

/** Of two words, "prompt and metric". */
export const listWords = (words: readonly string[]): string =>
	words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** Throws `usage` where a trace into a circuit would put two values into one node. */
export function checkExtension(circuit: string, own: TraceRequest, next: TraceRequest): void {
	const mixture = findMixture(own, next);
	if (mixture.length === 0) return;
	throw new AppError(
		"usage",
		`"${circuit}" was traced with another ${listWords(mixture)}. Its nodes would hold numbers of both, and show one of them: give the new trace a circuit of its own, and compare the two.`,
		{ circuit, mixture },
	);
}
