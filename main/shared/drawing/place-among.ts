import type { CircuitEdge } from "../circuit.ts";
import type { Place } from "../document.ts";
import type { Size } from "./box.ts";
import { measureFullCard } from "./feature-card.ts";
import { type LaidNode, laneOfView } from "./laid-node.ts";
import { findNeighbours, meanOfNeighbours } from "./order-lanes.ts";
import { chooseLength, countRows, gapRow, gapX, measureRow } from "./row-length.ts";

/** A row of a lane, from left to right. */
interface Row {
	readonly dy: number;
	/** Of its highest card. */
	height: number;
	readonly cards: { readonly x: number; readonly half: number }[];
}

/**
 * Each new node in the free slot of its lane that is nearest to its neighbours; nothing that stands moves. A lane gets
 * so many rows as make the whole about as wide as a window; from then on its rows grow to both sides.
 */
export function placeAmong(
	stands: readonly LaidNode[],
	missing: readonly LaidNode[],
	edges: Iterable<CircuitEdge>,
	places: ReadonlyMap<string, Place>,
): readonly Place[] {
	const lanes = new Map<number, Row[]>();
	for (const node of stands) {
		const place = places.get(node.id) as Place;
		takeSlot(rowsOf(lanes, node), { x: place.x, dy: place.dy, ...measureFullCard(node) });
	}
	const most = countRowsOf([...stands, ...missing]);
	const xs = new Map(stands.map(({ id }) => [id, places.get(id)?.x ?? 0]));
	const middle = [...xs.values()].reduce((sum, x) => sum + x, 0) / Math.max(1, xs.size);
	const wishes = findWishes(missing, edges, xs, middle);
	const far = ({ id }: LaidNode) => Math.abs((wishes.get(id) as number) - middle);
	// From the middle outwards, so that those in the way of one another keep their order and both sides grow.
	return missing
		.toSorted((a, b) => far(a) - far(b) || (a.id < b.id ? -1 : 1))
		.map((node) => {
			const rows = rowsOf(lanes, node);
			const size = measureFullCard(node);
			const mayOpen = rows.length < (most.get(laneOfView(node).rank) ?? 1);
			const slot = findSlot(rows, wishes.get(node.id) as number, size, mayOpen);
			takeSlot(rows, { ...slot, ...size });
			return { id: node.id, x: round(slot.x), dy: round(slot.dy) };
		});
}

/** How many rows each lane has when all of them are arranged anew. */
function countRowsOf(nodes: readonly LaidNode[]): ReadonlyMap<number, number> {
	const cards = Map.groupBy(nodes, (node) => laneOfView(node).rank);
	const sizes = new Map(
		[...cards].map(([rank, members]) => [rank, measureRow(members.map((node) => measureFullCard(node)))]),
	);
	const length = chooseLength([...sizes.values()], measureFullCard({ kind: "feature" }).width);
	return new Map([...sizes].map(([rank, { width }]) => [rank, countRows(width, length)]));
}

function rowsOf(lanes: Map<number, Row[]>, node: LaidNode): Row[] {
	const { rank } = laneOfView(node);
	const rows = lanes.get(rank) ?? [];
	lanes.set(rank, rows);
	return rows;
}

/** So often each follows its neighbours, which follow theirs. */
const rounds = 12;

/** Where the neighbours of each stand on average, weighed by their edges, as far as what stands pulls them there. */
function findWishes(
	missing: readonly LaidNode[],
	edges: Iterable<CircuitEdge>,
	stands: ReadonlyMap<string, number>,
	middle: number,
): ReadonlyMap<string, number> {
	const nodes = [...missing.map(({ id }) => id).sort(), ...[...stands.keys()].sort()];
	const neighbours = findNeighbours(new Map(nodes.map((id, i) => [id, i])), edges);
	const at = Float64Array.from(nodes, (id) => stands.get(id) ?? middle);
	for (let round = 0; round < rounds; round++)
		for (let i = 0; i < missing.length; i++) at[i] = meanOfNeighbours(neighbours, i, at) ?? middle;
	return new Map(missing.map((_, i) => [nodes[i] as string, at[i] as number]));
}

/** The nearest gap in any row of a lane, or, where the lane may have more rows and all gaps are far away, a new row. */
function findSlot(
	rows: readonly Row[],
	wish: number,
	{ width, height }: Size,
	mayOpen: boolean,
): { readonly x: number; readonly dy: number } {
	const bottom = rows.reduce((most, { dy, height: high }) => Math.max(most, dy + high / 2 + gapRow), 0);
	const cost = mayOpen ? 1.5 * width : Number.POSITIVE_INFINITY;
	let best = { x: wish, dy: bottom + height / 2, cost };
	for (const { dy, height: high, cards } of rows) {
		// A card that is higher than the row's would reach into its neighbours.
		if (height > high) continue;
		const lefts = leftsFrom(cards);
		let right = Number.NEGATIVE_INFINITY;
		for (let i = 0; i <= cards.length; i++) {
			const least = right + gapX + width / 2;
			const most = (lefts[i] as number) - gapX - width / 2;
			const card = cards[i];
			if (card) right = Math.max(right, card.x + card.half);
			if (least > most) continue;
			const x = Math.max(least, Math.min(most, wish));
			const away = Math.abs(x - wish);
			if (away < best.cost) best = { x, dy, cost: away };
		}
	}
	return best;
}

/** The leftmost side of each card and all after it. */
function leftsFrom(cards: Row["cards"]): readonly number[] {
	const lefts = [Number.POSITIVE_INFINITY];
	for (const { x, half } of cards.toReversed()) lefts.push(Math.min(lefts.at(-1) as number, x - half));
	return lefts.reverse();
}

/** Cards that stand about as high are one row: people move them by hand. */
function takeSlot(
	rows: Row[],
	{
		x,
		dy,
		width,
		height,
	}: { readonly x: number; readonly dy: number; readonly width: number; readonly height: number },
): void {
	const card = { x, half: width / 2 };
	const reach = rows.filter((row) => Math.abs(row.dy - dy) < (row.height + height) / 2);
	if (!reach.some((row) => row.dy === dy)) {
		const cards = reach.flatMap((row) => row.cards);
		rows.push({ dy, height, cards: [...cards, card].sort((a, b) => a.x - b.x) });
	}
	for (const row of reach) {
		if (row.dy === dy) row.height = Math.max(row.height, height);
		const at = row.cards.findIndex((one) => one.x > x);
		row.cards.splice(at < 0 ? row.cards.length : at, 0, card);
	}
}

const round = (value: number) => Math.round(value * 10) / 10;
