import { resolve } from "node:path";
import type { Circuit, CircuitNode } from "#shared/circuit";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { nameTarget, nodeEffect, type Question, signed } from "#shared/effect";
import type { FeatureFacts } from "#shared/feature-facts";
import { describeVerdict, type KnownVerdict } from "#shared/known-circuit";
import { withoutPosition } from "#shared/node-id";
import { phraseOf } from "#shared/phrase";
import { describeScores, judgeReplacement } from "#shared/score-words";
import type { CircuitScores } from "#shared/scores";
import { readTokens } from "#shared/token-characters";
import type { TraceResult } from "#shared/trace";
import { isPaired, type RunRequest } from "#shared/trace-request";
import type { TraceOutcome } from "../app/trace-job.ts";
import { judgeTrace } from "../export/circuit-json.ts";

const shown = 12;

/** The features that the summary lists, largest |attribution| first. */
export function listStrongestFeatures({ nodes }: Circuit): readonly CircuitNode[] {
	const features = nodes.filter(({ kind }) => kind === "feature");
	return features.toSorted((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution)).slice(0, shown);
}

/** What a trace found, for a terminal. */
export function describeTrace(
	{ result, circuit, merged, resumed }: TraceOutcome,
	request: RunRequest,
	strongest: readonly CircuitNode[],
	facts: ReadonlyMap<string, FeatureFacts>,
	databasePath: string,
	outputs: readonly string[],
): string {
	const question = { metricName: result.metric.name, paired: isPaired(request), tokens: result.prompt.tokens };
	const rows = strongest.map((node) => {
		const known = facts.get(withoutPosition(node.id));
		const words = (known && phraseOf(known)) ?? "";
		return `  ${node.id.padEnd(16)} ${signed(nodeEffect(question, node.attribution)).padStart(10)} ${formatNumber(node.activation).padStart(9)}  ${words}`;
	});
	const { provider, providerFallback } = result;
	return [
		`${readTokens(result.prompt.tokens)
			.map(({ alone }) => showToken(alone))
			.join(" ")}`,
		`${result.metric.name} ${formatNumber(result.metric.value)}`,
		`${result.nodes.length} nodes, ${result.edges.length} edges`,
		...listScores(result.scores),
		...listVerdict(judgeTrace(result, request)),
		...describeErrors(result, question),
		"",
		`  Effects: + raises ${nameTarget(question)}, − lowers`,
		`  ${"strongest".padEnd(16)} ${"effect".padStart(10)} ${"active".padStart(8)}`,
		...rows,
		"",
		`Stored as "${circuit}" in ${databasePath} (${merged.addedNodes} new nodes, ${merged.addedEdges} new edges, ${merged.updatedNodes + merged.updatedEdges} updated)`,
		`${result.reused} of ${result.pieces} parts were stored and reused${resumed > 0 ? "; a run that had been cut off was continued" : ""}`,
		`${result.seconds.toFixed(2)} s on ${provider}, ${Math.round(result.peakRssBytes / 1e6)} MB at most${provider === "cpu" && providerFallback !== undefined ? " (no GPU could be used: see scd doctor)" : ""}`,
		...outputs.map((path) => `Wrote ${resolve(path)}`),
	].join("\n");
}

/** Both scores, and what they say; nothing where there is none. */
export function listScores(scores: CircuitScores | undefined): readonly string[] {
	const said = scores && describeScores(scores);
	if (!said) return [];
	return [
		`Scores: ${said}`,
		"  (what reaches the target from tokens through features; what leads into nodes from features and tokens; the rest is errors)",
		...(scores.replacement === null ? [] : [`  ${judgeReplacement(scores.replacement)}`]),
	];
}

/** How the method did on the model whose circuit is known; nothing of any other. */
export const listVerdict = (verdict: KnownVerdict | undefined): readonly string[] =>
	verdict ? [`Known circuit, by ${verdict.method}: ${describeVerdict(verdict)}`] : [];

/** What is joined, and how large it is. */
function describeErrors({ errors }: TraceResult, question: Question): readonly string[] {
	if (!errors || errors.joined === 0) return [];
	const { alone, joined, nodes, activation, attribution } = errors;
	const effect = signed(nodeEffect(question, attribution));
	const sums = `their norms add up to ${formatNumber(activation)}, their effects to ${effect}`;
	const beside = alone === 0 ? "" : ` beside ${alone} that stand alone`;
	return [
		`${joined} ${joined === 1 ? "error is" : "errors are"} joined in ${nodes} ${nodes === 1 ? "node" : "nodes"}${beside}: ${sums} (--errors all shows each)`,
	];
}
