import type { Size } from "./box.ts";

export const gapX = 18;
export const gapRow = 26;
export const gapLane = 54;
/** Width to height of the whole, where lanes have enough nodes for it: a window between its panels. */
export const proportion = 1.35;
/** In cards: what has fewer in a lane is not wrapped. */
const shortestRow = 8;

/** Cards side by side, as one row. */
export function measureRow(cards: readonly Size[]): Size {
	let [width, height] = [-gapX, 0];
	for (const card of cards) {
		width += card.width + gapX;
		height = Math.max(height, card.height);
	}
	return { width, height };
}

/** In how many rows of that length a lane stands that would be so wide in one. */
export const countRows = (width: number, length: number) => Math.max(1, Math.ceil(width / (length + 0.5)));

/**
 * The length of rows at which the whole comes nearest to the wished proportion: longer rows make it wider and lower.
 * `lanes` are measured as one row each; `widest` is the width of the widest card.
 */
export function chooseLength(lanes: readonly Size[], widest: number): number {
	let best = { length: 0, cost: Number.POSITIVE_INFINITY };
	for (const length of listLengths(lanes, shortestRow * widest)) {
		let [across, down] = [0, -gapLane];
		for (const { width, height } of lanes) {
			const rows = countRows(width, length);
			across = Math.max(across, width / rows);
			down += rows * height + (rows - 1) * gapRow + gapLane;
		}
		const cost = Math.abs(Math.log(across / down / proportion));
		if (cost < best.cost) best = { length, cost };
	}
	return best.length;
}

/** Those at which some lane needs a row less. */
function listLengths(lanes: readonly Size[], least: number): readonly number[] {
	const lengths = new Set([Math.max(0, ...lanes.map(({ width }) => width))]);
	for (const { width } of lanes) for (let rows = 1; width / rows >= least; rows++) lengths.add(width / rows);
	return [...lengths].sort((a, b) => b - a);
}
