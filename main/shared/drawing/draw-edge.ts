import type { DrawnItem } from "./drawing.ts";
import { type EdgePath, reachOf } from "./edge-path.ts";
import { edgeStroke, headLength, headWidth } from "./edge-stroke.ts";
import type { SceneEdge } from "./scene.ts";
import type { CurveShape, Shape } from "./shapes.ts";
import { formatNumber } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** An edge as curves and head; one that is highlighted is wider and more opaque, as on the canvas. */
export function drawEdge(
	edge: SceneEdge,
	path: EdgePath,
	theme: Theme,
	{ isHighlighted, fade }: { readonly isHighlighted: boolean; readonly fade: number },
): DrawnItem {
	const { colour, width, opacity, dash } = edgeStroke(edge, theme, isHighlighted ? 0 : fade);
	const lineWidth = round(width * (isHighlighted ? 1.5 : 1));
	const shade = round(isHighlighted ? Math.min(1, opacity * 1.8) : opacity);
	const half = headWidth / 2;
	const points = path.points.slice();
	const [x2, y2] = [points.at(-2) as number, points.at(-1) as number];
	points[points.length - 1] = y2 + headLength - 1.5;
	const shapes: Shape[] = [
		...listCurves(points).map(
			(curve): Shape => ({
				type: "curve",
				points: curve,
				stroke: colour,
				lineWidth,
				opacity: shade,
				...(dash.length > 0 && { dash }),
			}),
		),
		{
			type: "polygon",
			points: [x2, y2, x2 - half, y2 + headLength, x2 + half, y2 + headLength].map(round),
			fill: colour,
			opacity: shade,
		},
	];
	const { left, right, top, bottom } = reachOf({ ...path, points: [...path.points, ...points.slice(-2)] });
	const [from, to] = [Math.min(left, x2 - half), Math.max(right, x2 + half)];
	return {
		kind: "edge",
		x: 0,
		y: 0,
		shapes,
		box: { x: from - lineWidth, y: top, width: to - from + 2 * lineWidth, height: bottom - top },
		title: describe(edge),
	};
}

function listCurves(points: readonly number[]): readonly CurveShape["points"][] {
	return Array.from(
		{ length: (points.length - 2) / 6 },
		(_, i) => points.slice(6 * i, 6 * i + 8).map(round) as unknown as CurveShape["points"],
	);
}

function describe({ source, target, weight, raises, manual }: SceneEdge): string {
	const ends = `Edge ${nameOf(source)} → ${nameOf(target)}`;
	return manual ? `${ends} (drawn by hand)` : `${ends}: ${formatNumber(weight)} (${raises ? "raises" : "lowers"})`;
}

const nameOf = ({ node }: SceneEdge["source"]) => node.name ?? node.id;

const round = (number: number) => Math.round(number * 100) / 100;
