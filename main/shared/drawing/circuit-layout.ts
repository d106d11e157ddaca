import type { Circuit, CircuitNode } from "../circuit.ts";
import { laneOf } from "./node-style.ts";
import { findNeighbours, meanOfNeighbours, type Neighbours, orderLanes } from "./order-lanes.ts";
import { settleRow } from "./settle-row.ts";

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

export const gapX = 18;
export const gapRow = 26;
export const gapLane = 54;
/** Width to height of the whole, where lanes have enough nodes for it: a window between its panels. */
const proportion = 1.35;
/** In cards: what has fewer in a lane is not wrapped. */
const shortestRow = 8;
const settlings = 12;

interface LaneOfNodes {
	readonly name: string;
	/** Indices into the circuit's nodes. */
	readonly nodes: Uint32Array;
	readonly fixed: boolean;
}

/**
 * The one arrangement of a circuit that nobody has arranged: lanes by layer and sublayer from top to bottom, in each the
 * order that keeps joined nodes near one another, in as many rows as make the whole about as wide as a window. The same
 * circuit always gives the same places.
 */
export function layOutCircuit(circuit: Circuit, sizeOf: (node: CircuitNode) => Size): Layout {
	const nodes = circuit.nodes.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
	const neighbours = findNeighbours(new Map(nodes.map(({ id }, i) => [id, i])), circuit.edges);
	const lanes = groupLanes(nodes);
	orderLanes(lanes, neighbours);
	const sizes = nodes.map(sizeOf);
	const length = chooseLength(lanes, sizes);
	const rows = lanes.map((lane) => wrapLane(lane, sizes, length));
	const width = Math.max(0, ...rows.flat().map((row) => rowWidth(row, sizes)));
	const middles = settleRows(rows.flat(), sizes, width, neighbours);
	const placed = new Map<string, Placed>();
	const bands: Lane[] = [];
	let y = 0;
	for (const [i, { name }] of lanes.entries()) {
		const top = y;
		for (const [j, row] of (rows[i] as readonly Uint32Array[]).entries()) {
			if (j > 0) y += gapRow;
			const height = rowHeight(row, sizes);
			for (const index of row) {
				const size = sizes[index] as Size;
				const { id } = nodes[index] as CircuitNode;
				const x = (middles[index] as number) - size.width / 2;
				placed.set(id, { id, ...size, x, y: y + (height - size.height) / 2 });
			}
			y += height;
		}
		bands.push({ name, y: top, height: y - top });
		y += gapLane;
	}
	return { nodes: placed, lanes: bands, width, height: Math.max(0, y - gapLane) };
}

/** From top to bottom. */
function groupLanes(nodes: readonly CircuitNode[]): readonly LaneOfNodes[] {
	const lanes = new Map<number, { name: string; fixed: boolean; nodes: number[] }>();
	for (const [i, node] of nodes.entries()) {
		const { rank, name } = laneOf(node);
		const lane = lanes.get(rank);
		if (lane) lane.nodes.push(i);
		else lanes.set(rank, { name, fixed: node.kind === "token", nodes: [i] });
	}
	return [...lanes]
		.sort(([a], [b]) => (a > b ? -1 : 1))
		.map(([, lane]) => ({ ...lane, nodes: new Uint32Array(lane.nodes) }));
}

const rowWidth = (row: Uint32Array, sizes: readonly Size[]) =>
	row.reduce((sum, index) => sum + (sizes[index] as Size).width + gapX, -gapX);

const rowHeight = (row: Uint32Array, sizes: readonly Size[]) =>
	row.reduce((most, index) => Math.max(most, (sizes[index] as Size).height), 0);

/** The length of rows at which the whole comes nearest to the wished proportion: longer rows make it wider and lower. */
function chooseLength(lanes: readonly LaneOfNodes[], sizes: readonly Size[]): number {
	const widths = lanes.map(({ nodes }) => rowWidth(nodes, sizes));
	const heights = lanes.map(({ nodes }) => rowHeight(nodes, sizes));
	const widest = Math.max(0, ...widths);
	const least = shortestRow * sizes.reduce((most, { width }) => Math.max(most, width), 0);
	let best = { length: widest, cost: Number.POSITIVE_INFINITY };
	for (const length of listLengths(widths, least)) {
		let [across, down] = [0, -gapLane];
		for (const [i, width] of widths.entries()) {
			const rows = countRows(width, length);
			across = Math.max(across, width / rows);
			down += rows * (heights[i] as number) + (rows - 1) * gapRow + gapLane;
		}
		const cost = Math.abs(Math.log(across / down / proportion));
		if (cost < best.cost) best = { length, cost };
	}
	return best.length;
}

/** Those at which some lane needs a row less. */
function listLengths(widths: readonly number[], least: number): readonly number[] {
	const lengths = new Set([Math.max(0, ...widths)]);
	for (const width of widths) for (let rows = 1; width / rows >= least; rows++) lengths.add(width / rows);
	return [...lengths].sort((a, b) => b - a);
}

const countRows = (width: number, length: number) => Math.max(1, Math.ceil(width / (length + 0.5)));

/** Rows as long as one another. Neighbours in the order stand below one another, so that each row spans the whole. */
function wrapLane({ nodes, fixed }: LaneOfNodes, sizes: readonly Size[], length: number): readonly Uint32Array[] {
	const count = countRows(rowWidth(nodes, sizes), length);
	const each = Math.ceil(nodes.length / count);
	return Array.from({ length: count }, (_, row) =>
		fixed ? nodes.slice(row * each, (row + 1) * each) : nodes.filter((_, i) => i % count === row),
	).filter((row) => row.length > 0);
}

/** Middles of all nodes: each row in turn moves as near to its neighbours as it can, up and down and up again. */
function settleRows(
	rows: readonly Uint32Array[],
	sizes: readonly Size[],
	width: number,
	neighbours: Neighbours,
): Float64Array {
	const middles = new Float64Array(sizes.length);
	const settle = (row: Uint32Array, wish: (index: number, even: number) => number) => {
		const widths = Array.from(row, (index) => (sizes[index] as Size).width);
		const wishes = Array.from(row, (index, i) => wish(index, ((i + 0.5) / row.length) * width));
		for (const [i, middle] of settleRow(wishes, widths, gapX, width).entries()) middles[row[i] as number] = middle;
	};
	for (const row of rows) settle(row, (_, even) => even);
	for (let round = 0; round < settlings; round++)
		for (const row of round % 2 === 0 ? rows : rows.toReversed())
			settle(row, (index, even) => {
				const mean = meanOfNeighbours(neighbours, index, middles);
				return mean === undefined ? even : mean + (even - mean) * evenness;
			});
	return middles;
}

/** How much of a row's even spread stays: without it, sparse rows would all stand below one another in the middle. */
const evenness = 0.3;
