import { bendBetween, bottomOf, middleOf, type Route, topOf } from "./edge-path.ts";
import type { SceneNode } from "./scene.ts";

/** The nodes of one position of the prompt, where columns are made by token: from left to right of the scene. */
export interface SceneColumn {
	readonly position: number;
	readonly left: number;
	readonly right: number;
}

export function measureSceneColumns(nodes: readonly SceneNode[]): readonly SceneColumn[] {
	const columns = new Map<number, SceneColumn>();
	for (const { node, x, width } of nodes) {
		const { position } = node;
		const known = columns.get(position) ?? { position, left: x, right: x + width };
		columns.set(position, {
			position,
			left: Math.min(known.left, x),
			right: Math.max(known.right, x + width),
		});
	}
	return [...columns.values()].sort((a, b) => a.left - b.left);
}

/** From the outermost columns to the edges beside them. */
const outside = 26;

/** How high an edge turns beside its ends, how far edges of one gap stand apart, and how near to another lane it bends at once. */
const turn = 44;
const spread = 15;

/**
 * Edges among columns of tokens go round the cards: out of the row, up in the gap before the column of their target, and
 * into it. Those of one gap run side by side.
 */
export function routeAmong(columns: readonly SceneColumn[]): Route {
	const numbers = new Map(columns.map(({ position }, i) => [position, i]));
	// The middle of the gap before each column, and that behind the last.
	const gaps = columns.map(({ left }, i) => (i === 0 ? left - outside : ((columns[i - 1]?.right ?? left) + left) / 2));
	gaps.push((columns.at(-1)?.right ?? 0) + outside);
	return (source, target) => {
		const [x1, y1, x2, y2] = [middleOf(source), topOf(source), middleOf(target), bottomOf(target)];
		const to = numbers.get(target.node.position);
		if (to === undefined || y1 - y2 < 2.6 * turn) return bendBetween(source, target);
		const from = numbers.get(source.node.position) ?? to;
		const column = columns[to] as SceneColumn;
		const isFromLeft = from === to ? (x1 + x2) / 2 <= (column.left + column.right) / 2 : from < to;
		const x = (gaps[isFromLeft ? to : to + 1] as number) + spread * unitOf(x1 + 3 * x2 + 7 * y1 + 11 * y2);
		const [leave, arrive] = [y1 - turn, y2 + turn];
		const third = (leave - arrive) / 3;
		return [
			...[x1, y1, x1, y1 - 0.8 * turn, x, y1 - 0.2 * turn, x, leave],
			...[x, leave - third, x, arrive + third, x, arrive],
			...[x, y2 + 0.2 * turn, x2, y2 + 0.8 * turn, x2, y2],
		];
	};
}

/** From −1 to 1, the same for the same number. */
function unitOf(value: number): number {
	const some = Math.sin(value) * 1000;
	return 2 * (some - Math.floor(some)) - 1;
}
