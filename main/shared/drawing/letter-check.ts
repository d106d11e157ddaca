import type { Drawing } from "./drawing.ts";

/** The size of a drawing's smallest letters that belong to cards, in its own units. */
export function findSmallestLetter({ items }: Drawing): number {
	let least = Number.POSITIVE_INFINITY;
	for (const { kind, shapes, scale = 1 } of items)
		if (kind === "node")
			for (const shape of shapes) if (shape.type === "text") least = Math.min(least, shape.size * scale);
	return Number.isFinite(least) ? least : 0;
}

/**
 * What to do where letters would be printed smaller than can be read; undefined where they would not. `scale` is in
 * points a unit.
 */
export function checkLetters(
	drawing: Drawing,
	scale: number,
	leastPoints: number,
	isCompact = false,
): string | undefined {
	const printed = findSmallestLetter(drawing) * scale;
	if (printed === 0 || printed >= leastPoints - 0.005) return undefined;
	const factor = printed / leastPoints;
	const fits = drawing.width * factor;
	const rows = findWidestRows(drawing);
	const [widest] = rows;
	const room = widest ? Math.max(1, Math.floor(widest.count * factor)) : 0;
	const hide = widest
		? ` Hide all but about ${room} of the ${widest.count} cards that stand side by side in ${widest.lane}${rows.length > 1 ? ` (and as many in ${rows.length - 1} more rows)` : ""}${isCompact ? "" : ", draw compact cards"}, or print it ${(1 / factor).toFixed(1)} times as wide.`
		: ` Print it ${(1 / factor).toFixed(1)} times as wide.`;
	return `At this size the smallest letters are ${printed.toFixed(1)} points high, and ${leastPoints} are wanted: ${Math.round(drawing.width)} units are drawn where ${Math.round(fits)} fit.${hide}`;
}

/** Rows of cards that are nearly as long as the longest, the longest first. */
function findWidestRows({ items }: Drawing): readonly { readonly lane: string; readonly count: number }[] {
	const lanes = items.filter(({ kind }) => kind === "lane");
	const rows = new Map<string, { lane: string; count: number; left: number; right: number }>();
	for (const { kind, box } of items) {
		if (kind !== "node") continue;
		const middle = box.y + box.height / 2;
		const lane = lanes.find(({ box: band }) => middle >= band.y && middle <= band.y + band.height);
		const text = lane?.shapes.find((shape) => shape.type === "text");
		const name = text?.type === "text" ? text.text : "one row";
		const key = `${name} ${Math.round(middle / 20)}`;
		const row = rows.get(key) ?? { lane: name, count: 0, left: box.x, right: box.x };
		row.count++;
		row.left = Math.min(row.left, box.x);
		row.right = Math.max(row.right, box.x + box.width);
		rows.set(key, row);
	}
	const sorted = [...rows.values()].sort((a, b) => b.right - b.left - (a.right - a.left));
	const longest = sorted[0] ? sorted[0].right - sorted[0].left : 0;
	return sorted.filter(({ left, right }) => right - left > longest * 0.8);
}
