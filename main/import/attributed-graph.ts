import type { CircuitEdge, CircuitNode } from "#shared/circuit";
import type { Label } from "#shared/document";
import { AppError } from "#shared/errors";
import type { CarriedKnowledge } from "#shared/exchange/carried";
import type { CircuitFile } from "#shared/exchange/circuit-file";
import type { ImportedGraph } from "#shared/exchange/imported-graph";
import { formatNodeId, type NodeRef, parseNodeId, withoutPosition } from "#shared/node-id";
import type { ImportedFile } from "./imported-file.ts";

/** A graph in a language that gives nodes and edges names and attributes: DOT, GraphML. */
export interface AttributedGraph {
	/** In DOT an edge makes the nodes that it names; elsewhere each must be listed. */
	readonly edgesMakeNodes?: boolean;
	readonly nodes: ReadonlyMap<string, ReadonlyMap<string, string>>;
	readonly edges: readonly {
		readonly source: string;
		readonly target: string;
		/** Undefined where the file does not say. */
		readonly weight: number | undefined;
	}[];
}

/**
 * What is read of such a graph. Where it carries the circuit that it was written from and is still that circuit, that
 * comes back; where somebody changed it, its nodes and edges as they are now, with what the circuit says about them.
 * Throws `bad-file` where no node is one of ours.
 */
export function readAttributedGraph(
	graph: AttributedGraph,
	payload: CircuitFile | undefined,
	file: string,
): ImportedFile {
	const nodes = new Map<string, CircuitNode>();
	const ids = new Map<string, string>();
	const labels = new Map<string, Label>();
	const known = new Map<string, CarriedKnowledge>();
	const strange: string[] = [];
	const place = (name: string, attributes: ReadonlyMap<string, string>) => {
		const node = readNode(name, attributes);
		if (!node) {
			strange.push(name);
			return;
		}
		ids.set(name, node.id);
		if (nodes.has(node.id)) return;
		nodes.set(node.id, node);
		const id = withoutPosition(node.id);
		const [token, label] = [attributes.get("token"), attributes.get("feature_label")];
		if (token !== undefined) known.set(id, { token });
		if (label && node.kind === "feature") labels.set(id, { id, text: label.slice(0, 400).toWellFormed() });
	};
	for (const [name, attributes] of graph.nodes) place(name, attributes);
	const onlyInEdges = new Set<string>();
	for (const { source, target } of graph.edges)
		for (const name of [source, target]) {
			if (graph.nodes.has(name) || onlyInEdges.has(name)) continue;
			onlyInEdges.add(name);
			place(name, new Map());
		}
	if (nodes.size === 0)
		throw new AppError(
			"bad-file",
			`${file} holds no node that is a feature or an error${strange.length > 0 ? ` (its first is ${JSON.stringify(strange[0]?.slice(0, 80))})` : ""}. Nodes are named as 10.4105, resid_10.4105, mlp_2.17@5 or mlp_error_8.0.`,
		);
	let plain = 0;
	const edges = new Map<string, CircuitEdge>();
	for (const { source: from, target: to, weight } of graph.edges) {
		const [source, target] = [ids.get(from), ids.get(to)];
		if (source === undefined || target === undefined || (weight === 0 && !payload)) continue;
		if (weight === undefined) plain++;
		edges.set(`${source} ${target}`, { source, target, weight: weight ?? -1 });
	}
	const circuit = { nodes: [...nodes.values()], edges: [...edges.values()] };
	if (payload && isSame(payload, circuit)) return { kind: "circuit", file: payload, notes: [] };
	const added = [...onlyInEdges].filter((name) => ids.has(name));
	const notes = [
		...(strange.length > 0 ? [`${strange.length} nodes with other names were left out: ${listSome(strange)}.`] : []),
		...((payload || !graph.edgesMakeNodes) && added.length > 0
			? [`Edges name nodes that the file does not list, so that these have no activation: ${listSome(added)}.`]
			: []),
		...(plain > 0 ? [`${plain} edges without a colour count as raising, with the largest magnitude.`] : []),
		...(payload
			? [
					"The graph was changed after this program wrote it: its nodes and edges are as they are now, without its history.",
				]
			: []),
	];
	const read = { circuit, additions: { labels: [...labels.values()] }, known };
	return { kind: "graph", graph: payload ? joinPayload(read, payload) : read, notes };
}

const listSome = (names: readonly string[]) =>
	`${names.slice(0, 5).join(", ").slice(0, 300)}${names.length > 5 ? ", …" : ""}`;

function isSame(payload: CircuitFile, { nodes, edges }: ImportedGraph["circuit"]): boolean {
	const ids = new Set(nodes.map(({ id }) => id));
	const weights = new Map(edges.map(({ source, target, weight }) => [`${source} ${target}`, weight]));
	return (
		ids.size === payload.nodes.length &&
		payload.nodes.every(({ id }) => ids.has(id)) &&
		weights.size === payload.edges.length &&
		payload.edges.every(({ source, target, weight }) => weights.get(`${source} ${target}`) === weight)
	);
}

/** What the circuit says about nodes that are still there. */
function joinPayload(read: ImportedGraph, payload: CircuitFile): ImportedGraph {
	const ids = new Set(read.circuit.nodes.flatMap(({ id }) => [id, withoutPosition(id)]));
	const { places, groups, hidden, links, ...document } = payload.document;
	const groupIds = new Set(groups.map(({ id }) => id));
	const values = new Map(payload.nodes.map((node) => [node.id, node]));
	return {
		circuit: {
			edges: read.circuit.edges,
			nodes: read.circuit.nodes.map((node) => {
				const { activation, attribution, joined, inflow } = values.get(node.id) ?? node;
				return {
					...{ ...node, activation, attribution },
					...(joined !== undefined && { joined }),
					...(inflow !== undefined && { inflow }),
				};
			}),
		},
		additions: {
			...document,
			places: places.filter(({ id }) => ids.has(id) || groupIds.has(id)),
			groups: groups.map((group) => ({ ...group, members: group.members.filter((id) => ids.has(id)) })),
			hidden: hidden.filter(({ id }) => ids.has(id)),
			links: links.filter(({ source, target }) => ids.has(source) && ids.has(target)),
		},
		description: {
			name: payload.name,
			...(payload.model.hash !== "" && { model: payload.model }),
			prompt: { ...payload.prompt, tokenIds: payload.prompt.token_ids },
			metric: payload.metric,
		},
		known: new Map([
			...payload.features.map(
				({ id, facts, published }) => [id, { ...(facts && { facts }), ...(published && { published }) }] as const,
			),
			...(read.known ?? []),
		]),
	};
}

/** A bare `10.4105` is on the residual stream, which is all that the seed's first graphs have. */
function readNode(name: string, attributes: ReadonlyMap<string, string>): CircuitNode | undefined {
	let ref: NodeRef;
	try {
		ref = parseNodeId(/^\d+\.\d+$/.test(name) ? `resid_${name}` : name);
	} catch {
		return undefined;
	}
	const number = (key: string) => {
		const value = Number(attributes.get(key) ?? Number.NaN);
		return Number.isFinite(value) ? value : 0;
	};
	const numbers =
		"token" in ref ? [ref.token] : ref.kind === "feature" ? [ref.feature, ref.site.layer] : [ref.site.layer];
	if (![...numbers, ref.position ?? 0].every(Number.isSafeInteger)) return undefined;
	const place = { position: ref.position ?? 0, activation: number("activation"), attribution: number("attribution") };
	if (ref.kind === "token" || ref.kind === "logit")
		return { id: formatNodeId(ref), kind: ref.kind, feature: ref.token, ...place };
	const site = { site: ref.site.kind, layer: ref.site.layer };
	if (ref.kind === "error") {
		const joined = number("joined");
		const rest = {
			position: Math.round(number("position")),
			...(Number.isSafeInteger(joined) && joined > 0 && { joined }),
		};
		return { id: formatNodeId(ref), kind: "error", ...site, ...place, ...(ref.rest && rest) };
	}
	return { id: formatNodeId(ref), kind: "feature", ...site, feature: ref.feature, ...place };
}
