import { type CircuitView, sumEdges, type ViewNode } from "./circuit-view.ts";
import type { CircuitUnion, ComparedSide, Side } from "./compare-circuits.ts";
import { EdgeList } from "./edge-list.ts";
import { showEffect } from "./effect.ts";

/** A number as each circuit has it; absent where it has none. */
export interface Figures {
	readonly left?: number;
	readonly right?: number;
}

export interface NodeFigures {
	readonly attribution: Figures;
	readonly activation: Figures;
}

/** Two circuits as they are seen in one. Every node says which of them has it; numbers are the larger of both. */
export interface ComparedView extends CircuitView {
	nodeFigures(id: string): NodeFigures;
	edgeFigures(source: string, target: string): Figures;
	/** Of nodes and edges: they have one unit. */
	readonly largestDifference: number;
}

export const sideOf = ({ left, right }: Figures): Side =>
	left === undefined ? "right" : right === undefined ? "left" : "both";

/** Both effects in little room, left before right. Nodes' numbers are those of cross-entropy: negative raises. */
export function showBoth({ left, right }: Figures): string {
	const show = (value: number | undefined) => (value === undefined ? "–" : showEffect(0 - value));
	return `${show(left)} | ${show(right)}`;
}

/** What one has and the other has not differs by all of it. */
export const differenceOf = ({ left = 0, right = 0 }: Figures): number => right - left;

const largerOf = ({ left = 0, right = 0 }: Figures): number => (Math.abs(right) > Math.abs(left) ? right : left);

/** A view of a union, folded or not, with the figures of both circuits. */
export function compareView(view: CircuitView, { left, right }: CircuitUnion): ComparedView {
	const ids = view.nodes.map(({ id }) => id);
	const lists = [left, right].map(({ edges }) => sumEdges(edges, view.viewOf, ids)) as [EdgeList, EdgeList];
	const figures = new Map(view.nodes.map((node) => [node.id, figuresOf(node, left, right)]));
	const edgeFigures = (source: string, target: string): Figures => {
		const [l, r] = lists.map((edges) => edges.weights[edges.indexOf(source, target)]);
		return { ...(l !== undefined && { left: l }), ...(r !== undefined && { right: r }) };
	};
	const nodeFigures = (id: string) => figures.get(id) ?? { attribution: {}, activation: {} };
	const weights = Float64Array.from(view.edges, ({ source, target }) => largerOf(edgeFigures(source, target)));
	const { sources, targets } = view.edges;
	const differences = [
		...view.edges.map(({ source, target }) => differenceOf(edgeFigures(source, target))),
		...[...figures.values()].map(({ attribution }) => differenceOf(attribution)),
	];
	return {
		nodes: view.nodes.map((node) => {
			const { attribution } = nodeFigures(node.id);
			return { ...node, attribution: largerOf(attribution), side: sideOf(attribution) };
		}),
		edges: new EdgeList({ ids: view.edges.ids, sources, targets, weights }),
		viewOf: view.viewOf,
		nodeFigures,
		edgeFigures,
		largestDifference: differences.reduce((most, one) => Math.max(most, Math.abs(one)), 0),
	};
}

function figuresOf({ members }: ViewNode, left: ComparedSide, right: ComparedSide): NodeFigures {
	const read = (side: ComparedSide) => members.flatMap((id) => side.nodes.get(id) ?? []);
	const [l, r] = [read(left), read(right)];
	const sum = (nodes: typeof l) => nodes.reduce((all, { attribution }) => all + attribution, 0);
	const most = (nodes: typeof l) => Math.max(...nodes.map(({ activation }) => activation));
	const both = (value: (nodes: typeof l) => number): Figures => ({
		...(l.length > 0 && { left: value(l) }),
		...(r.length > 0 && { right: value(r) }),
	});
	return { attribution: both(sum), activation: both(most) };
}

/** Numbers nearer to one another than this share of the larger are the same, rounded otherwise. */
const rounding = 1e-6;

export function differs(figures: Figures, least: number): boolean {
	if (sideOf(figures) !== "both") return Math.abs(differenceOf(figures)) >= least;
	const difference = Math.abs(differenceOf(figures));
	return difference >= least && difference > rounding * Math.abs(largerOf(figures));
}

/**
 * What differs by `least` or more, and the nodes between which it does. A node whose edges are all the same stays only
 * where one of them is not too weak to be seen: with fewer edges no more nodes may come up.
 */
export function keepDiffering(view: ComparedView, least: number, minWeight = 0): CircuitView {
	const edges = view.edges.where((edge) => {
		const [source, target] = [view.edges.sources[edge] as number, view.edges.targets[edge] as number];
		return differs(view.edgeFigures(view.edges.ids[source] as string, view.edges.ids[target] as string), least);
	});
	const touched = new Set<number>([...edges.sources, ...edges.targets]);
	const seen = new Set<number>();
	const edged = new Set<number>([...view.edges.sources, ...view.edges.targets]);
	for (const [edge, weight] of view.edges.weights.entries())
		if (Math.abs(weight) >= minWeight)
			seen.add(view.edges.sources[edge] as number).add(view.edges.targets[edge] as number);
	const nodes = view.nodes.filter(({ id }) => {
		const number = view.edges.numberOf(id);
		if (touched.has(number)) return true;
		return (seen.has(number) || !edged.has(number)) && differs(view.nodeFigures(id).attribution, least);
	});
	return { nodes, edges, viewOf: view.viewOf };
}

/** How many nodes and edges each side has. */
export function countSides(
	view: ComparedView,
): Readonly<Record<Side, { readonly nodes: number; readonly edges: number }>> {
	const counts = { left: { nodes: 0, edges: 0 }, right: { nodes: 0, edges: 0 }, both: { nodes: 0, edges: 0 } };
	for (const { side = "both" } of view.nodes) counts[side].nodes++;
	for (const { source, target } of view.edges) counts[sideOf(view.edgeFigures(source, target))].edges++;
	return counts;
}
