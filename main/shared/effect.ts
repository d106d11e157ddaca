import { formatNumber, showToken } from "./drawing/svg-text.ts";
import { readTokens } from "./token-characters.ts";

/** Metric of graphs that other programs wrote, whose edges are what a source adds to its target: not what it would cost. */
export const attributionGraph = "attribution_graph";

/** What numbers of a circuit are about. */
export interface Question {
	readonly metricName: string;
	/** With a prompt pair an attribution is what moving to the other prompt does, not what being here does. */
	readonly paired: boolean;
	/** The prompt's tokens, the last of which cross-entropy is about. */
	readonly tokens: readonly string[];
}

/** Before a circuit was traced. */
export const noQuestion: Question = { metricName: "cross_entropy", paired: false, tokens: [] };

/*
 * Stored numbers are derivatives of the metric; people see one sign everywhere: positive raises the target. Cross-entropy
 * falls as the target rises, an edge is what ablating its source does (−1), and with a pair moving away from it.
 */

/** What a node does to the target, from its attribution `∂m/∂a · a`: positive raises it. */
export function nodeEffect({ metricName, paired }: Question, attribution: number): number {
	const presence = paired ? -attribution : attribution;
	return metricName === "cross_entropy" ? -presence : presence;
}

/** What an edge adds to the target, from its weight: positive raises it. */
export function edgeEffect({ metricName }: Pick<Question, "metricName">, weight: number): number {
	return metricName === "cross_entropy" || metricName === attributionGraph ? weight : -weight;
}

export const raisesTarget = (metricName: string, weight: number): boolean => edgeEffect({ metricName }, weight) > 0;

/** What is raised and lowered, as "`)`": the token that the metric is about. */
export function nameTarget({ metricName, tokens }: Question): string {
	if (metricName === "cross_entropy") {
		const last = readTokens(tokens).at(-1)?.alone;
		return last === undefined ? "the target" : `“${showToken(last)}”`;
	}
	if (metricName === attributionGraph) return "what it leads to";
	// An ablation circuit's nodes are about the likeliest token, whose name follows.
	const [, kind, inside = ""] = /^(?:ablation, )?(logit|logprob|logit_difference)\((.*)\)$/s.exec(metricName) ?? [];
	if (kind === undefined) return "what it leads to";
	const comma = inside.indexOf(",", 1);
	return kind === "logit_difference" && comma > 0
		? `“${showToken(inside.slice(0, comma))}” over “${showToken(inside.slice(comma + 1))}”`
		: `“${showToken(inside)}”`;
}

/** Losses and log-probabilities are in nats, logits in their own unit. */
const unitOf = (metricName: string): string =>
	metricName === "cross_entropy" || /^(ablation, )?logprob/.test(metricName)
		? " nats"
		: metricName.startsWith("logit")
			? " in its logit"
			: "";

/** As a colleague would say it: "raises “)” by 0.079 nats". */
export function sayEffect(question: Question, effect: number): string {
	if (effect === 0) return `does nothing to ${nameTarget(question)}`;
	const by = formatNumber(Math.abs(effect));
	return `${effect > 0 ? "raises" : "lowers"} ${nameTarget(question)} by ${by}${unitOf(question.metricName)}`;
}

/** The same of an edge: in an ablation or Jacobian circuit it is about the feature that it leads to. */
export function sayEdge(question: Question, effect: number): string {
	if (!/^(ablation|jacobian)/.test(question.metricName)) return sayEffect(question, effect);
	return `${effect > 0 ? "raises" : "lowers"} the node that it leads to by ${formatNumber(Math.abs(effect))}`;
}

/** In little room: an arrow up raises, one down lowers. */
export function showEffect(effect: number): string {
	return effect === 0 ? "0" : `${effect > 0 ? "↑" : "↓"} ${formatNumber(Math.abs(effect))}`;
}

/** In a column, with its sign. */
export const signed = (effect: number): string => `${effect > 0 ? "+" : ""}${formatNumber(effect)}`;
