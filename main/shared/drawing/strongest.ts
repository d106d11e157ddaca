import type { Circuit } from "../circuit.ts";
import { findConnected } from "../connected.ts";

/** The part of a circuit that its `count` strongest edges make, without what then leads nowhere. */
export function findStrongest(circuit: Circuit, count: number): Circuit {
	if (circuit.edges.length <= count) return circuit;
	const edges = circuit.edges.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, count);
	const members = new Set(edges.flatMap(({ source, target }) => [source, target]));
	const connected = findConnected(circuit.nodes, edges);
	const shown = connected.size > 0 ? connected : members;
	return {
		nodes: circuit.nodes.filter(({ id }) => shown.has(id)),
		edges: edges.filter(({ source, target }) => shown.has(source) && shown.has(target)),
	};
}
