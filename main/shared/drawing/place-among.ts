import type { CircuitEdge } from "../circuit.ts";
import type { Place } from "../document.ts";
import { gapRow, gapX } from "./circuit-layout.ts";
import { measureFullCard } from "./feature-card.ts";
import { type LaidNode, laneOfView } from "./laid-node.ts";

/** A row of a lane, from left to right. */
interface Row {
	readonly dy: number;
	/** Of its highest card. */
	height: number;
	readonly cards: { readonly x: number; readonly half: number }[];
}

/** Each new node in the free slot of its lane that is nearest to its neighbours; nothing that stands moves. */
export function placeAmong(
	stands: readonly LaidNode[],
	missing: readonly LaidNode[],
	edges: readonly CircuitEdge[],
	places: ReadonlyMap<string, Place>,
): readonly Place[] {
	const lanes = new Map<number, Row[]>();
	for (const node of stands) {
		const place = places.get(node.id) as Place;
		takeSlot(rowsOf(lanes, node), { x: place.x, dy: place.dy, ...measureFullCard(node) });
	}
	const xs = new Map(stands.map(({ id }) => [id, places.get(id)?.x ?? 0]));
	const middle = [...xs.values()].reduce((sum, x) => sum + x, 0) / Math.max(1, xs.size);
	const wishOf = findWishes(edges, xs, middle);
	return missing
		.toSorted((a, b) => (a.id < b.id ? -1 : 1))
		.map((node) => {
			const rows = rowsOf(lanes, node);
			const size = measureFullCard(node);
			const slot = findSlot(rows, wishOf(node.id), size.width, size.height);
			takeSlot(rows, { ...slot, ...size });
			xs.set(node.id, slot.x);
			return { id: node.id, x: round(slot.x), dy: round(slot.dy) };
		});
}

function rowsOf(lanes: Map<number, Row[]>, node: LaidNode): Row[] {
	const { rank } = laneOfView(node);
	const rows = lanes.get(rank) ?? [];
	lanes.set(rank, rows);
	return rows;
}

/** The mean of what stands among a node's neighbours, weighed by their edges. */
function findWishes(edges: readonly CircuitEdge[], xs: ReadonlyMap<string, number>, middle: number) {
	const neighbours = new Map<string, { readonly id: string; readonly weight: number }[]>();
	const join = (from: string, id: string, weight: number) => {
		const known = neighbours.get(from);
		if (known) known.push({ id, weight });
		else neighbours.set(from, [{ id, weight }]);
	};
	for (const { source, target, weight } of edges) {
		join(source, target, Math.abs(weight));
		join(target, source, Math.abs(weight));
	}
	return (id: string): number => {
		let [sum, total] = [0, 0];
		for (const { id: other, weight } of neighbours.get(id) ?? []) {
			const x = xs.get(other);
			if (x === undefined) continue;
			sum += x * weight;
			total += weight;
		}
		return total > 0 ? sum / total : middle;
	};
}

/** The nearest gap in any row of a lane, or the beginning of a new row below where all gaps are far away. */
function findSlot(
	rows: readonly Row[],
	wish: number,
	width: number,
	height: number,
): { readonly x: number; readonly dy: number } {
	const bottom = rows.reduce((most, { dy, height: high }) => Math.max(most, dy + high / 2 + gapRow), 0);
	let best = { x: wish, dy: bottom + height / 2, cost: rows.length === 0 ? 0 : 1.5 * width };
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
			const cost = Math.abs(x - wish);
			if (cost < best.cost) best = { x, dy, cost };
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
