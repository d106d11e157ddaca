import type { Circuit, CircuitNode } from "../circuit.ts";
import type { Size } from "./box.ts";
import { laneOf } from "./node-style.ts";
import { findNeighbours, meanOfNeighbours, type Neighbours, orderLanes } from "./order-lanes.ts";
import { chooseLength, countRows, gapLane, gapRow, gapX, measureRow } from "./row-length.ts";
import { settleRow } from "./settle-row.ts";

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
	const widest = sizes.reduce((most, { width }) => Math.max(most, width), 0);
	const length = chooseLength(
		lanes.map((lane) => measure(lane.nodes, sizes)),
		widest,
	);
	const rows = lanes.map((lane) => wrapLane(lane, sizes, length));
	const width = Math.max(0, ...rows.flat().map((row) => measure(row, sizes).width));
	const middles = settleRows(rows.flat(), sizes, width, neighbours);
	const placed = new Map<string, Placed>();
	const bands: Lane[] = [];
	let y = 0;
	for (const [i, { name }] of lanes.entries()) {
		const top = y;
		for (const [j, row] of (rows[i] as readonly Uint32Array[]).entries()) {
			if (j > 0) y += gapRow;
			const { height } = measure(row, sizes);
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

const measure = (nodes: Uint32Array, sizes: readonly Size[]) =>
	measureRow(Array.from(nodes, (index) => sizes[index] as Size));

/** Rows as long as one another. Neighbours in the order stand below one another, so that each row spans the whole. */
function wrapLane({ nodes, fixed }: LaneOfNodes, sizes: readonly Size[], length: number): readonly Uint32Array[] {
	const count = countRows(measure(nodes, sizes).width, length);
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
