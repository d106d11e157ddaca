import cytoscape from "cytoscape";
import dagre from "cytoscape-dagre";
import type { CircuitEdge } from "#shared/circuit";
import { measureFullCard } from "#shared/drawing/feature-card";
import { type LaidNode, laneOfView } from "#shared/drawing/lanes";

cytoscape.use(dagre);

/** Above this, dagre's network simplex takes seconds; sweeps of barycentres do then. */
const mostNodes = 260;
const edgesPerNode = 3;
/** Every edge that spans lanes gets that many invisible nodes. */
const mostSpan = 4000;

/**
 * The order of nodes within their lanes as dagre finds it, as x wishes; undefined where the circuit is too large for it.
 * Each edge is asked to be as long as its lanes are apart, so that dagre's ranks are the lanes.
 */
export function findDagreOrder(
	nodes: readonly LaidNode[],
	edges: readonly CircuitEdge[],
): ReadonlyMap<string, number> | undefined {
	if (nodes.length > mostNodes || nodes.length === 0) return undefined;
	const ranks = [...new Set(nodes.map((node) => laneOfView(node).rank))].sort((a, b) => (a < b ? -1 : 1));
	const laneOf = new Map(nodes.map((node) => [node.id, ranks.indexOf(laneOfView(node).rank)]));
	const strongest = keepStrongest(edges);
	const spanOf = ({ source, target }: CircuitEdge) => (laneOf.get(target) ?? 0) - (laneOf.get(source) ?? 0);
	const usable = strongest.filter((edge) => spanOf(edge) > 0);
	if (usable.reduce((sum, edge) => sum + spanOf(edge), 0) > mostSpan) return undefined;
	const graph = cytoscape({
		headless: true,
		styleEnabled: true,
		style: [{ selector: "node", style: { width: "data(width)", height: "data(height)" } }],
		elements: [
			...nodes.map((node) => ({ data: { id: node.id, ...measureFullCard(node.kind) } })),
			...usable.map((edge) => ({
				data: { source: edge.source, target: edge.target, span: spanOf(edge), weight: Math.abs(edge.weight) },
			})),
		],
	});
	try {
		const layout: cytoscape.LayoutOptions & Record<string, unknown> = {
			name: "dagre",
			rankDir: "BT",
			nodeSep: 18,
			rankSep: 60,
			ranker: "network-simplex",
			minLen: (edge: cytoscape.EdgeSingular) => edge.data("span") as number,
			fit: false,
			animate: false,
		};
		graph.layout(layout).run();
		return new Map(graph.nodes().map((node) => [node.id(), node.position().x]));
	} finally {
		graph.destroy();
	}
}

/** The strongest edges of each node: enough to tell where it belongs. */
function keepStrongest(edges: readonly CircuitEdge[]): readonly CircuitEdge[] {
	const taken = new Map<string, number>();
	return edges
		.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
		.filter(({ source, target }) => {
			const [out, into] = [taken.get(source) ?? 0, taken.get(target) ?? 0];
			if (out >= edgesPerNode && into >= edgesPerNode) return false;
			taken.set(source, out + 1);
			taken.set(target, into + 1);
			return true;
		});
}
