import type { CircuitEdge } from "../circuit.ts";
import type { ViewNode } from "../circuit-view.ts";
import type { Place } from "../document.ts";
import type { Lane } from "./circuit-layout.ts";
import { layOutCircuit } from "./circuit-layout.ts";
import { type CardDetail, measureFullCard } from "./feature-card.ts";
import { laneOf } from "./node-style.ts";

/** How columns are made: as edges wish, or one for each token of the prompt. */
export type Columns = "free" | "tokens";

/** What a layout must know of a node. */
export type LaidNode = Pick<ViewNode, "id" | "kind" | "site" | "layer" | "position">;

const gapX = 18;
const gapRow = 26;
const gapLane = 54;

/** Lane of a node; a group stands in the lane of its topmost member. */
export function laneOfView(node: LaidNode): { readonly rank: number; readonly name: string } {
	return laneOf({ ...node, kind: node.kind === "group" ? "feature" : node.kind });
}

/** Where each lane begins and ends when its nodes stand at these places. From top to bottom. */
export function measureLanes(
	nodes: readonly LaidNode[],
	places: ReadonlyMap<string, Place>,
	detail: CardDetail = "full",
): readonly (Lane & { readonly rank: number })[] {
	const lanes = new Map<number, { name: string; top: number; bottom: number }>();
	for (const node of nodes) {
		const { rank, name } = laneOfView(node);
		const { height } = measureFullCard(node.kind, detail);
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
 * are laid out where none has a place yet. `order` gives x wishes from another layout, such as dagre's.
 */
export function placeNodes(
	nodes: readonly LaidNode[],
	edges: readonly CircuitEdge[],
	places: ReadonlyMap<string, Place>,
	columns: Columns,
	order?: ReadonlyMap<string, number>,
): readonly Place[] {
	const missing = nodes.filter(({ id }) => !places.has(id));
	if (missing.length === 0) return [];
	if (columns === "tokens") return placeInColumns(nodes, places);
	if (missing.length === nodes.length) return layOutAll(nodes, edges, order);
	return placeAmong(nodes, missing, edges, places);
}

/** Rows long enough that the whole is about as wide as a window. */
function rowLength(nodes: readonly LaidNode[]): number {
	return Math.max(8, Math.min(40, Math.ceil(Math.sqrt(nodes.length * 0.9))));
}

function layOutAll(
	nodes: readonly LaidNode[],
	edges: readonly CircuitEdge[],
	order: ReadonlyMap<string, number> | undefined,
): readonly Place[] {
	const asNodes = nodes.map((node) => ({
		...node,
		kind: node.kind === "group" ? ("feature" as const) : node.kind,
		activation: 0,
		attribution: 0,
	}));
	const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
	const sizeOf = ({ id }: { readonly id: string }) => measureFullCard(kinds.get(id) ?? "feature");
	const { nodes: placed, lanes } = layOutCircuit({ nodes: asNodes, edges }, sizeOf, rowLength(nodes), order);
	const tops = new Map(lanes.map(({ name, y }) => [name, y]));
	return nodes.flatMap((node) => {
		const at = placed.get(node.id);
		return at
			? [
					{
						id: node.id,
						x: round(at.x + at.width / 2),
						dy: round(at.y + at.height / 2 - (tops.get(laneOfView(node).name) ?? 0)),
					},
				]
			: [];
	});
}

/** One column for each token position, as wide as its fullest lane needs, at most two cards side by side. */
function placeInColumns(nodes: readonly LaidNode[], places: ReadonlyMap<string, Place>): readonly Place[] {
	const cells = Map.groupBy(nodes, (node) => `${laneOfView(node).rank} ${node.position}`);
	const positions = [...new Set(nodes.map(({ position }) => position))].sort((a, b) => a - b);
	const wide = measureFullCard("feature").width + gapX;
	const widths = new Map(positions.map((position) => [position, wide]));
	for (const members of cells.values()) {
		const [first] = members;
		if (first && members.length > 3) widths.set(first.position, 2 * wide);
	}
	const lefts = new Map<number, number>();
	let x = 0;
	for (const position of positions) {
		lefts.set(position, x);
		x += (widths.get(position) ?? wide) + 2 * gapX;
	}
	return [...cells.values()].flatMap((members) => {
		const sorted = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
		const position = (sorted[0] as LaidNode).position;
		const perRow = (widths.get(position) ?? wide) > wide ? 2 : 1;
		return sorted.flatMap((node, i) => {
			if (places.has(node.id)) return [];
			const { height } = measureFullCard(node.kind);
			const across = members.length === 1 ? (widths.get(position) ?? wide) / 2 : (i % perRow) * wide + wide / 2;
			const dy = height / 2 + Math.floor(i / perRow) * (height + gapRow / 2);
			return [{ id: node.id, x: round((lefts.get(position) ?? 0) + across), dy: round(dy) }];
		});
	});
}

/** Each new node in the free slot of its lane that is nearest to its neighbours; the strongest neighbours first. */
function placeAmong(
	nodes: readonly LaidNode[],
	missing: readonly LaidNode[],
	edges: readonly CircuitEdge[],
	places: ReadonlyMap<string, Place>,
): readonly Place[] {
	const placed = new Map(places);
	const rows = new Map<number, { x: number; dy: number; half: number }[]>();
	for (const node of nodes) {
		const place = places.get(node.id);
		if (!place) continue;
		const { rank } = laneOfView(node);
		const row = rows.get(rank) ?? [];
		row.push({ x: place.x, dy: place.dy, half: measureFullCard(node.kind).width / 2 });
		rows.set(rank, row);
	}
	const all = [...places.values()];
	const middle = all.reduce((sum, { x }) => sum + x, 0) / Math.max(1, all.length);
	const neighbours = new Map<string, { id: string; weight: number }[]>();
	for (const { source, target, weight } of edges)
		for (const [from, to] of [
			[source, target],
			[target, source],
		] as const) {
			const known = neighbours.get(from) ?? [];
			known.push({ id: to, weight: Math.abs(weight) });
			neighbours.set(from, known);
		}
	const fresh: Place[] = [];
	for (const node of missing) {
		let [sum, total] = [0, 0];
		for (const { id, weight } of neighbours.get(node.id) ?? []) {
			const at = placed.get(id);
			if (!at) continue;
			sum += at.x * weight;
			total += weight;
		}
		const wish = total > 0 ? sum / total : middle;
		const { width, height } = measureFullCard(node.kind);
		const { rank } = laneOfView(node);
		const row = rows.get(rank) ?? [];
		rows.set(rank, row);
		const slot = findSlot(row, wish, width, height);
		row.push({ ...slot, half: width / 2 });
		const place = { id: node.id, x: round(slot.x), dy: round(slot.dy) };
		placed.set(node.id, place);
		fresh.push(place);
	}
	return fresh;
}

/** The nearest gap in any row of a lane, or the beginning of a new row below where all gaps are far away. */
function findSlot(
	taken: readonly { readonly x: number; readonly dy: number; readonly half: number }[],
	wish: number,
	width: number,
	height: number,
): { readonly x: number; readonly dy: number } {
	const rows = [...new Set(taken.map(({ dy }) => dy))].sort((a, b) => a - b);
	const below = rows.length === 0 ? height / 2 : (rows.at(-1) as number) + height + gapRow;
	let best = { x: wish, dy: below, cost: rows.length === 0 ? 0 : 1.5 * width };
	for (const dy of rows) {
		const row = taken.filter((one) => Math.abs(one.dy - dy) < height * 0.8).sort((a, b) => a.x - b.x);
		const edges = row.flatMap(({ x, half }) => [x - half - gapX - width / 2, x + half + gapX + width / 2]);
		for (const x of [wish, ...edges]) {
			const free = row.every((one) => Math.abs(one.x - x) >= one.half + width / 2 + gapX - 0.5);
			const cost = Math.abs(x - wish);
			if (free && cost < best.cost) best = { x, dy, cost };
		}
	}
	return best;
}

const round = (value: number) => Math.round(value * 10) / 10;
