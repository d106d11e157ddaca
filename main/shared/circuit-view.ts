import type { CircuitNode } from "./circuit.ts";
import type { Side } from "./compare-circuits.ts";
import type { CircuitDocument, Group } from "./document.ts";
import { edgeKey } from "./document-diff.ts";
import { matchEdges } from "./edge-diff.ts";
import { EdgeList } from "./edge-list.ts";
import { attributionGraph } from "./effect.ts";
import { withoutPosition } from "./node-id.ts";
import type { SiteKind } from "./site.ts";
import { countAtLeast } from "./strongest-first.ts";

/** A node as it is seen: one of the circuit, one feature's positions folded into one, or a collapsed group. */
export interface ViewNode {
	readonly id: string;
	readonly kind: CircuitNode["kind"] | "group";
	readonly site?: SiteKind;
	readonly layer?: number;
	readonly feature?: number;
	/** The first of its members' positions. */
	readonly position: number;
	/** Errors that it stands for, where one of its members stands for several. */
	readonly joined?: number;
	/** The strongest of its members'; of joined errors their sum. */
	readonly activation: number;
	/** The sum of its members'. */
	readonly attribution: number;
	/** Ids of the circuit's nodes that it stands for. */
	readonly members: readonly string[];
	/** Of a group. */
	readonly name?: string;
	/** In a comparison: which of two circuits has it. */
	readonly side?: Side;
	/** Nothing but its name can be said of it: its card has one row. */
	readonly bare?: true;
}

/** A circuit folded and grouped, before anything is filtered away. */
export interface CircuitView {
	readonly nodes: readonly ViewNode[];
	/** Each the sum of the edges between its ends' members. */
	readonly edges: EdgeList;
	/** The view's node that stands for a node of the circuit. */
	readonly viewOf: ReadonlyMap<string, string>;
}

/**
 * Folds positions and collapses groups. Edges inside one seen node are gone. Of a graph that another program wrote, no
 * dictionary is known, and so no words of its features.
 */
export function buildView(
	{ nodes, edges, groups }: Pick<CircuitDocument, "nodes" | "edges" | "groups">,
	foldPositions: boolean,
	metricName = "",
): CircuitView {
	const collapsed = new Map<string, Group>();
	for (const group of groups) if (group.collapsed) for (const member of group.members) collapsed.set(member, group);
	const members = new Map<string, CircuitNode[]>();
	const viewOf = new Map<string, string>();
	const groupOf = new Map<string, Group>();
	for (const node of nodes) {
		const group = collapsed.get(node.id) ?? collapsed.get(withoutPosition(node.id));
		const folds = foldPositions && (node.kind === "feature" || node.kind === "error");
		const id = group ? group.id : folds ? withoutPosition(node.id) : node.id;
		if (group) groupOf.set(id, group);
		viewOf.set(node.id, id);
		const known = members.get(id);
		if (known) known.push(node);
		else members.set(id, [node]);
	}
	return {
		nodes: [...members].map(([id, all]) => {
			const node = joinNodes(id, all, groupOf.get(id));
			return metricName === attributionGraph && node.kind === "feature" ? { ...node, bare: true } : node;
		}),
		edges: sumEdges(edges, viewOf, [...members.keys()]),
		viewOf,
	};
}

function joinNodes(id: string, all: readonly CircuitNode[], group: Group | undefined): ViewNode {
	const first = all[0] as CircuitNode;
	const members = all.map((node) => node.id);
	if (all.length === 1 && !group) return { ...first, id, members };
	const alone = all.filter(({ joined }) => joined === undefined);
	// A group stands where its topmost member does.
	const top = group
		? all.reduce((highest, node) => ((node.layer ?? -2) > (highest.layer ?? -2) ? node : highest))
		: first;
	return {
		id,
		kind: group ? "group" : first.kind,
		...(top.site !== undefined && { site: top.site }),
		...(top.layer !== undefined && { layer: top.layer }),
		...(!group && first.feature !== undefined && { feature: first.feature }),
		position: Math.min(...all.map(({ position }) => position)),
		...(all.some(({ joined }) => joined !== undefined) &&
			!group && { joined: all.reduce((sum, { joined = 1 }) => sum + joined, 0) }),
		activation: Math.max(...(alone.length > 0 ? alone : all).map(({ activation }) => activation)),
		attribution: all.reduce((sum, { attribution }) => sum + attribution, 0),
		members,
		...(group && { name: group.name }),
	};
}

/** Edges of the circuit as edges of a view whose nodes have these ids. */
export function sumEdges(
	given: CircuitDocument["edges"],
	viewOf: ReadonlyMap<string, string>,
	ids: readonly string[],
): EdgeList {
	const edges = EdgeList.from(given);
	const numbers = new Map(ids.map((id, i) => [id, i]));
	const seen = Int32Array.from(edges.ids, (id) => numbers.get(viewOf.get(id) ?? "") ?? -1);
	const ends = (columns: Uint32Array) => columns.map((end) => seen[end] as number);
	const isSeen = (edge: number) => {
		const [source, target] = [
			seen[edges.sources[edge] as number] as number,
			seen[edges.targets[edge] as number] as number,
		];
		return source >= 0 && target >= 0 && source !== target;
	};
	const kept = edges.where(isSeen);
	const moved = new EdgeList({ ids, sources: ends(kept.sources), targets: ends(kept.targets), weights: kept.weights });
	// Where nothing is folded, no two edges of a list can have become one.
	return ids.length === viewOf.size && given instanceof EdgeList ? moved : sumRepeated(moved);
}

/** Edges between the same nodes as one, where the first of them is. */
function sumRepeated(edges: EdgeList): EdgeList {
	const firsts = matchEdges(EdgeList.none, edges);
	const sums = new Float64Array(edges.length);
	for (const [edge, first] of firsts.entries()) sums[first] = (sums[first] as number) + (edges.weights[edge] as number);
	const { ids, sources, targets } = edges;
	return new EdgeList({ ids, sources, targets, weights: sums }).where((edge) => firsts[edge] === edge);
}

export interface ViewFilter {
	/** Edges below this |weight| are not shown. */
	readonly minWeight: number;
	/** Features and errors below this |attribution| are not shown. */
	readonly minAttribution: number;
	readonly showErrors: boolean;
	/** Also what a person hid. */
	readonly showHidden: boolean;
	/** Of a consensus: what fewer prompts have is not shown. */
	readonly recurrence?: RecurrenceFilter;
}

export interface RecurrenceFilter {
	readonly atLeast: number;
	/** Prompts that have a node, by its id without position, and an edge, by its `edgeKey`. */
	readonly counts: ReadonlyMap<string, number>;
}

export interface FilteredView {
	readonly nodes: readonly ViewNode[];
	/** Strongest first. */
	readonly edges: EdgeList;
	/** What is not shown, and why: nothing is left out silently. */
	readonly left: {
		readonly hidden: number;
		readonly errors: number;
		readonly weakNodes: number;
		/** Had edges, and all of them are too weak. */
		readonly loneNodes: number;
		readonly weakEdges: number;
		/** Nodes and edges that too few prompts have. */
		readonly rare: number;
	};
}

/** What is left of a view when all but the weakness of edges has been asked; strongest first, so that any threshold is a cut. */
export interface SievedView {
	readonly nodes: readonly ViewNode[];
	readonly edges: EdgeList;
	/** Of each node the number of its strongest edge; the number of edges where it has none. */
	readonly strongestOf: Uint32Array;
	readonly left: Omit<FilteredView["left"], "loneNodes" | "weakEdges">;
}

/** What a view shows under a filter. */
export function filterView(
	view: Pick<CircuitView, "nodes" | "edges">,
	hidden: CircuitDocument["hidden"],
	{ minWeight, ...rest }: ViewFilter,
): FilteredView {
	return cutView(sieveView(view, hidden, rest), minWeight);
}

export function sieveView(
	view: Pick<CircuitView, "nodes" | "edges">,
	hidden: CircuitDocument["hidden"],
	filter: Omit<ViewFilter, "minWeight">,
): SievedView {
	const hiddenIds = new Set(hidden.map(({ id }) => id));
	const left = { hidden: 0, errors: 0, weakNodes: 0, rare: 0 };
	const isRare = findRare(filter.recurrence);
	const nodes: ViewNode[] = [];
	for (const node of view.nodes) {
		const weighs = node.kind === "feature" || node.kind === "error" || node.kind === "group";
		if (!filter.showHidden && (hiddenIds.has(node.id) || node.members.every((id) => hiddenIds.has(id)))) left.hidden++;
		else if (!filter.showErrors && node.kind === "error") left.errors++;
		else if (weighs && isRare?.(withoutPosition(node.id))) left.rare++;
		else if (weighs && Math.abs(node.attribution) < filter.minAttribution) left.weakNodes++;
		else nodes.push(node);
	}
	const { ids, sources, targets, strongestFirst } = view.edges;
	const numbers = new Map(nodes.map(({ id }, i) => [id, i]));
	const shown = Int32Array.from(ids, (id) => numbers.get(id) ?? -1);
	const folded = isRare ? ids.map(withoutPosition) : [];
	const kept = new Uint32Array(strongestFirst.length);
	const strongestOf = new Uint32Array(nodes.length).fill(strongestFirst.length);
	let count = 0;
	for (let i = 0; i < strongestFirst.length; i++) {
		const edge = strongestFirst[i] as number;
		const [source, target] = [sources[edge] as number, targets[edge] as number];
		const [from, to] = [shown[source] as number, shown[target] as number];
		if (from < 0 || to < 0) continue;
		if (isRare?.(edgeKey({ source: folded[source] as string, target: folded[target] as string }))) {
			left.rare++;
			continue;
		}
		strongestOf[from] = Math.min(strongestOf[from] as number, count);
		strongestOf[to] = Math.min(strongestOf[to] as number, count);
		kept[count++] = edge;
	}
	return { nodes, edges: view.edges.pick(kept.subarray(0, count)), strongestOf, left };
}

function findRare(recurrence: RecurrenceFilter | undefined): ((key: string) => boolean) | undefined {
	if (!recurrence || recurrence.atLeast <= 1) return undefined;
	return (key) => (recurrence.counts.get(key) ?? recurrence.atLeast) < recurrence.atLeast;
}

/** Leaves out edges below a |weight|, and features and errors that lose their last edge by it. */
export function cutView({ nodes, edges: all, strongestOf, left }: SievedView, minWeight: number): FilteredView {
	const edges = all.first(countAtLeast(all.weights, minWeight));
	const shown = nodes.filter(({ kind }, i) => {
		const strongest = strongestOf[i] as number;
		return (kind !== "feature" && kind !== "error") || strongest < edges.length || strongest >= all.length;
	});
	const [loneNodes, weakEdges] = [nodes.length - shown.length, all.length - edges.length];
	return { nodes: shown, edges, left: { ...left, loneNodes, weakEdges } };
}
