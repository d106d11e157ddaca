import type { CircuitEdge } from "../circuit.ts";
import type { Place } from "../document.ts";
import { EdgeList } from "../edge-list.ts";
import { type Lane, layOutCircuit } from "./circuit-layout.ts";
import { type CardDetail, measureFullCard } from "./feature-card.ts";
import { type LaidNode, laneOfView } from "./laid-node.ts";
import { placeAmong } from "./place-among.ts";
import { gapLane, gapRow, gapX } from "./row-length.ts";

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

const columnWidth = measureFullCard({ kind: "feature" }).width + gapX;

/** One column for each token position, as wide as its fullest lane needs, at most two cards side by side. */
function layOutColumns(nodes: readonly LaidNode[]): readonly Place[] {
	const cells = Map.groupBy(nodes, (node) => `${laneOfView(node).rank} ${node.position}`);
	const positions = [...new Set(nodes.map(({ position }) => position))].sort((a, b) => a - b);
	const widths = new Map(positions.map((position) => [position, columnWidth]));
	for (const members of cells.values()) {
		const [first] = members;
		if (first && members.length > 3) widths.set(first.position, 2 * columnWidth);
	}
	const lefts = new Map<number, number>();
	let x = 0;
	for (const position of positions) {
		lefts.set(position, x);
		x += (widths.get(position) ?? columnWidth) + 2 * gapX;
	}
	return [...cells.values()].flatMap((members) => {
		const sorted = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
		const position = (sorted[0] as LaidNode).position;
		const width = widths.get(position) ?? columnWidth;
		const perRow = width > columnWidth ? 2 : 1;
		return sorted.map((node, i) => {
			const { height } = measureFullCard(node);
			const across = members.length === 1 ? width / 2 : (i % perRow) * columnWidth + columnWidth / 2;
			const dy = height / 2 + Math.floor(i / perRow) * (height + gapRow / 2);
			return { id: node.id, x: round((lefts.get(position) ?? 0) + across), dy: round(dy) };
		});
	});
}

/** What comes later stands in the column of its position, below what is there in its lane. */
function placeInColumns(nodes: readonly LaidNode[], places: ReadonlyMap<string, Place>): readonly Place[] {
	const stands = nodes.filter(({ id }) => places.has(id));
	if (stands.length === 0) return layOutColumns(nodes);
	const columns = new Map<number, number>();
	const lanes = new Map<number, (Place & { readonly half: number; readonly width: number })[]>();
	let right = 0;
	const stand = (node: LaidNode, place: Place) => {
		const { rank } = laneOfView(node);
		const { width, height } = measureFullCard(node);
		const lane = lanes.get(rank) ?? [];
		lane.push({ ...place, half: height / 2, width });
		lanes.set(rank, lane);
		columns.set(node.position, Math.min(columns.get(node.position) ?? Number.POSITIVE_INFINITY, place.x));
		right = Math.max(right, place.x);
	};
	for (const node of stands) stand(node, places.get(node.id) as Place);
	return nodes.flatMap((node) => {
		if (places.has(node.id)) return [];
		const x = columns.get(node.position) ?? right + columnWidth + 2 * gapX;
		const { width, height } = measureFullCard(node);
		const above = (lanes.get(laneOfView(node).rank) ?? []).filter(
			(one) => Math.abs(one.x - x) < (one.width + width) / 2,
		);
		const top = above.reduce((most, { dy, half }) => Math.max(most, dy + half + gapRow / 2), 0);
		const place = { id: node.id, x, dy: round(top + height / 2) };
		stand(node, place);
		return [place];
	});
}

const round = (value: number) => Math.round(value * 10) / 10;
