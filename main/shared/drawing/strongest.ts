import type { Circuit } from "../circuit.ts";
import { findConnected } from "../connected.ts";

/**
 * At most `count` edges: as many of the strongest as still leave so few on paths from a token to a logit. What leads
 * nowhere is not drawn.
 */
export function findStrongest(circuit: Circuit, count: number): Circuit {
	if (circuit.edges.length <= count) return circuit;
	const kinds = new Map(circuit.nodes.map(({ id, kind }) => [id, kind]));
	// Where errors are sources alone, a path may begin at one.
	const errorsBegin = !circuit.edges.some(({ target }) => kinds.get(target) === "error");
	const sorted = circuit.edges.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
	const take = (taken: number): Circuit => {
		const edges = sorted.slice(0, taken);
		const shown = findConnected(circuit.nodes, edges, errorsBegin);
		return {
			nodes: circuit.nodes.filter(({ id }) => shown.has(id)),
			edges: edges.filter(({ source, target }) => shown.has(source) && shown.has(target)),
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
	const members = new Set(sorted.slice(0, count).flatMap(({ source, target }) => [source, target]));
	return { nodes: circuit.nodes.filter(({ id }) => members.has(id)), edges: sorted.slice(0, count) };
}
