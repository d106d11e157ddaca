import type { Circuit } from "../circuit.ts";
import { findConnected } from "../connected.ts";
import { EdgeList } from "../edge-list.ts";

/**
 * At most `count` edges: as many of the strongest as still leave so few on paths from a token to a logit. What leads
 * nowhere is not drawn.
 */
export function findStrongest(circuit: Circuit, count: number): Circuit {
	if (circuit.edges.length <= count) return circuit;
	const kinds = new Map(circuit.nodes.map(({ id, kind }) => [id, kind]));
	const all = EdgeList.from(circuit.edges);
	// Where errors are sources alone, a path may begin at one.
	const errorsBegin = !all.ids.some((id, node) => kinds.get(id) === "error" && all.into(node).length > 0);
	const sorted = all.pick(all.strongestFirst);
	const take = (taken: number): Circuit => {
		const edges = sorted.first(taken);
		const shown = findConnected(circuit.nodes, edges, errorsBegin);
		const isShown = edges.ids.map((id) => shown.has(id));
		return {
			nodes: circuit.nodes.filter(({ id }) => shown.has(id)),
			edges: edges.where(
				(edge) => !!isShown[edges.sources[edge] as number] && !!isShown[edges.targets[edge] as number],
			),
		};
	};
	let [low, high] = [count, sorted.length];
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if (take(middle).edges.length <= count) low = middle;
		else high = middle - 1;
	}
	const strongest = take(low);
	if (strongest.edges.length > 0) return strongest;
	// Nothing joins tokens and logits: the strongest alone.
	const edges = sorted.first(count);
	const members = new Set(edges.flatMap(({ source, target }) => [source, target]));
	return { nodes: circuit.nodes.filter(({ id }) => members.has(id)), edges };
}
