import type { DrawnItem } from "./drawing.ts";
import { edgeStroke, headLength, headWidth } from "./edge-stroke.ts";
import { edgePath, type SceneEdge } from "./scene.ts";
import type { Shape } from "./shapes.ts";
import { formatNumber } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** An edge as curve and head; one that is highlighted is wider and more opaque, as on the canvas. */
export function drawEdge(edge: SceneEdge, theme: Theme, isHighlighted: boolean): DrawnItem {
	const { x1, y1, x2, y2, c1, c2 } = edgePath(edge);
	const { colour, width, opacity, dash } = edgeStroke(edge, theme);
	const lineWidth = round(width * (isHighlighted ? 1.5 : 1));
	const shade = round(isHighlighted ? Math.min(1, opacity * 1.8) : opacity);
	const half = headWidth / 2;
	const end = y2 + headLength - 1.5;
	const shapes: Shape[] = [
		{
			type: "curve",
			points: [round(x1), round(y1), round(x1), round(c1), round(x2), round(c2), round(x2), round(end)],
			stroke: colour,
			lineWidth,
			opacity: shade,
			...(dash.length > 0 && { dash }),
		},
		{
			type: "polygon",
			points: [x2, y2, x2 - half, y2 + headLength, x2 + half, y2 + headLength].map(round),
			fill: colour,
			opacity: shade,
		},
	];
	const [top, bottom] = [Math.min(y1, y2, c1, c2), Math.max(y1, end, c1, c2)];
	const [left, right] = [Math.min(x1, x2 - half), Math.max(x1, x2 + half)];
	return {
		kind: "edge",
		x: 0,
		y: 0,
		shapes,
		box: { x: left - lineWidth, y: top, width: right - left + 2 * lineWidth, height: bottom - top },
		title: describe(edge),
	};
}

function describe({ source, target, weight, raises, manual }: SceneEdge): string {
	const ends = `Edge ${nameOf(source)} → ${nameOf(target)}`;
	return manual ? `${ends} (drawn by hand)` : `${ends}: ${formatNumber(weight)} (${raises ? "raises" : "lowers"})`;
}

const nameOf = ({ node }: SceneEdge["source"]) => node.name ?? node.id;

const round = (number: number) => Math.round(number * 100) / 100;
