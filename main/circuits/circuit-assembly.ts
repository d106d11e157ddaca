import type { CircuitNode } from "#shared/circuit";
import { findConnected } from "#shared/connected";
import { joinEdges } from "#shared/edge-diff";
import { EdgeList } from "#shared/edge-list";
import { AppError } from "#shared/errors";
import { formatNodeId, parseNodeId } from "#shared/node-id";
import type { AttributionsPiece, EdgesPiece } from "#shared/piece";
import type { GradientRequest } from "#shared/trace-request";
import type { DownNode } from "./direct-effects.ts";
import type { DownSeeds } from "./down-seeds.ts";
import type { ChosenErrors } from "./error-choice.ts";
import { activationAt, type SiteActivity } from "./site-activity.ts";

/** One dictionary in a trace. */
export interface TracedSite {
	readonly activity: SiteActivity;
	readonly attributions: AttributionsPiece;
	/** Entries of `attributions` that become down nodes. */
	readonly chosen: readonly number[];
	readonly errors: ChosenErrors;
	/** What is explained at this site, and where that begins. */
	readonly downNodes: readonly DownNode[];
	readonly seeds: DownSeeds;
	/** Every feature that is active, and the errors as they are chosen. */
	readonly nodes: readonly CircuitNode[];
}

export interface LogitSink {
	readonly token: number;
	readonly position: number;
	readonly logit: number;
	/** `∂m/∂logit`. */
	readonly weight: number;
}

export interface AssemblyParts {
	readonly sites: readonly TracedSite[];
	readonly edges: readonly EdgesPiece[];
	/** Every node there could be, tokens first and then in the order of computation. */
	readonly nodes: readonly CircuitNode[];
	readonly request: Pick<GradientRequest, "allNodes" | "keepUnconnected" | "from" | "errors">;
}

/** Joins the pieces into a circuit, drops what leads nowhere, and says how much of it features explain. */
export function assembleCircuit(parts: AssemblyParts): {
	readonly nodes: readonly CircuitNode[];
	readonly edges: EdgeList;
	readonly explained: number;
} {
	const edges = joinEdges(parts.edges.map((piece) => new EdgeList(piece)));
	const explained = explainedShare(edges, parts);
	const { nodes: all } = parts;
	const members = new Set(edges.ids);
	const { from } = parts.request;
	if (from) {
		// What leads into or out of one node is on no path from end to end, and that is no fault.
		members.add(from.node);
		return { nodes: all.filter(({ id }) => members.has(id)), edges, explained };
	}
	for (const { activity, attributions, chosen } of parts.sites)
		for (const entry of chosen) members.add(featureId(activity, attributions, entry));
	const circuit = parts.request.keepUnconnected
		? members
		: findConnected(
				all.filter(({ id }) => members.has(id)),
				edges,
				parts.request.errors === "sources",
			);
	const isKept = edges.ids.map((id) => circuit.has(id));
	return {
		nodes: all.filter(
			({ id, kind }) => circuit.has(id) || (parts.request.allNodes && (kind === "feature" || kind === "error")),
		),
		edges: edges.where((edge) => !!isKept[edges.sources[edge] as number] && !!isKept[edges.targets[edge] as number]),
		explained,
	};
}

/** `Σ edges from features / Σ edges from features and errors`, signed. Throws `no-effect` where the total is zero. */
function explainedShare({ ids, sources, weights }: EdgeList, parts: AssemblyParts): number {
	const kinds = ids.map((id) => parseNodeId(id).kind);
	let [features, total] = [0, 0];
	for (const [edge, weight] of weights.entries()) {
		const kind = kinds[sources[edge] as number];
		if (kind === "feature") features += weight;
		if (kind === "feature" || kind === "error") total += weight;
	}
	if (total !== 0) return features / total;
	if (parts.request.from) return 0;
	throw new AppError(
		"no-effect",
		`No effect passes between these nodes: the total is exactly zero. ${likelyCause(parts)}`,
	);
}

function likelyCause({ sites }: AssemblyParts): string {
	const largest = sites.reduce(
		(most, { attributions }) => attributions.attributions.reduce((a, b) => Math.max(a, Math.abs(b)), most),
		0,
	);
	if (largest === 0)
		return "No feature has any attribution: the metric may not depend on this prompt; choose another --metric or prompt.";
	return "The dictionaries may be of another model, or --last-position-only may have cut every path; trace all positions or more layers.";
}

export function featureId(
	{ dictionary: { site } }: SiteActivity,
	{ features, positions }: AttributionsPiece,
	entry: number,
): string {
	return formatNodeId({
		kind: "feature",
		site,
		feature: features[entry] as number,
		position: positions[entry] as number,
	});
}

export function listTokenNodes(
	tokens: readonly { readonly id: number; readonly attribution: number }[],
): readonly CircuitNode[] {
	return tokens.map(({ id, attribution }, position) => ({
		id: formatNodeId({ kind: "token", token: id, position }),
		kind: "token",
		feature: id,
		position,
		activation: 1,
		attribution,
	}));
}

/** Active features of one site and its errors, those that are joined as one node that states their sums. */
export function listSiteNodes(
	{ activity, attributions, errors }: Pick<TracedSite, "activity" | "attributions" | "errors">,
	lastPositionOnly: boolean,
): readonly CircuitNode[] {
	const nodes: CircuitNode[] = [];
	const { dictionary, tokens: length, errorNorms } = activity;
	const place = { site: dictionary.site.kind, layer: dictionary.site.layer };
	const wanted = (position: number) => !lastPositionOnly || position === length - 1;
	for (const [entry, feature] of attributions.features.entries()) {
		const position = attributions.positions[entry] as number;
		if (!wanted(position)) continue;
		nodes.push({
			id: featureId(activity, attributions, entry),
			kind: "feature",
			...place,
			feature,
			position,
			activation: activationAt(activity.sparse, position, feature),
			attribution: attributions.attributions[entry] as number,
		});
	}
	const { errorAttributions } = attributions;
	for (const position of errors.alone)
		nodes.push({
			id: formatNodeId({ kind: "error", site: dictionary.site, position }),
			kind: "error",
			...place,
			position,
			activation: errorNorms[position] as number,
			attribution: errorAttributions[position] as number,
		});
	const { joined } = errors;
	if (joined.length > 0)
		nodes.push({
			id: formatNodeId({ kind: "error", site: dictionary.site, rest: true }),
			kind: "error",
			...place,
			position: joined[0] as number,
			joined: joined.length,
			activation: joined.reduce((sum, position) => sum + (errorNorms[position] as number), 0),
			attribution: joined.reduce((sum, position) => sum + (errorAttributions[position] as number), 0),
		});
	return nodes;
}

export function listLogitNodes(sinks: readonly LogitSink[]): readonly CircuitNode[] {
	return sinks.map(({ token, position, logit, weight }) => ({
		id: formatNodeId({ kind: "logit", token, position }),
		kind: "logit",
		feature: token,
		position,
		activation: logit,
		attribution: weight * logit,
	}));
}
