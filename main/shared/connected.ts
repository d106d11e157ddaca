import type { CircuitEdge, CircuitNode } from "./circuit.ts";
import { EdgeList } from "./edge-list.ts";

/** Ids of the nodes that are on a path from a token to a logit; errors into which nothing leads may begin one too. */
export function findConnected(
	nodes: readonly CircuitNode[],
	edges: Iterable<CircuitEdge>,
	errorsBegin = false,
): ReadonlySet<string> {
	const list = EdgeList.from(edges);
	const idsOf = (kind: CircuitNode["kind"]) => nodes.filter((node) => node.kind === kind).map(({ id }) => id);
	const below = findReached([...idsOf("token"), ...(errorsBegin ? idsOf("error") : [])], list, "downstream");
	const above = findReached(idsOf("logit"), list, "upstream");
	return new Set([...below].filter((id) => above.has(id)));
}

/** Everything that these nodes lead to, or that leads to them, themselves included. */
export function findReached(
	roots: Iterable<string>,
	edges: EdgeList,
	direction: "upstream" | "downstream",
): ReadonlySet<string> {
	const reached = new Set(roots);
	const isReached = Uint8Array.from(edges.ids, (id) => (reached.has(id) ? 1 : 0));
	const isDownstream = direction === "downstream";
	const ends = isDownstream ? edges.targets : edges.sources;
	for (const id of reached) {
		const node = edges.numberOf(id);
		for (const edge of isDownstream ? edges.outOf(node) : edges.into(node)) {
			const end = ends[edge] as number;
			if (isReached[end] === 1) continue;
			isReached[end] = 1;
			reached.add(edges.ids[end] as string);
		}
	}
	return reached;
}
