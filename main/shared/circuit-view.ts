import type { CircuitNode } from "./circuit.ts";
import type { CircuitDocument, Group } from "./document.ts";
import { edgeKey } from "./document-diff.ts";
import { attributionGraph } from "./edge-sign.ts";
import { withoutPosition } from "./node-id.ts";
import type { SiteKind } from "./site.ts";

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
	/** Nothing but its name can be said of it: its card has one row. */
	readonly bare?: true;
}

/** An edge as it is seen: the sum of the edges between its ends' members. */
export interface ViewEdge {
	readonly source: string;
	readonly target: string;
	readonly weight: number;
	/** How many edges of the circuit it sums. */
	readonly count: number;
}

/** A circuit folded and grouped, before anything is filtered away. */
export interface CircuitView {
	readonly nodes: readonly ViewNode[];
	readonly edges: readonly ViewEdge[];
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
		edges: joinEdges(edges, viewOf),
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

function joinEdges(edges: CircuitDocument["edges"], viewOf: ReadonlyMap<string, string>): readonly ViewEdge[] {
	const joined = new Map<string, { source: string; target: string; weight: number; count: number }>();
	for (const edge of edges) {
		const [source, target] = [viewOf.get(edge.source), viewOf.get(edge.target)];
		if (source === undefined || target === undefined || source === target) continue;
		const key = edgeKey({ source, target });
		const known = joined.get(key);
		if (known) {
			known.weight += edge.weight;
			known.count++;
		} else joined.set(key, { source, target, weight: edge.weight, count: 1 });
	}
	return [...joined.values()];
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
	readonly edges: readonly ViewEdge[];
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

/** What a view shows under a filter. */
export function filterView(
	view: Pick<CircuitView, "nodes" | "edges">,
	hidden: CircuitDocument["hidden"],
	filter: ViewFilter,
): FilteredView {
	const hiddenIds = new Set(hidden.map(({ id }) => id));
	const left = { hidden: 0, errors: 0, weakNodes: 0, loneNodes: 0, weakEdges: 0, rare: 0 };
	const isRare = (key: string) => {
		const count = filter.recurrence?.counts.get(key);
		return count !== undefined && count < (filter.recurrence?.atLeast ?? 0);
	};
	const shown = new Map<string, ViewNode>();
	for (const node of view.nodes) {
		const weighs = node.kind === "feature" || node.kind === "error" || node.kind === "group";
		if (!filter.showHidden && (hiddenIds.has(node.id) || node.members.every((id) => hiddenIds.has(id)))) left.hidden++;
		else if (!filter.showErrors && node.kind === "error") left.errors++;
		else if (weighs && isRare(withoutPosition(node.id))) left.rare++;
		else if (weighs && Math.abs(node.attribution) < filter.minAttribution) left.weakNodes++;
		else shown.set(node.id, node);
	}
	const joined = new Set<string>();
	const kept = new Set<string>();
	const edges = view.edges.filter(({ source, target, weight }) => {
		if (!shown.has(source) || !shown.has(target)) return false;
		if (isRare(edgeKey({ source: withoutPosition(source), target: withoutPosition(target) }))) {
			left.rare++;
			return false;
		}
		joined.add(source).add(target);
		if (Math.abs(weight) < filter.minWeight) {
			left.weakEdges++;
			return false;
		}
		kept.add(source).add(target);
		return true;
	});
	for (const [id, node] of shown)
		if ((node.kind === "feature" || node.kind === "error") && joined.has(id) && !kept.has(id)) {
			shown.delete(id);
			left.loneNodes++;
		}
	edges.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
	return { nodes: [...shown.values()], edges, left };
}
