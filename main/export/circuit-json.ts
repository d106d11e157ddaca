import type { Circuit, CircuitNode } from "#shared/circuit";
import type { ReadingRule } from "#shared/conventions";
import { EdgeList } from "#shared/edge-list";
import { describeVerdict, judgeKnown, type KnownVerdict } from "#shared/known-circuit";
import { withoutPosition } from "#shared/node-id";
import type { ShownLabel } from "#shared/published";
import { type CircuitScores, noScores, remainderOf, scoreCircuit } from "#shared/scores";
import type { AblationResult, LogitEffect, TracedDictionary, TraceResult } from "#shared/trace";
import type { RunRequest } from "#shared/trace-request";

/** The object that `scd trace --json` prints; the names are a published format. */
export function buildTraceJson(
	result: TraceResult,
	request: RunRequest,
	labels?: ReadonlyMap<string, ShownLabel>,
): object {
	const verdict = judgeTrace(result, request);
	return {
		model: result.model,
		dictionaries: result.dictionaries.map(buildDictionaryJson),
		notes: result.notes ?? [],
		skipped: result.skipped,
		prompt: { text: result.prompt.text, tokens: result.prompt.tokens, token_ids: result.prompt.tokenIds },
		metric: result.metric,
		nodes: buildScoredNodes(result, result.metric.name, labels, result.scores !== undefined),
		edges: result.edges,
		...(result.ablation && buildAblationJson(result.ablation)),
		...(result.jacobian && { entries: result.jacobian }),
		...(result.errors && { errors: result.errors }),
		explained: result.explained,
		...buildScoresJson(result.scores),
		...(verdict && { known_circuit: buildVerdictJson(verdict) }),
		provider: result.provider,
		provider_fallback: result.providerFallback ?? null,
		seconds: result.seconds,
		peak_rss_mb: Math.round(result.peakRssBytes / 1e6),
		reused: { pieces: result.reused, of: result.pieces },
	};
}

/** How a trace did on the model whose circuit is known; undefined of any other. */
export function judgeTrace(
	{ model, metric, prompt, dictionaries, nodes, edges }: TraceResult,
	request: RunRequest,
): KnownVerdict | undefined {
	const run = { request, modelHash: model.hash, metricName: metric.name, tokens: prompt.tokens, dictionaries };
	return judgeKnown(run, { nodes, edges });
}

export function buildVerdictJson(verdict: KnownVerdict) {
	const { method, of, expected, missing, others } = verdict;
	return {
		...{ verdict: describeVerdict(verdict), method, of, expected, missing },
		others: others.map(({ id, share, isSink }) => ({ id, share, part_of_construction: isSink })),
	};
}

/** Null where they say nothing of this circuit. */
export function buildScoresJson(scores: CircuitScores = noScores) {
	return { replacement: scores.replacement, completeness: scores.completeness };
}

/** Nodes with their influence on the logits, and with what leads into them and is no edge of the circuit. */
export function buildScoredNodes(
	{ nodes, edges }: Circuit,
	metricName: string,
	labels: ReadonlyMap<string, ShownLabel> | undefined,
	isScored: boolean,
): readonly object[] {
	if (!isScored) return nodes.map((node) => buildNodeJson(node, labels));
	const list = EdgeList.from(edges);
	const { influence } = scoreCircuit({ nodes, edges: list, metricName });
	const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
	return nodes.map((node, i) => {
		const remainder = remainderOf(node, list, (id) => kinds.get(id));
		return { ...buildNodeJson(node, labels), influence: influence[i], ...(remainder && { remainder }) };
	});
}

function buildDictionaryJson({ name, hash, site, rule }: TracedDictionary): object {
	return { name, hash, site, conventions: buildRuleJson(rule) };
}

/** How a dictionary is read, and what decided each point. */
export function buildRuleJson({ centred, valueBiases, normFactor, bos, release }: ReadingRule): object {
	return {
		centred: centred.value,
		value_biases: valueBiases.value,
		norm_factor: normFactor.value,
		...(bos && { bos: bos.value }),
		why: {
			centred: centred.why,
			value_biases: valueBiases.why,
			norm_factor: normFactor.why,
			...(bos && { bos: bos.why }),
		},
		release: release ?? null,
	};
}

function buildAblationJson({ effects, logits }: AblationResult): object {
	const list = (tokens: LogitEffect["up"]) => tokens.map(({ token, effect }) => [token, effect]);
	return {
		effects,
		logits: Object.fromEntries(logits.map(({ source, up, down }) => [source, { up: list(up), down: list(down) }])),
	};
}

function buildNodeJson(node: CircuitNode, labels?: ReadonlyMap<string, ShownLabel>): object {
	const label = labels?.get(withoutPosition(node.id));
	return { ...buildNodeFields(node), ...(label && buildLabelJson(label)) };
}

/** A label comes with whose it is: a person's own, or that of a source on Neuronpedia. */
export function buildLabelJson(label: ShownLabel) {
	return { label: label.text, label_by: label.by === "person" ? "person" : `neuronpedia:${label.source}` };
}

/** What a node is and does, without what it is called. */
export function buildNodeFields(node: CircuitNode) {
	return {
		id: node.id,
		kind: node.kind,
		site: node.site ?? null,
		layer: node.layer ?? null,
		feature: node.feature ?? null,
		position: node.position,
		...(node.joined !== undefined && { joined: node.joined }),
		activation: node.activation,
		attribution: node.attribution,
		...(node.inflow && { inflow: node.inflow }),
	};
}
