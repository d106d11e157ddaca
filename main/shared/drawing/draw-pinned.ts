import type { ViewNode } from "../circuit-view.ts";
import { edgeEffect } from "../effect.ts";
import { cutName, type NodeName } from "../naming.ts";
import type { PinnedGraph } from "../pinned.ts";
import type { Box, Size } from "./box.ts";
import { edgeStroke } from "./edge-stroke.ts";
import { styleOf } from "./feature-card.ts";
import { laneOfView } from "./laid-node.ts";
import { drawMark } from "./node-mark.ts";
import { moveShape, type Shape, text } from "./shapes.ts";
import { cellWidth, countCells } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** A node of a small drawing: its mark's middle, and the box of mark and name. */
export interface PinnedPlace {
	readonly node: ViewNode;
	readonly x: number;
	readonly y: number;
	readonly box: Box;
	/** What there is room for. */
	readonly name: string;
}

const letter = 11;
const radius = 4.5;
const side = 10;
const mostEdges = 80;

/** Rows from tokens below to logits above, each spread over the width; names where at least a few letters have room. */
export function placePinned(
	{ nodes }: Pick<PinnedGraph, "nodes">,
	{ width, height }: Size,
	nameOf: (node: ViewNode) => NodeName,
): readonly PinnedPlace[] {
	const rows = [...Map.groupBy(nodes, (node) => laneOfView(node).rank)].sort(([a], [b]) => b - a);
	const gap = (height - 2 * side) / Math.max(1, rows.length - 1);
	return rows.flatMap(([, row], i) => {
		const y = rows.length === 1 ? height / 2 : side + i * gap;
		const slot = width / row.length;
		const cells = Math.floor((slot - 4 * radius - 8) / (letter * cellWidth));
		return row
			.toSorted((a, b) => a.position - b.position)
			.map((node, j): PinnedPlace => {
				const name = cells >= 3 && gap >= letter ? cutName(nameOf(node), Math.min(cells, 26)) : "";
				const length = countCells(name) * letter * cellWidth;
				const whole = 2 * radius + (name === "" ? 0 : 6 + length);
				// Nodes alone in their rows stand beside one another's edges, not upon them.
				const sway =
					row.length > 1 ? 0 : ((i % 3) - 1) * Math.max(0, Math.min(90, 0.16 * width, (slot - whole) / 2 - side));
				const x = slot * (j + 0.5) - whole / 2 + radius + sway;
				return { node, x, y, name, box: { x: x - radius - 2, y: y - 9, width: whole + 4, height: 18 } };
			});
	});
}

/** Edges by strength and sign, marks by kind, and names. */
export function drawPinned(
	{ edges }: Pick<PinnedGraph, "edges">,
	places: readonly PinnedPlace[],
	metricName: string,
	theme: Theme,
): readonly Shape[] {
	const byId = new Map(places.map((place) => [place.node.id, place]));
	const strongest = Math.max(Math.abs(edges.weights[0] ?? 0), Number.MIN_VALUE);
	return [
		...edges.first(mostEdges).flatMap(({ source, target, weight }): Shape[] => {
			const [from, to] = [byId.get(source), byId.get(target)];
			if (!from || !to) return [];
			const share = Math.abs(weight) / strongest;
			const look = { manual: false, raises: edgeEffect({ metricName }, weight) > 0, share };
			const { colour, width, opacity, dash } = edgeStroke(look, theme);
			const bend = (from.y - to.y) / 2;
			return [
				{
					type: "curve",
					points: [from.x, from.y - radius, from.x, from.y - bend, to.x, to.y + bend, to.x, to.y + radius],
					stroke: colour,
					lineWidth: Math.max(0.8, width * 0.8),
					opacity: Math.max(0.3, opacity),
					dash: dash.map((length) => length * 0.6),
				},
			];
		}),
		...places.flatMap(({ node, x, y, name }): Shape[] => [
			moveShape(drawMark(styleOf(node), radius, theme), x, y),
			...(name === "" ? [] : outlined(x + radius + 6, y + letter * 0.36, name, theme)),
		]),
	];
}

/** Letters on a ground of their own: edges pass behind them. */
function outlined(x: number, y: number, name: string, theme: Theme): readonly Shape[] {
	const width = countCells(name) * letter * cellWidth;
	return [
		{
			type: "rect",
			x: x - 2,
			y: y - letter + 1,
			width: width + 4,
			height: letter + 3,
			fill: theme.background,
			opacity: 0.82,
		},
		text(x, y, name, theme.text, { size: letter }),
	];
}
