import { EdgeBuilder } from "#shared/edge-list";
import { assert } from "#shared/errors";
import { formatNodeId } from "#shared/node-id";
import type { EdgesPiece } from "#shared/piece";
import type { Site } from "#shared/site";
import type { TracedSite } from "./circuit-assembly.ts";
import type { DirectEffects, DownNode } from "./direct-effects.ts";
import type { Metric } from "./metric.ts";

export interface EdgeChoice {
	readonly upNodes: number;
	readonly onlyPosition?: number;
	/** Site of the down nodes; absent for logits. */
	readonly into?: Site;
	readonly metric: Metric;
	/** Only edges out of this node that are not zero. */
	readonly source?: string;
}

/**
 * For each down node and site upstream the features with the largest |effect|, and every error and token. Errors that
 * are joined have one edge, the sum of theirs.
 */
export async function keepEdges(
	effects: AsyncIterable<DirectEffects>,
	sites: readonly TracedSite[],
	choice: EdgeChoice,
): Promise<EdgesPiece> {
	const bySite = new Map(sites.map((site) => [site.activity.dictionary.siteName, site]));
	const joined = new Map(sites.map(({ activity, errors }) => [activity.dictionary.siteName, new Set(errors.joined)]));
	const edges = new EdgeBuilder();
	const { onlyPosition } = choice;
	const allowed = (position: number) => onlyPosition === undefined || position === onlyPosition;
	for await (const { down, from, entries, effects: amounts, positions, errorEffects } of effects) {
		const target = nameDownNode(down, choice);
		const push = (source: string, weight: number) => {
			if (choice.source !== undefined && (source !== choice.source || weight === 0)) return;
			edges.add(source, target, weight);
		};
		const site = from === "tokens" ? undefined : bySite.get(from);
		if (site) {
			const { contributions, dictionary } = site.activity;
			for (const i of listStrongest(amounts, choice.upNodes, (i) =>
				allowed(contributions.positions[entries[i] as number] as number),
			)) {
				const entry = entries[i] as number;
				const [feature, position] = [contributions.features[entry] as number, contributions.positions[entry] as number];
				push(formatNodeId({ kind: "feature", site: dictionary.site, feature, position }), amounts[i] as number);
			}
		}
		let rest = 0;
		for (const [i, position] of positions.entries()) {
			if (!allowed(position)) continue;
			const effect = errorEffects[i] as number;
			if (!site || from === "tokens") push(tokenId(choice.metric, position), effect);
			else if (joined.get(from)?.has(position)) rest += effect;
			else push(formatNodeId({ kind: "error", site: site.activity.dictionary.site, position }), effect);
		}
		if (site && rest !== 0)
			push(formatNodeId({ kind: "error", site: site.activity.dictionary.site, rest: true }), rest);
	}
	return { kind: "edges", ...edges.build().columns };
}

/** Indices of the `count` effects that are largest in size, the largest first; of equal ones the first. */
function listStrongest(effects: Float64Array, count: number, allowed: (i: number) => boolean): readonly number[] {
	const size = (i: number) => Math.abs(effects[i] as number);
	const least = count < effects.length ? findLeast(effects, count, allowed) : 0;
	const kept: number[] = [];
	for (let i = 0; i < effects.length; i++) if (size(i) >= least && allowed(i)) kept.push(i);
	return kept.sort((a, b) => size(b) - size(a) || a - b).slice(0, count);
}

/** The smallest of the `count` largest sizes. Most effects cost one comparison: sorting them would be most of the work. */
function findLeast(effects: Float64Array, count: number, allowed: (i: number) => boolean): number {
	const best = new Float64Array(2 * count);
	let [held, bar] = [0, -1];
	for (let i = 0; i < effects.length; i++) {
		const size = Math.abs(effects[i] as number);
		if (!(size > bar) || !allowed(i)) continue;
		best[held++] = size;
		if (held < best.length) continue;
		best.sort().copyWithin(0, count);
		held = count;
		bar = best[0] as number;
	}
	return best.subarray(0, held).sort()[Math.max(0, held - count)] ?? 0;
}

function tokenId({ runIds }: Metric, position: number): string {
	return formatNodeId({ kind: "token", token: runIds[position] as number, position });
}

function nameDownNode(node: DownNode, { into, metric }: EdgeChoice): string {
	if (node.kind === "logit")
		return formatNodeId({
			kind: "logit",
			token: metric.terms[node.term]?.token as number,
			position: node.position,
		});
	assert(into, "features and errors lie at a site");
	if (node.kind === "errors") return formatNodeId({ kind: "error", site: into, rest: true });
	if (node.kind === "error") return formatNodeId({ kind: "error", site: into, position: node.position });
	return formatNodeId({ kind: "feature", site: into, feature: node.feature, position: node.position });
}
