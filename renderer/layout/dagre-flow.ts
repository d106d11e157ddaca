import cytoscape from "cytoscape";
import dagre from "cytoscape-dagre";
import type { CircuitEdge } from "#shared/circuit";
import type { Place } from "#shared/document";
import { measureFullCard } from "#shared/drawing/feature-card";
import { type LaidNode, laneOfView } from "#shared/drawing/laid-node";
import { gapX, measureRow } from "#shared/drawing/row-length";
import { settleRow } from "#shared/drawing/settle-row";

cytoscape.use(dagre);

const edgesPerNode = 3;
/** Of its longest row a flow is so much as wide: dagre leaves room beside cards for every edge that passes. */
const airy = 1.25;
/** In lanes, all edges together: each lane that an edge crosses is an invisible node to dagre. */
const mostSpan = 4000;

/** What is arranged as a flow; it is sent to a worker. */
export interface FlowQuestion {
	readonly nodes: readonly LaidNode[];
	readonly edges: readonly CircuitEdge[];
}

/**
 * Dagre's arrangement: each lane one row, tokens and all else from left to right as edges cross least. Every edge is
 * asked to be as long as its lanes are apart, so that dagre's ranks are the lanes. The leftmost card begins at 0.
 */
export function findFlow({ nodes, edges }: FlowQuestion): readonly Place[] {
	const found = runDagre(nodes, edges);
	const lanes = [...Map.groupBy(nodes, (node) => laneOfView(node).rank).values()].map((lane) =>
		lane.toSorted((a, b) => (found.get(a.id) ?? 0) - (found.get(b.id) ?? 0) || (a.id < b.id ? -1 : 1)),
	);
	const rows = lanes.map((lane) => measureRow(lane.map((node) => measureFullCard(node))));
	const longest = Math.max(...rows.map(({ width }) => width));
	const span = Math.max(...found.values()) + gapX;
	const shrink = Math.min(1, (airy * longest) / span);
	const length = Math.max(longest, shrink * span);
	return lanes.flatMap((lane, i) => {
		const dy = (rows[i]?.height ?? 0) / 2;
		// Nodes without edges may share a place of another rank.
		const middles = settleRow(
			lane.map(({ id }) => shrink * (found.get(id) ?? 0)),
			lane.map((node) => measureFullCard(node).width),
			gapX,
			length,
		);
		return lane.map(({ id }, j) => ({ id, x: Math.round(middles[j] as number), dy }));
	});
}

/** Middles, by id. */
function runDagre(nodes: readonly LaidNode[], edges: readonly CircuitEdge[]): ReadonlyMap<string, number> {
	const ranks = [...new Set(nodes.map((node) => laneOfView(node).rank))].sort((a, b) => (a < b ? -1 : 1));
	const laneOf = new Map(nodes.map((node) => [node.id, ranks.indexOf(laneOfView(node).rank)]));
	const graph = cytoscape({
		headless: true,
		styleEnabled: true,
		style: [{ selector: "node", style: { width: "data(width)", height: "data(height)" } }],
		elements: [
			...nodes.map((node) => ({ data: { id: node.id, ...measureFullCard(node) } })),
			...keepStrongest(edges, laneOf).map(({ source, target, span }) => ({ data: { source, target, span } })),
		],
	});
	try {
		const layout: dagre.DagreLayoutOptions = {
			name: "dagre",
			rankDir: "BT",
			nodeSep: gapX,
			ranker: "network-simplex",
			minLen: (edge) => edge.data("span") as number,
			fit: false,
			animate: false,
		};
		graph.layout(layout).run();
		const left = graph.nodes().reduce((least, node) => {
			const x = node.position().x - (node.data("width") as number) / 2;
			return Math.min(least, x);
		}, Number.POSITIVE_INFINITY);
		return new Map(graph.nodes().map((node) => [node.id(), node.position().x - left]));
	} finally {
		graph.destroy();
	}
}

/** The strongest edges of each node that lead upwards, with the lanes they span: enough to tell where it belongs. */
function keepStrongest(edges: readonly CircuitEdge[], laneOf: ReadonlyMap<string, number>) {
	const taken = new Map<string, number>();
	let sum = 0;
	return edges
		.map((edge) => ({ ...edge, span: (laneOf.get(edge.target) ?? -1) - (laneOf.get(edge.source) ?? -1) }))
		.filter(({ source, target, span }) => span > 0 && laneOf.has(source) && laneOf.has(target))
		.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
		.filter(({ source, target, span }) => {
			const [out, into] = [taken.get(source) ?? 0, taken.get(target) ?? 0];
			if ((out >= edgesPerNode && into >= edgesPerNode) || sum + span > mostSpan) return false;
			taken.set(source, out + 1);
			taken.set(target, into + 1);
			sum += span;
			return true;
		});
}
