import type { Place } from "../document.ts";
import { measureFullCard } from "./feature-card.ts";
import { type LaidNode, laneOfView } from "./laid-node.ts";
import { gapLane, gapRow, gapX, proportion } from "./row-length.ts";

/** Between two columns: edges run there, beside the cards. */
export const gutter = 52;
const gapCell = gapRow / 2;
/** More cards of a lane below one another make it a tower. */
const mostRows = 8;

/** Nodes of one lane at one position, as rows of cards. */
interface Cell {
	readonly lane: number;
	readonly position: number;
	readonly nodes: readonly LaidNode[];
}

/**
 * Places for a circuit that has none: a column for each position of the prompt, in its order, as wide as its widest row;
 * lanes have as many rows as make the whole about as wide as a window.
 */
function layOutColumns(nodes: readonly LaidNode[]): readonly Place[] {
	const cells = listCells(nodes);
	const rows = chooseRows(cells);
	const widths = measureColumns(cells, rows);
	const lefts = new Map<number, number>();
	let x = 0;
	for (const [position, width] of widths) {
		lefts.set(position, x);
		x += width + gutter;
	}
	return cells.flatMap((cell) => {
		const cellRows = wrapCell(cell, rows);
		const widest = Math.max(...cellRows.map((row) => measure(row).width));
		const left = (lefts.get(cell.position) ?? 0) + ((widths.get(cell.position) ?? 0) - widest) / 2;
		let top = 0;
		return cellRows.flatMap((row) => {
			const { height } = measure(row);
			let at = left;
			const middle = top + height / 2;
			top += height + gapCell;
			return row.map((node) => {
				const size = measureFullCard(node);
				const place = { id: node.id, x: round(at + size.width / 2), dy: round(middle) };
				at += size.width + gapX;
				return place;
			});
		});
	});
}

function listCells(nodes: readonly LaidNode[]): readonly Cell[] {
	const sorted = nodes.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
	const cells = Map.groupBy(sorted, (node) => `${laneOfView(node).rank} ${node.position}`);
	return [...cells.values()].map((members) => {
		const [first] = members as [LaidNode];
		return { lane: laneOfView(first).rank, position: first.position, nodes: members };
	});
}

/** In how many rows a lane's cells may stand: the number at which the whole comes nearest to the wished proportion. */
function chooseRows(cells: readonly Cell[]): number {
	let best = { rows: 1, cost: Number.POSITIVE_INFINITY };
	for (let rows = 1; rows <= mostRows; rows++) {
		const widths = [...measureColumns(cells, rows).values()];
		const heights = new Map<number, number>();
		for (const cell of cells) {
			const height = wrapCell(cell, rows).reduce((sum, row) => sum + measure(row).height + gapCell, -gapCell);
			heights.set(cell.lane, Math.max(heights.get(cell.lane) ?? 0, height));
		}
		const across = widths.reduce((sum, width) => sum + width + gutter, -gutter);
		const down = [...heights.values()].reduce((sum, height) => sum + height + gapLane, -gapLane);
		const cost = Math.abs(Math.log(across / Math.max(1, down) / proportion));
		if (cost < best.cost) best = { rows, cost };
	}
	return best.rows;
}

/** By position, from left to right. */
function measureColumns(cells: readonly Cell[], rows: number): ReadonlyMap<number, number> {
	const widths = new Map<number, number>();
	for (const cell of cells)
		for (const row of wrapCell(cell, rows))
			widths.set(cell.position, Math.max(widths.get(cell.position) ?? leastWidth, measure(row).width));
	return new Map([...widths].sort(([a], [b]) => a - b));
}

/** At most so many rows, each as long as the others. */
function wrapCell({ nodes }: Cell, rows: number): readonly (readonly LaidNode[])[] {
	const each = Math.ceil(nodes.length / rows);
	return Array.from({ length: Math.ceil(nodes.length / each) }, (_, row) => nodes.slice(row * each, (row + 1) * each));
}

function measure(row: readonly LaidNode[]): { readonly width: number; readonly height: number } {
	const sizes = row.map((node) => measureFullCard(node));
	return {
		width: sizes.reduce((sum, { width }) => sum + width + gapX, -gapX),
		height: Math.max(...sizes.map(({ height }) => height)),
	};
}

const cardWidth = measureFullCard({ kind: "feature" }).width;
/** A column of a token alone leaves room for a card that comes later. */
const leastWidth = 0.75 * cardWidth;

interface Standing {
	readonly x: number;
	readonly dy: number;
	readonly width: number;
	readonly height: number;
}

/** What comes later stands in the column of its position: where a row of its lane has room there, else below. */
export function placeInColumns(nodes: readonly LaidNode[], places: ReadonlyMap<string, Place>): readonly Place[] {
	const stands = nodes.filter(({ id }) => places.has(id));
	if (stands.length === 0) return layOutColumns(nodes);
	const columns = new Map<number, { readonly left: number; readonly right: number }>();
	const lanes = new Map<number, Standing[]>();
	const stand = (node: LaidNode, { x, dy }: Pick<Place, "x" | "dy">) => {
		const { width, height } = measureFullCard(node);
		const { rank } = laneOfView(node);
		lanes.set(rank, [...(lanes.get(rank) ?? []), { x, dy, width, height }]);
		const { left, right } = columns.get(node.position) ?? { left: x, right: x };
		columns.set(node.position, { left: Math.min(left, x - width / 2), right: Math.max(right, x + width / 2) });
	};
	for (const node of stands) stand(node, places.get(node.id) as Place);
	return nodes.flatMap((node) => {
		if (places.has(node.id)) return [];
		const column = columns.get(node.position) ?? beside(columns, node.position);
		const place = { id: node.id, ...findSlot(lanes.get(laneOfView(node).rank) ?? [], column, node) };
		stand(node, place);
		return [place];
	});
}

/** A column that no node stood in: behind the last, whatever its position, for nothing that stands moves. */
function beside(
	columns: ReadonlyMap<number, { readonly left: number; readonly right: number }>,
	position: number,
): { readonly left: number; readonly right: number } {
	const before = columns.get(position - 1)?.right;
	const next = columns.get(position + 1)?.left;
	if (before !== undefined && next !== undefined && next - before >= cardWidth + 2 * gapX)
		return { left: before + gapX, right: next - gapX };
	const last = Math.max(...[...columns.values()].map(({ right }) => right));
	return { left: last + gutter, right: last + gutter + cardWidth };
}

function findSlot(
	lane: readonly Standing[],
	{ left, right }: { readonly left: number; readonly right: number },
	node: LaidNode,
): { readonly x: number; readonly dy: number } {
	const { width, height } = measureFullCard(node);
	const middle = (left + right) / 2;
	const across = Math.max(1, Math.floor((right - left + gapX) / (width + gapX)));
	const first = middle - ((across - 1) * (width + gapX)) / 2;
	const xs = Array.from({ length: across }, (_, i) => first + i * (width + gapX));
	const isFree = (x: number, dy: number) =>
		!lane.some(
			(one) =>
				Math.abs(one.x - x) < (one.width + width) / 2 + 4 && Math.abs(one.dy - dy) < (one.height + height) / 2 + 4,
		);
	const within = (x: number) => x - width / 2 >= left - 1 && x + width / 2 <= right + 1;
	for (const dy of [...new Set(lane.map((one) => one.dy))].sort((a, b) => a - b)) {
		const next = lane
			.filter((one) => one.dy === dy)
			.flatMap((one) => [one.x - (one.width + width) / 2 - gapX, one.x + (one.width + width) / 2 + gapX])
			.filter(within);
		const x = [...xs, ...next].find((one) => isFree(one, dy));
		if (dy >= height / 2 && x !== undefined) return { x: round(x), dy };
	}
	const near = lane.filter((one) => xs.some((x) => Math.abs(one.x - x) < (one.width + width) / 2 + 4));
	const top = near.reduce((most, one) => Math.max(most, one.dy + one.height / 2 + gapCell), 0);
	return { x: round(xs[0] as number), dy: round(top + height / 2) };
}

const round = (value: number) => Math.round(value * 10) / 10;
