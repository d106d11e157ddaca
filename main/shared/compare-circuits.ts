import { type Alignment, alignTokens } from "./align-tokens.ts";
import type { Circuit, CircuitNode } from "./circuit.ts";
import { buildView } from "./circuit-view.ts";
import type { RunDescription } from "./contract/results.ts";
import { edgeKey } from "./document-diff.ts";
import { EdgeBuilder, EdgeList } from "./edge-list.ts";
import { edgeEffect, nodeEffect, noQuestion } from "./effect.ts";
import { hasPosition, withoutPosition } from "./node-id.ts";

/** One of two circuits, and what its numbers are about. */
export interface ComparedCircuit {
	readonly circuit: Circuit;
	readonly run: ComparedRun | null;
}

export type ComparedRun = Pick<RunDescription, "metricName" | "paired" | "tokens"> & {
	readonly dictionaries: readonly Pick<RunDescription["dictionaries"][number], "site" | "hash">[];
};

/** A feature at a position is one with the same feature there; or a feature is one wherever it is, its positions summed. */
export type MatchBy = "position" | "feature";

/** Which circuit has it. */
export type Side = "left" | "right" | "both";

/** How nodes of two circuits were found to be one. */
export interface Match extends Pick<Alignment, "matched" | "how"> {
	readonly by: MatchBy;
	/** Positions of each prompt. */
	readonly positions: readonly [left: number, right: number];
	/** Sites whose dictionaries are not the same: no feature of one is a feature of the other. */
	readonly otherDictionaries: readonly string[];
	/** The two numbers are of different metrics. */
	readonly metrics: readonly [left: string, right: string];
}

/** What a comparison knows of one circuit, by the ids of the union. */
export interface ComparedSide {
	readonly nodes: ReadonlyMap<string, CircuitNode>;
	readonly edges: EdgeList;
	/** What the circuit itself calls its nodes. */
	readonly ownIds: ReadonlyMap<string, string>;
}

/**
 * Two circuits as one. Numbers are in one sign, that of cross-entropy, whatever each one's metric: an edge's positive
 * weight raises the target, a node's negative attribution does. The union's own are the larger of both.
 */
export interface CircuitUnion {
	readonly nodes: readonly CircuitNode[];
	readonly edges: EdgeList;
	readonly left: ComparedSide;
	readonly right: ComparedSide;
	/** Texts of the prompts' tokens, where each stands now. */
	readonly tokens: readonly string[];
	readonly match: Match;
}

/** How these can be matched best: by position where both have positions and prompts that are alike. */
export function usualMatch(left: ComparedCircuit, right: ComparedCircuit): MatchBy {
	const positioned = [left, right].map(({ circuit }) =>
		circuit.nodes.some(({ id, kind }) => kind === "feature" && hasPosition(id)),
	);
	if (positioned.includes(false)) return "feature";
	const { how, matched } = align(left.run, right.run);
	const shorter = Math.min(left.run?.tokens.length ?? 0, right.run?.tokens.length ?? 0);
	return how !== "by token" || 2 * matched >= shorter ? "position" : "feature";
}

export function uniteCircuits(
	left: ComparedCircuit,
	right: ComparedCircuit,
	by: MatchBy = usualMatch(left, right),
): CircuitUnion {
	const alignment = align(left.run, right.run);
	const otherDictionaries = findOthers(left.run, right.run);
	const one = readSide(left, by, (id, position) => moveTo(id, alignment.left[position] ?? position));
	const foreign = new Set(otherDictionaries);
	const two = readSide(right, by, (id, position) =>
		moveTo(foreign.has(siteOf(id)) ? setApart(id) : id, alignment.right[position] ?? position),
	);
	const nodes = new Map(one.nodes);
	for (const [id, node] of two.nodes) {
		const known = nodes.get(id);
		nodes.set(id, known ? larger(known, node) : node);
	}
	return {
		nodes: [...nodes.values()],
		edges: uniteEdges(one.edges, two.edges),
		left: one,
		right: two,
		tokens: alignment.tokens,
		match: {
			by,
			matched: alignment.matched,
			how: alignment.how,
			positions: [left.run?.tokens.length ?? 0, right.run?.tokens.length ?? 0],
			otherDictionaries,
			metrics: [left.run?.metricName ?? "", right.run?.metricName ?? ""],
		},
	};
}

function align(left: ComparedRun | null, right: ComparedRun | null): Alignment {
	// What cross-entropy is about stands behind the position that predicts it.
	const ends = left?.metricName === "cross_entropy" && right?.metricName === "cross_entropy" ? 2 : 1;
	return alignTokens(left?.tokens ?? [], right?.tokens ?? [], ends);
}

function findOthers(left: ComparedRun | null, right: ComparedRun | null): readonly string[] {
	const hashes = new Map(left?.dictionaries.map(({ site, hash }) => [site, hash]));
	return (right?.dictionaries ?? []).flatMap(({ site, hash }) => {
		const known = hashes.get(site);
		return known !== undefined && known !== hash ? [site] : [];
	});
}

const siteOf = (id: string): string => id.slice(0, id.indexOf("."));

/** No dictionary has so many features: under these numbers stand those of the right circuit's own dictionaries. */
const apart = 1_000_000_000;

function setApart(id: string): string {
	return id.replace(/\.(\d+)/, (_, feature) => `.${apart + Number(feature)}`);
}

function moveTo(id: string, position: number): string {
	return hasPosition(id) ? `${withoutPosition(id)}@${position}` : id;
}

function readSide(
	{ circuit, run }: ComparedCircuit,
	by: MatchBy,
	rename: (id: string, position: number) => string,
): ComparedSide {
	const question = run ?? noQuestion;
	const { nodes, edges } =
		by === "feature" ? buildView({ nodes: circuit.nodes, edges: circuit.edges, groups: [] }, true) : circuit;
	const renamed = new Map(nodes.map(({ id, position }) => [id, rename(id, position)]));
	const found = new Map<string, CircuitNode>();
	const ownIds = new Map<string, string>();
	for (const node of nodes) {
		const id = renamed.get(node.id) as string;
		const position = hasPosition(id) ? Number(id.slice(id.indexOf("@") + 1)) : node.position;
		const { kind, site, layer, feature, joined, activation } = node;
		found.set(id, {
			id,
			kind: kind as CircuitNode["kind"],
			...(site !== undefined && { site }),
			...(layer !== undefined && { layer }),
			...(feature !== undefined && { feature }),
			...(joined !== undefined && { joined }),
			position,
			activation,
			attribution: 0 - nodeEffect(question, node.attribution),
		});
		ownIds.set(id, node.id);
	}
	const { ids, sources, targets, weights } = EdgeList.from(edges);
	return {
		nodes: found,
		ownIds,
		edges: new EdgeList({
			ids: ids.map((id) => renamed.get(id) ?? id),
			sources,
			targets,
			weights: weights.map((weight) => edgeEffect(question, weight)),
		}),
	};
}

function larger(left: CircuitNode, right: CircuitNode): CircuitNode {
	const [node, other] = Math.abs(right.attribution) > Math.abs(left.attribution) ? [right, left] : [left, right];
	return { ...node, activation: Math.max(node.activation, other.activation) };
}

function uniteEdges(left: EdgeList, right: EdgeList): EdgeList {
	const rights = new Map(right.map((edge) => [edgeKey(edge), edge.weight]));
	const all = new EdgeBuilder();
	for (const { source, target, weight } of left) {
		const other = rights.get(edgeKey({ source, target })) ?? 0;
		all.add(source, target, Math.abs(other) > Math.abs(weight) ? other : weight);
		rights.delete(edgeKey({ source, target }));
	}
	for (const edge of right) if (rights.has(edgeKey(edge))) all.add(edge.source, edge.target, edge.weight);
	return all.build();
}

/** How it was matched, in a sentence or two. */
export function describeMatch({ by, how, matched, positions, otherDictionaries, metrics }: Match): string {
	const [left, right] = positions;
	const prompts =
		how === "same"
			? "The prompt is the same"
			: how === "in step"
				? "The prompts have as many tokens, and most of them agree"
				: `The prompts differ: ${matched} of ${left} and ${right} positions are matched, where tokens agree in order and at the end`;
	const nodes =
		by === "feature"
			? "Features are matched wherever they stand, and their positions summed."
			: how === "by token"
				? `${prompts}. A feature is matched at matched positions.`
				: `${prompts}: a feature is matched at its position.`;
	const others =
		otherDictionaries.length === 0
			? ""
			: ` ${otherDictionaries.join(", ")}: the dictionaries are not the same, so no feature is matched there.`;
	const units = metrics[0] === metrics[1] ? "" : ` Their numbers are of two metrics, ${metrics[0]} and ${metrics[1]}.`;
	return nodes + others + units;
}
