import type { CircuitNode } from "#shared/circuit";
import type { ReadingRule } from "#shared/conventions";
import { withoutPosition } from "#shared/node-id";
import type { ShownLabel } from "#shared/published";
import type { AblationResult, LogitEffect, TracedDictionary, TraceResult } from "#shared/trace";

/** The object that `scd trace --json` prints; the names are a published format. */
export function buildTraceJson(result: TraceResult, labels?: ReadonlyMap<string, ShownLabel>): object {
	return {
		model: result.model,
		dictionaries: result.dictionaries.map(buildDictionaryJson),
		notes: result.notes ?? [],
		skipped: result.skipped,
		prompt: { text: result.prompt.text, tokens: result.prompt.tokens, token_ids: result.prompt.tokenIds },
		metric: result.metric,
		nodes: result.nodes.map((node) => buildNodeJson(node, labels)),
		edges: result.edges,
		...(result.ablation && buildAblationJson(result.ablation)),
		...(result.jacobian && { entries: result.jacobian }),
		...(result.errors && { errors: result.errors }),
		explained: result.explained,
		provider: result.provider,
		provider_fallback: result.providerFallback ?? null,
		seconds: result.seconds,
		peak_rss_mb: Math.round(result.peakRssBytes / 1e6),
		reused: { pieces: result.reused, of: result.pieces },
	};
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

export function buildNodeJson(node: CircuitNode, labels?: ReadonlyMap<string, ShownLabel>): object {
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
	};
}
