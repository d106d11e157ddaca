import type { Box } from "#shared/drawing/box";
import type { EdgePath } from "#shared/drawing/edge-path";
import { type EdgeLook, edgeStroke, fadeOf, headLength, headWidth } from "#shared/drawing/edge-stroke";
import { mostDrawn, type SceneEdges } from "#shared/drawing/scene";
import type { Theme } from "#shared/drawing/theme";
import { dotRadius, dotsBelow, isMarked } from "./marks.ts";

const shades = 7;
/** Paths that are stroked in one piece between two looks at the clock: dashes take longer. */
const together = { solid: 120, dashed: 70 } as const;

/** Outside comparisons there is no side. */
const sides = [undefined, "both", "left", "right"] as const;

/** Edges of one sign and strength share a path: a stroke each would be a hundred times as slow. */
export function* paintEdges(
	context: CanvasRenderingContext2D,
	edges: SceneEdges,
	visible: Box,
	zoom: number,
	theme: Theme,
	without: ReadonlySet<string>,
): Generator<undefined, void> {
	const { measured, nodes } = edges;
	const isAway = nodes.map((node) => node !== undefined && without.has(node.node.id));
	const buckets = Array.from({ length: 2 * shades * sides.length }, (): number[] => []);
	for (const edge of yield* edges.within(visible, mostDrawn)) {
		if (isAway[measured.sources[edge] as number] || isAway[measured.targets[edge] as number]) continue;
		const weight = measured.weights[edge] as number;
		const share = Math.abs(weight) / edges.strongest;
		const shade = Math.min(shades - 1, Math.floor(Math.sqrt(share) * shades));
		const side = sides.indexOf(edges.sideOf(edge));
		buckets[2 * (shade * sides.length + side) + (edges.raises(weight) ? 0 : 1)]?.push(edge);
	}
	const fade = fadeOf(buckets.reduce((sum, { length }) => sum + length, 0));
	for (const [key, bucket] of buckets.entries()) {
		const each = key % 2 === 0 ? together.solid : together.dashed;
		for (let first = 0; first < bucket.length; first += each) {
			const some = bucket.slice(first, first + each);
			const size = some.reduce((sum, edge) => sum + Math.abs(measured.weights[edge] as number), 0) / some.length;
			const side = sides[(key >> 1) % sides.length];
			const look = { manual: false, raises: key % 2 === 0, share: size / edges.strongest, ...(side && { side }) };
			const paths = some.map((edge) => edges.pathOf(edge));
			strokePaths(context, paths, look, { zoom, theme, fade });
			yield;
		}
	}
	const manual = edges.manual.filter(
		({ source, target }) => !without.has(source.node.id) && !without.has(target.node.id),
	);
	const paths = manual.map((edge) => edges.pathBetween(edge));
	if (manual[0]) strokePaths(context, paths, manual[0], { zoom, theme });
	context.globalAlpha = 1;
	context.setLineDash([]);
}

export interface StrokeLook {
	readonly zoom: number;
	readonly theme: Theme;
	/** As `fadeOf` says. */
	readonly fade?: number;
	/** Of what is pointed at or chosen. */
	readonly emphasis?: number;
}

/** Strokes edges of one sign and about one strength. */
export function strokePaths(
	context: CanvasRenderingContext2D,
	paths: readonly EdgePath[],
	look: EdgeLook,
	{ zoom, theme, fade = 0, emphasis = 1 }: StrokeLook,
): void {
	const path = new Path2D();
	const heads = new Path2D();
	let withHeads = false;
	for (const { points, sourceHeight, targetHeight } of paths) {
		const at = (i: number) => points[i] as number;
		const last = points.length - 2;
		// What is only a mark stands in the middle of its card's room.
		const [fromMark, toMark] = [isMarked(sourceHeight, zoom), isMarked(targetHeight, zoom)];
		path.moveTo(at(0), fromMark ? at(1) + sourceHeight / 2 - dotRadius(sourceHeight, zoom) : at(1));
		const end = toMark
			? at(last + 1) - targetHeight / 2 + dotRadius(targetHeight, zoom)
			: at(last + 1) + headLength - 2;
		for (let i = 2; i < points.length; i += 6)
			path.bezierCurveTo(at(i), at(i + 1), at(i + 2), at(i + 3), at(i + 4), i + 4 === last ? end : at(i + 5));
		if (toMark) continue;
		withHeads = true;
		heads.moveTo(at(last), at(last + 1));
		heads.lineTo(at(last) - headWidth / 2, at(last + 1) + headLength);
		heads.lineTo(at(last) + headWidth / 2, at(last + 1) + headLength);
		heads.closePath();
	}
	const { colour, width: usual, opacity, dash } = edgeStroke(look, theme, fade);
	context.strokeStyle = colour;
	context.globalAlpha = look.manual ? opacity : Math.min(1, opacity * emphasis);
	// Never thinner than can be seen, nor thicker than is needed when one is near.
	const width = usual * (emphasis > 1 ? 1.5 : 1);
	context.lineWidth = Math.max(0.7 / zoom, Math.min(width, 4 / zoom));
	// A dash has one length on the screen from far away on, so that it is seen as one; a longer one is drawn faster.
	const dashScale = zoom < dotsBelow ? 1.6 : 0.9;
	context.setLineDash(dash.map((length) => Math.max(length, (length * dashScale) / zoom)));
	context.stroke(path);
	if (!withHeads) return;
	context.fillStyle = colour;
	context.fill(heads);
}
