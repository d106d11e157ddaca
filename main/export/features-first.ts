import { findStrongest } from "#shared/drawing/strongest";
import { EdgeList } from "#shared/edge-list";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";

/**
 * At most `count` edges of a circuit, and the nodes that they join, with all tokens and logits. Paths of features come
 * first: errors are few and their effects large, so that they would take most places.
 */
export function keepFeaturesFirst(file: CircuitPayload, count: number): CircuitPayload {
	if (file.edges.length <= count) return file;
	const all = EdgeList.from(file.edges);
	const errors = new Set(file.nodes.flatMap(({ id, kind }) => (kind === "error" ? [id] : [])));
	const isError = all.ids.map((id) => errors.has(id));
	const [sourceOf, targetOf] = [
		(edge: number) => all.sources[edge] as number,
		(edge: number) => all.targets[edge] as number,
	];
	const ofError = (edge: number) => !!isError[sourceOf(edge)] || !!isError[targetOf(edge)];
	const nodes = file.nodes.flatMap(({ id, kind, position, activation, attribution }) =>
		errors.has(id) ? [] : [{ id, kind, position, activation, attribution }],
	);
	const paths = findStrongest({ nodes, edges: all.where((edge) => !ofError(edge)) }, count).edges;
	const ends = new Set(paths.flatMap(({ source, target }) => [source, target]));
	const isEnd = all.ids.map((id) => ends.has(id));
	const beside = all.where((edge) => ofError(edge) && (!!isEnd[sourceOf(edge)] || !!isEnd[targetOf(edge)]));
	const edges = [...paths, ...beside.pick(beside.strongestFirst).first(count - paths.length)];
	const joined = new Set(edges.flatMap(({ source, target }) => [source, target]));
	const isWord = (kind: string) => kind === "token" || kind === "logit";
	return { ...file, nodes: file.nodes.filter(({ id, kind }) => isWord(kind) || joined.has(id)), edges };
}
