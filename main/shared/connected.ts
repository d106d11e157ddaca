import type { CircuitEdge, CircuitNode } from "./circuit.ts";

/** Ids of the nodes that are on a path from a token to a logit; errors into which nothing leads may begin one too. */
export function findConnected(
	nodes: readonly CircuitNode[],
	edges: readonly CircuitEdge[],
	errorsBegin = false,
): ReadonlySet<string> {
	const idsOf = (kind: CircuitNode["kind"]) => nodes.filter((node) => node.kind === kind).map(({ id }) => id);
	const below = findReached(
		[...idsOf("token"), ...(errorsBegin ? idsOf("error") : [])],
		edges,
		({ source, target }) => [source, target],
	);
	const above = findReached(idsOf("logit"), edges, ({ source, target }) => [target, source]);
	return new Set([...below].filter((id) => above.has(id)));
}

function findReached(
	roots: readonly string[],
	edges: readonly CircuitEdge[],
	direct: (edge: CircuitEdge) => readonly [string, string],
): ReadonlySet<string> {
	const next = new Map<string, string[]>();
	for (const edge of edges) {
		const [from, to] = direct(edge);
		const known = next.get(from);
		if (known) known.push(to);
		else next.set(from, [to]);
	}
	const reached = new Set(roots);
	for (const id of reached) for (const to of next.get(id) ?? []) reached.add(to);
	return reached;
}
