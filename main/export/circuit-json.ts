import type { CircuitNode } from "#shared/circuit";
import type { AblationResult, LogitEffect, TraceResult } from "#shared/trace";

/** The object that `scd trace --json` prints; the names are a published format. */
export function buildTraceJson(result: TraceResult): object {
	return {
		model: result.model,
		dictionaries: result.dictionaries,
		skipped: result.skipped,
		prompt: { text: result.prompt.text, tokens: result.prompt.tokens, token_ids: result.prompt.tokenIds },
		metric: result.metric,
		nodes: result.nodes.map(buildNodeJson),
		edges: result.edges,
		...(result.ablation && buildAblationJson(result.ablation)),
		...(result.jacobian && { entries: result.jacobian }),
		explained: result.explained,
		provider: result.provider,
		provider_fallback: result.providerFallback ?? null,
		seconds: result.seconds,
		peak_rss_mb: Math.round(result.peakRssBytes / 1e6),
		reused: { pieces: result.reused, of: result.pieces },
	};
}

function buildAblationJson({ effects, logits }: AblationResult): object {
	const list = (tokens: LogitEffect["up"]) => tokens.map(({ token, effect }) => [token, effect]);
	return {
		effects,
		logits: Object.fromEntries(logits.map(({ source, up, down }) => [source, { up: list(up), down: list(down) }])),
	};
}

export function buildNodeJson(node: CircuitNode): object {
	return {
		id: node.id,
		kind: node.kind,
		site: node.site ?? null,
		layer: node.layer ?? null,
		feature: node.feature ?? null,
		position: node.position,
		activation: node.activation,
		attribution: node.attribution,
	};
}
