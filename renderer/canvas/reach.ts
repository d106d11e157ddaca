import cytoscape from "cytoscape";
import type { ViewEdge } from "#shared/circuit-view";

/** Everything that leads to these nodes, or everything that they lead to, themselves included. */
export function findReach(
	edges: readonly ViewEdge[],
	ids: ReadonlySet<string>,
	direction: "upstream" | "downstream",
): ReadonlySet<string> {
	const members = new Set([...ids, ...edges.flatMap(({ source, target }) => [source, target])]);
	const graph = cytoscape({
		headless: true,
		styleEnabled: false,
		elements: [
			...[...members].map((id) => ({ data: { id } })),
			...edges.map(({ source, target }) => ({ data: { source, target } })),
		],
	});
	try {
		const roots = graph.nodes().filter((node) => ids.has(node.id()));
		const reached = direction === "upstream" ? roots.predecessors() : roots.successors();
		return new Set([...ids, ...reached.nodes().map((node) => node.id())]);
	} finally {
		graph.destroy();
	}
}
