import type { CircuitEdge } from "../circuit.ts";
import type { Place } from "../document.ts";
import { EdgeList } from "../edge-list.ts";
import { type Lane, layOutCircuit } from "./circuit-layout.ts";
import { type CardDetail, measureFullCard } from "./feature-card.ts";
import { type LaidNode, laneOfView } from "./laid-node.ts";
import { placeAmong } from "./place-among.ts";
import { gapLane } from "./row-length.ts";
import { placeInColumns } from "./token-columns.ts";

/** How columns are made: as edges wish, or one for each token of the prompt. */
export type Columns = "free" | "tokens";

/** Where each lane begins and ends when its nodes stand at these places. From top to bottom. */
export function measureLanes(
	nodes: readonly LaidNode[],
	places: ReadonlyMap<string, Place>,
	detail: CardDetail = "full",
): readonly (Lane & { readonly rank: number })[] {
	const lanes = new Map<number, { name: string; top: number; bottom: number }>();
	for (const node of nodes) {
		const { rank, name } = laneOfView(node);
		const { height } = measureFullCard(node, detail);
		const dy = places.get(node.id)?.dy ?? height / 2;
		const lane = lanes.get(rank) ?? { name, top: 0, bottom: 30 };
		lanes.set(rank, {
			name,
			top: Math.min(lane.top, dy - height / 2),
			bottom: Math.max(lane.bottom, dy + height / 2),
		});
	}
	let y = 0;
	return [...lanes]
		.sort(([a], [b]) => (a > b ? -1 : 1))
		.map(([rank, { name, top, bottom }]) => {
			const lane = { rank, name, y: y - top, height: bottom };
			y += bottom - top + gapLane;
			return lane;
		});
}

/**
 * Places for nodes that have none. What stands somewhere stays there; new nodes go where their neighbours are, or all
 * are laid out where nothing but tokens and logits has a place yet.
 */
export function placeNodes(
	nodes: readonly LaidNode[],
	edges: Iterable<CircuitEdge>,
	places: ReadonlyMap<string, Place>,
	columns: Columns,
): readonly Place[] {
	const missing = nodes.filter(({ id }) => !places.has(id));
	if (missing.length === 0) return [];
	if (columns === "tokens") return placeInColumns(nodes, places);
	const stands = nodes.filter(({ id }) => places.has(id));
	if (stands.every(({ kind }) => kind === "token" || kind === "logit")) return layOutAll(nodes, edges, places);
	return placeAmong(stands, missing, edges, places);
}

/** All anew; where tokens and logits stand already, the others come above them. */
function layOutAll(
	nodes: readonly LaidNode[],
	edges: Iterable<CircuitEdge>,
	places: ReadonlyMap<string, Place>,
): readonly Place[] {
	const asNodes = nodes.map((node) => ({
		...node,
		kind: node.kind === "group" ? ("feature" as const) : node.kind,
		activation: 0,
		attribution: 0,
	}));
	const sizes = new Map(nodes.map((node) => [node.id, measureFullCard(node)]));
	const sizeOf = ({ id }: { readonly id: string }) => sizes.get(id) ?? { width: 0, height: 0 };
	const { nodes: placed, lanes } = layOutCircuit({ nodes: asNodes, edges: EdgeList.from(edges) }, sizeOf);
	const tops = new Map(lanes.map(({ name, y }) => [name, y]));
	const middleOf = (id: string) => {
		const at = placed.get(id);
		return at ? at.x + at.width / 2 : 0;
	};
	const standing = nodes.filter(({ id }) => places.has(id));
	const shift =
		standing.reduce((sum, { id }) => sum + (places.get(id)?.x ?? 0) - middleOf(id), 0) / Math.max(1, standing.length);
	return nodes.flatMap((node) => {
		const at = placed.get(node.id);
		if (!at || places.has(node.id)) return [];
		const dy = at.y + at.height / 2 - (tops.get(laneOfView(node).name) ?? 0);
		return [{ id: node.id, x: round(middleOf(node.id) + shift), dy: round(dy) }];
	});
}

const round = (value: number) => Math.round(value * 10) / 10;
