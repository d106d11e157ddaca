import type { Circuit, CircuitNode } from "../circuit.ts";
import { laneOf } from "./node-style.ts";

export interface Size {
	readonly width: number;
	readonly height: number;
}

export interface Placed extends Size {
	readonly id: string;
	/** Of the upper left corner. */
	readonly x: number;
	readonly y: number;
}

/** A band of the drawing: one sublayer of one layer, tokens, or logits. */
export interface Lane {
	readonly name: string;
	readonly y: number;
	readonly height: number;
}

export interface Layout extends Size {
	readonly nodes: ReadonlyMap<string, Placed>;
	/** From top to bottom. */
	readonly lanes: readonly Lane[];
}

const gapX = 18;
const gapRow = 26;
const gapLane = 54;
const sweeps = 12;

/**
 * Rows by layer and sublayer. Within rows, sweeps of weighted barycentres (Sugiyama et al. 1981) bring joined nodes
 * near one another, unless an `order` of x wishes says otherwise; a row of more than `perRow` nodes wraps.
 */
export function layOutCircuit(
	circuit: Circuit,
	sizeOf: (node: CircuitNode) => Size,
	perRow: number,
	order?: ReadonlyMap<string, number>,
): Layout {
	const rows = groupRows(circuit.nodes);
	const neighbours = weighNeighbours(circuit);
	const place = new Map<string, number>();
	if (order)
		for (const { nodes } of rows)
			if (nodes[0]?.kind !== "token") nodes.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
	for (const { nodes } of rows) for (const [i, { id }] of nodes.entries()) place.set(id, spread(i, nodes.length));
	for (let sweep = 0; sweep < (order ? 0 : sweeps); sweep++)
		for (const { nodes } of sweep % 2 === 0 ? rows : rows.toReversed()) {
			// The prompt is read from left to right.
			if (nodes[0]?.kind === "token") continue;
			const wish = new Map(nodes.map((node) => [node.id, meanPlace(node.id, neighbours, place)]));
			nodes.sort(
				(a, b) =>
					(wish.get(a.id) as number) - (wish.get(b.id) as number) || a.position - b.position || (a.id < b.id ? -1 : 1),
			);
			for (const [i, { id }] of nodes.entries()) place.set(id, spread(i, nodes.length));
		}
	return placeRows(rows, sizeOf, perRow, neighbours);
}

interface Row {
	readonly name: string;
	readonly nodes: CircuitNode[];
}

/** From bottom to top. */
function groupRows(nodes: readonly CircuitNode[]): readonly Row[] {
	const rows = new Map<number, Row>();
	for (const node of nodes) {
		const { rank, name } = laneOf(node);
		const row = rows.get(rank);
		if (row) row.nodes.push(node);
		else rows.set(rank, { name, nodes: [node] });
	}
	const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
	for (const { nodes: members } of sorted) members.sort((a, b) => a.position - b.position);
	return sorted;
}

type Neighbours = ReadonlyMap<string, readonly { readonly id: string; readonly weight: number }[]>;

function weighNeighbours({ edges }: Circuit): Neighbours {
	const neighbours = new Map<string, { id: string; weight: number }[]>();
	for (const { source, target, weight } of edges)
		for (const [from, to] of [
			[source, target],
			[target, source],
		] as const) {
			const known = neighbours.get(from) ?? [];
			known.push({ id: to, weight: Math.sqrt(Math.abs(weight)) });
			neighbours.set(from, known);
		}
	return neighbours;
}

const spread = (index: number, count: number) => (index + 0.5) / count;

function meanPlace(id: string, neighbours: Neighbours, place: ReadonlyMap<string, number>): number {
	let [sum, total] = [0, 0];
	for (const { id: other, weight } of neighbours.get(id) ?? []) {
		const at = place.get(other);
		if (at === undefined) continue;
		sum += at * weight;
		total += weight;
	}
	return total > 0 ? sum / total : (place.get(id) ?? 0.5);
}

function placeRows(
	rows: readonly Row[],
	sizeOf: (node: CircuitNode) => Size,
	perRow: number,
	neighbours: Neighbours,
): Layout {
	const lines = rows.toReversed().map(({ name, nodes }) => {
		const count = Math.max(1, Math.ceil(nodes.length / perRow));
		const each = Math.ceil(nodes.length / count);
		return { name, lines: Array.from({ length: count }, (_, i) => nodes.slice(i * each, (i + 1) * each)) };
	});
	const lineWidth = (line: readonly CircuitNode[]) =>
		line.reduce((sum, node) => sum + sizeOf(node).width + gapX, -gapX);
	const width = Math.max(0, ...lines.flatMap(({ lines: parts }) => parts.map(lineWidth)));
	const placed = new Map<string, Placed>();
	const lanes: Lane[] = [];
	let y = 0;
	for (const { name, lines: parts } of lines) {
		const top = y;
		for (const [i, line] of parts.entries()) {
			if (i > 0) y += gapRow;
			const height = Math.max(...line.map((node) => sizeOf(node).height));
			const lefts = settleLine(line, sizeOf, width, neighbours, placed);
			for (const [at, node] of line.entries()) {
				const size = sizeOf(node);
				placed.set(node.id, { id: node.id, ...size, x: lefts[at] as number, y: y + (height - size.height) / 2 });
			}
			y += height;
		}
		lanes.push({ name, y: top, height: y - top });
		y += gapLane;
	}
	return { nodes: placed, lanes, width, height: Math.max(0, y - gapLane) };
}

/** Left edges in order, without overlap, as near as possible to the neighbours that are already placed. */
function settleLine(
	line: readonly CircuitNode[],
	sizeOf: (node: CircuitNode) => Size,
	width: number,
	neighbours: Neighbours,
	placed: ReadonlyMap<string, Placed>,
): readonly number[] {
	const total = line.reduce((sum, node) => sum + sizeOf(node).width + gapX, -gapX);
	let even = (width - total) / 2;
	const wishes = line.map((node) => {
		const own = sizeOf(node).width;
		const evenly = even;
		even += own + gapX;
		let [sum, weights] = [0, 0];
		for (const { id, weight } of neighbours.get(node.id) ?? []) {
			const other = placed.get(id);
			if (!other) continue;
			sum += (other.x + other.width / 2) * weight;
			weights += weight;
		}
		return weights > 0 ? sum / weights - own / 2 : evenly;
	});
	const lefts = [...wishes];
	let minimum = 0;
	for (const [i, node] of line.entries()) {
		lefts[i] = Math.max(lefts[i] as number, minimum);
		minimum = (lefts[i] as number) + sizeOf(node).width + gapX;
	}
	let maximum = width + gapX;
	for (let i = line.length - 1; i >= 0; i--) {
		const own = sizeOf(line[i] as CircuitNode).width;
		lefts[i] = Math.min(lefts[i] as number, maximum - gapX - own);
		maximum = lefts[i] as number;
	}
	return lefts;
}
