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
import { addInflow } from "./inflow.ts";
import type { NodeBook } from "./node-book.ts";
import type { SiteActivity } from "./site-activity.ts";

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
	readonly nodes: NodeBook;
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
	const members = new Set(edges.ids);
	const { from } = parts.request;
	if (from) {
		// What leads into or out of one node is on no path from end to end, and that is no fault.
		members.add(from.node);
		return { nodes: addInflow(parts.nodes.pick(members), parts.edges, true), edges, explained };
	}
	for (const { activity, attributions, chosen } of parts.sites)
		for (const entry of chosen) members.add(featureId(activity, attributions, entry));
	const circuit = parts.request.keepUnconnected
		? members
		: findConnected(parts.nodes.pick(members), edges, parts.request.errors === "sources");
	const isKept = edges.ids.map((id) => circuit.has(id));
	const nodes = parts.request.allNodes ? parts.nodes.pickWithSites(circuit) : parts.nodes.pick(circuit);
	return {
		nodes: addInflow(nodes, parts.edges, parts.request.keepUnconnected),
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
