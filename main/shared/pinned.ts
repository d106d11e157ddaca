import { buildView, type CircuitView, type ViewNode } from "./circuit-view.ts";
import type { CircuitDocument, Group, Pin } from "./document.ts";
import type { EdgeList } from "./edge-list.ts";
import { withoutPosition } from "./node-id.ts";

/** What lies on the pin tray as one: a feature, or a supernode all of whose features are pinned. */
export interface PinUnit {
	/** The feature without position, or the supernode's id. */
	readonly id: string;
	readonly group?: Group;
	/** Ids without position. */
	readonly features: readonly string[];
}

/**
 * Pins as units, in the order of the tray. What tests them knows features alone, so a supernode is one here and its
 * features there; a feature of two supernodes is with the first.
 */
export function pinUnits(
	pins: readonly Pin[],
	{ groups, nodes }: Pick<CircuitDocument, "groups" | "nodes">,
): readonly PinUnit[] {
	const sorted = pins.toSorted((a, b) => a.order - b.order).map(({ id }) => id);
	const pinned = new Set(sorted);
	const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
	const unitOf = new Map<string, PinUnit>();
	for (const group of groups) {
		const members = group.members.filter((id) => kinds.get(id) === "feature").map(withoutPosition);
		const features = [...new Set(members)];
		if (features.length === 0 || !features.every((id) => pinned.has(id) && !unitOf.has(id))) continue;
		const unit = { id: group.id, group, features };
		for (const id of features) unitOf.set(id, unit);
	}
	return [...new Set(sorted.map((id) => unitOf.get(id) ?? id))].map((unit) =>
		typeof unit === "string" ? { id: unit, features: [unit] } : unit,
	);
}

/** What is pinned and the tokens and logits that it touches, as a circuit of its own. */
export interface PinnedGraph {
	/** A unit is one node, whatever its positions. */
	readonly nodes: readonly ViewNode[];
	/** The strongest first. */
	readonly edges: EdgeList;
	/** Pinned units that the circuit does not have. */
	readonly missing: number;
}

export function buildPinnedGraph(
	units: readonly PinUnit[],
	{ nodes, edges }: Pick<CircuitDocument, "nodes" | "edges">,
): PinnedGraph {
	// By feature, so that a unit has all positions that are pinned with it.
	const groups = units.flatMap(({ group, features }) =>
		group ? [{ ...group, collapsed: true, members: features }] : [],
	);
	const view = buildView({ nodes, edges, groups }, true);
	const wanted = new Set(units.map(({ id }) => id));
	const isUnit = ({ id }: ViewNode) => wanted.has(id);
	const isEnd = ({ kind }: ViewNode) => kind === "token" || kind === "logit";
	const between = keepBetween(view, (node) => isUnit(node) || isEnd(node));
	const touched = new Set<string>();
	for (const { source, target } of between) touched.add(source).add(target);
	const found = view.nodes.filter((node) => isUnit(node) || (isEnd(node) && touched.has(node.id)));
	return {
		nodes: found,
		edges: between.pick(between.strongestFirst),
		missing: units.length - found.filter(isUnit).length,
	};
}

/** Edges both of whose ends pass; those from a token straight to a logit tell nothing of what is pinned. */
function keepBetween({ nodes, edges }: CircuitView, test: (node: ViewNode) => boolean): EdgeList {
	const byId = new Map(nodes.map((node) => [node.id, node]));
	const kept = edges.ids.map((id) => {
		const node = byId.get(id);
		return node !== undefined && test(node) ? node.kind : undefined;
	});
	return edges.where((edge) => {
		const [from, to] = [kept[edges.sources[edge] as number], kept[edges.targets[edge] as number]];
		return from !== undefined && to !== undefined && !(from === "token" && to === "logit");
	});
}
