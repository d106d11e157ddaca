import { EdgeBuilder } from "#shared/edge-list";
import { assert } from "#shared/errors";
import { formatNodeId } from "#shared/node-id";
import type { EdgesPiece } from "#shared/piece";
import type { Site } from "#shared/site";
import type { TracedSite } from "./circuit-assembly.ts";
import type { DirectEffects, DownNode } from "./direct-effects.ts";
import { InflowSums } from "./inflow.ts";
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
 * are joined have one edge, the sum of theirs. What leads into features and logits is summed up whole.
 */
export async function keepEdges(
	effects: AsyncIterable<DirectEffects>,
	sites: readonly TracedSite[],
	choice: EdgeChoice,
): Promise<EdgesPiece> {
	const bySite = new Map(sites.map((site) => [site.activity.dictionary.siteName, site]));
	const joined = new Map(sites.map(({ activity, errors }) => [activity.dictionary.siteName, new Set(errors.joined)]));
	const chosen = new Map(sites.map((site) => [site.activity.dictionary.siteName, markChosen(site)]));
	const edges = new EdgeBuilder();
	const inflow = new InflowSums();
	const { onlyPosition } = choice;
	const allowed = (position: number) => onlyPosition === undefined || position === onlyPosition;
	for await (const { down, from, entries, effects: amounts, positions, errorEffects } of effects) {
		const target = nameDownNode(down, choice);
		const push = (source: string, weight: number) => {
			if (choice.source !== undefined && (source !== choice.source || weight === 0)) return;
			edges.add(source, target, weight);
		};
		const site = from === "tokens" ? undefined : bySite.get(from);
		const sums = { chosen: 0, other: 0, error: 0, token: 0 };
		if (site) {
			const { contributions, dictionary } = site.activity;
			const positionOf = (i: number) => contributions.positions[entries[i] as number] as number;
			const isChosen = chosen.get(dictionary.siteName) as Uint8Array;
			for (let i = 0; i < entries.length; i++) {
				const size = Math.abs(amounts[i] as number);
				// What lies at a position that is not looked at was cut off, whether it would have been chosen or not.
				if (isChosen[entries[i] as number] === 1 || !allowed(positionOf(i))) sums.chosen += size;
				else sums.other += size;
			}
			for (const i of listStrongest(amounts, choice.upNodes, (i) => allowed(positionOf(i)))) {
				const feature = contributions.features[entries[i] as number] as number;
				const id = formatNodeId({ kind: "feature", site: dictionary.site, feature, position: positionOf(i) });
				push(id, amounts[i] as number);
			}
		}
		const kind = site ? "error" : "token";
		let rest = 0;
		for (const [i, position] of positions.entries()) {
			const effect = errorEffects[i] as number;
			const isJoined = from !== "tokens" && joined.get(from)?.has(position) === true;
			// Also where they are joined: what cancels in their sum is unexplained all the same.
			sums[kind] += Math.abs(effect);
			if (isJoined && allowed(position)) rest += effect;
			if (!allowed(position) || isJoined) continue;
			if (!site) push(tokenId(choice.metric, position), effect);
			else push(formatNodeId({ kind: "error", site: site.activity.dictionary.site, position }), effect);
		}
		if (site && rest !== 0)
			push(formatNodeId({ kind: "error", site: site.activity.dictionary.site, rest: true }), rest);
		if (down.kind === "feature" || down.kind === "logit") inflow.add(target, sums);
	}
	return { kind: "edges", ...edges.build().columns, inflow: inflow.build() };
}

/** By entry of a site's contributions: whether it becomes a down node. */
function markChosen({ attributions, chosen }: TracedSite): Uint8Array {
	const marks = new Uint8Array(attributions.features.length);
	for (const entry of chosen) marks[entry] = 1;
	return marks;
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
