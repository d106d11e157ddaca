import { type Box, overlaps } from "#shared/drawing/box";
import { edgeStroke, headLength, headWidth } from "#shared/drawing/edge-stroke";
import { type CardContent, drawCard, styleOf } from "#shared/drawing/feature-card";
import { drawBox, nodeNames } from "#shared/drawing/node-box";
import { drawMark } from "#shared/drawing/node-mark";
import {
	type EdgePath,
	edgePath,
	mostDrawn,
	type Scene,
	type SceneEdge,
	type SceneEdges,
	type SceneNode,
} from "#shared/drawing/scene";
import { moveShape, type Shape } from "#shared/drawing/shapes";
import { cellWidth, countCells, cutText } from "#shared/drawing/svg-text";
import type { Theme } from "#shared/drawing/theme";
import type { Camera } from "../document/view-store.ts";

export const monospace = '"JetBrains Mono Variable", "DejaVu Sans Mono", Menlo, Consolas, monospace';

export interface PaintOptions {
	readonly scene: Scene;
	readonly camera: Camera;
	/** Pixels of the target a unit of the page. */
	readonly density: number;
	/** Of the target, in units of the page. */
	readonly width: number;
	readonly height: number;
	readonly theme: Theme;
	contentOf(node: SceneNode): CardContent;
	/** Drawn elsewhere just now, as while it is dragged. */
	readonly without: ReadonlySet<string>;
}

/** Below the first, nodes are dots; below the second, boxes with ids; above, cards. */
export const dotsBelow = 0.28;
export const cardsFrom = 0.55;

/** Draws a scene in small steps: the caller decides after each whether there is time for the next. */
export function* paintScene(context: CanvasRenderingContext2D, options: PaintOptions): Generator<undefined, void> {
	const { scene, camera, density, width, height, theme, without } = options;
	const scale = camera.zoom * density;
	context.setTransform(density, 0, 0, density, 0, 0);
	context.fillStyle = theme.background;
	context.fillRect(0, 0, width, height);
	// A spacing of its own keeps letters of a token from melting into ligatures.
	context.letterSpacing = "0.001px";
	paintLanes(context, options);
	context.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale);
	yield;
	const visible: Box = { x: camera.x, y: camera.y, width: width / camera.zoom, height: height / camera.zoom };
	yield* paintEdges(context, scene.edges, visible, camera.zoom, theme, without);
	const nodes = scene.nodes.filter((node) => overlaps(node, visible) && !without.has(node.node.id));
	const far = camera.zoom < dotsBelow;
	let sinceYield = 0;
	for (const node of nodes) {
		if (far) paintDot(context, node, camera.zoom, theme);
		else paintNode(context, node, options.contentOf(node), camera.zoom, theme);
		if (++sinceYield >= (far ? 400 : 6)) {
			sinceYield = 0;
			yield;
		}
	}
	if (far) yield* paintFarLabels(context, nodes, options);
}

function paintLanes(context: CanvasRenderingContext2D, { scene, camera, width, theme }: PaintOptions): void {
	context.fillStyle = theme.lane;
	for (const { y, height } of scene.lanes) {
		const top = (y - 14 - camera.y) * camera.zoom;
		context.fillRect(0, top, width, (height + 28) * camera.zoom);
	}
}

const shades = 7;
/** Paths that are stroked in one piece between two looks at the clock. */
const together = 220;

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
	const buckets = Array.from({ length: 2 * shades }, (): number[] => []);
	for (const edge of yield* edges.within(visible, mostDrawn)) {
		if (isAway[measured.sources[edge] as number] || isAway[measured.targets[edge] as number]) continue;
		const weight = measured.weights[edge] as number;
		const share = Math.abs(weight) / edges.strongest;
		const shade = Math.min(shades - 1, Math.floor(Math.sqrt(share) * shades));
		buckets[2 * shade + (edges.raises(weight) ? 0 : 1)]?.push(edge);
	}
	for (const [key, bucket] of buckets.entries())
		for (let first = 0; first < bucket.length; first += together) {
			const some = bucket.slice(first, first + together);
			const size = some.reduce((sum, edge) => sum + Math.abs(measured.weights[edge] as number), 0) / some.length;
			const look = { manual: false, raises: key % 2 === 0, share: size / edges.strongest };
			strokePaths(
				context,
				some.map((edge) => edges.pathOf(edge)),
				look,
				zoom,
				theme,
			);
			yield;
		}
	const manual = edges.manual.filter(
		({ source, target }) => !without.has(source.node.id) && !without.has(target.node.id),
	);
	if (manual[0]) strokePaths(context, manual.map(edgePath), manual[0], zoom, theme);
	context.globalAlpha = 1;
	context.setLineDash([]);
}

/** Strokes edges of one sign and about one strength. */
export function strokePaths(
	context: CanvasRenderingContext2D,
	paths: readonly EdgePath[],
	look: Pick<SceneEdge, "manual" | "raises" | "share">,
	zoom: number,
	theme: Theme,
	emphasis = 1,
): void {
	const straight = zoom < 0.13;
	const path = new Path2D();
	for (const { x1, y1, x2, y2, c1, c2, sourceHeight, targetHeight } of paths) {
		if (zoom < dotsBelow) {
			// Far away cards are dots; edges reach them.
			const [from, to] = [y1 + sourceHeight / 2, y2 - targetHeight / 2];
			path.moveTo(x1, from - dotRadius(sourceHeight, zoom));
			const end = to + dotRadius(targetHeight, zoom);
			if (straight) path.lineTo(x2, end);
			else path.bezierCurveTo(x1, c1, x2, c2, x2, end);
			continue;
		}
		path.moveTo(x1, y1);
		path.bezierCurveTo(x1, c1, x2, c2, x2, y2 + headLength - 2);
	}
	const { colour, width: usual, opacity, dash } = edgeStroke(look, theme);
	context.strokeStyle = colour;
	context.globalAlpha = look.manual ? opacity : Math.min(1, opacity * emphasis);
	// Never thinner than can be seen, nor thicker than is needed when one is near.
	const width = usual * (emphasis > 1 ? 1.5 : 1);
	context.lineWidth = Math.max(0.7 / zoom, Math.min(width, 4 / zoom));
	// So far away a dash is shorter than a pixel.
	context.setLineDash(zoom < 0.3 ? [] : [...dash]);
	context.stroke(path);
	if (zoom < dotsBelow) return;
	const heads = new Path2D();
	for (const { x2, y2 } of paths) {
		heads.moveTo(x2, y2);
		heads.lineTo(x2 - headWidth / 2, y2 + headLength);
		heads.lineTo(x2 + headWidth / 2, y2 + headLength);
		heads.closePath();
	}
	context.fillStyle = colour;
	context.fill(heads);
}

/** In the world's units: never so small that it could not be seen. */
export function dotRadius(height: number, zoom: number): number {
	return Math.min(height / 2, Math.max(3.2 / zoom, 15));
}

/** Far away a node is a dot, its kind told by form as well as by colour. */
function paintDot(
	context: CanvasRenderingContext2D,
	{ node, x, y, width, height }: SceneNode,
	zoom: number,
	theme: Theme,
): void {
	const mark = drawMark(styleOf(node), dotRadius(height, zoom), theme);
	paintShapes(context, [moveShape(mark, x + width / 2, y + height / 2)]);
}

const labelSize = 10;
const mostLabels = 140;

/** Ids of the strongest nodes, as many as fit without covering one another. */
function* paintFarLabels(
	context: CanvasRenderingContext2D,
	nodes: readonly SceneNode[],
	{ camera, density, theme, contentOf }: PaintOptions,
): Generator<undefined, void> {
	const scale = camera.zoom;
	context.setTransform(density, 0, 0, density, 0, 0);
	context.textAlign = "center";
	context.fillStyle = theme.text;
	const taken: Box[] = [];
	const strongest = nodes.toSorted((a, b) => Math.abs(b.node.attribution) - Math.abs(a.node.attribution)).slice(0, 600);
	let painted = 0;
	for (const one of strongest) {
		if (painted >= mostLabels) return;
		const content = contentOf(one);
		const label = cutText(nodeNames(one.node, content)[0] ?? "", 22);
		const width = countCells(label) * labelSize * cellWidth + 4;
		const cx = (one.x + one.width / 2 - camera.x) * scale;
		const bottom = (one.y + one.height / 2 - camera.y) * scale + Math.max(5, 18 * scale) + labelSize;
		const box = { x: cx - width / 2, y: bottom - labelSize, width, height: labelSize + 2 };
		if (taken.some((other) => overlaps(other, box))) continue;
		// With room around it, so that dots and edges are still seen between labels.
		taken.push({ x: box.x - 12, y: box.y - 7, width: width + 24, height: box.height + 14 });
		context.strokeStyle = theme.background;
		context.lineWidth = 3;
		context.lineJoin = "round";
		context.font = `${slant(content)}${labelSize}px ${monospace}`;
		context.strokeText(label, cx, bottom);
		context.fillText(label, cx, bottom);
		if (++painted % 30 === 0) yield;
	}
}

/** Another's word is never mistaken for one's own. */
const slant = ({ labelIsPublished }: CardContent) => (labelIsPublished ? "italic " : "");

function paintNode(
	context: CanvasRenderingContext2D,
	node: SceneNode,
	content: CardContent,
	zoom: number,
	theme: Theme,
): void {
	context.save();
	context.translate(node.x, node.y);
	if (zoom >= cardsFrom) paintShapes(context, drawCard(node.node, content, theme, node));
	else paintShapes(context, drawBox(node.node, content, theme, node, leastLetter / zoom));
	context.restore();
}

/** In pixels: what is smaller cannot be read. */
const leastLetter = 6.5;

/** Drawings of `#shared/drawing` on a canvas: the same shapes that exports write as SVG. */
export function paintShapes(context: CanvasRenderingContext2D, shapes: readonly Shape[]): void {
	for (const shape of shapes) {
		if (shape.type === "rect") {
			const { x, y, width, height, radius = 0, fill, opacity = 1, stroke, lineWidth = 1, dash, dots } = shape;
			context.beginPath();
			if (radius > 0) context.roundRect(x, y, width, height, radius);
			else context.rect(x, y, width, height);
			if (fill !== undefined) {
				context.globalAlpha = opacity;
				context.fillStyle = fill;
				context.fill();
				context.globalAlpha = 1;
			}
			if (stroke !== undefined) {
				context.strokeStyle = stroke;
				context.lineWidth = lineWidth;
				context.lineCap = dots ? "round" : "butt";
				context.setLineDash(dash ? [...dash] : []);
				context.stroke();
				context.setLineDash([]);
			}
		} else if (shape.type === "text") {
			context.font = `${shape.italic ? "italic " : ""}${shape.bold ? "600 " : ""}${shape.size}px ${monospace}`;
			context.textAlign = shape.align === "middle" ? "center" : shape.align === "end" ? "right" : "left";
			context.direction = "ltr";
			context.fillStyle = shape.fill;
			context.fillText(shape.text, shape.x, shape.y);
		} else if (shape.type === "polygon") {
			context.fillStyle = shape.fill;
			context.globalAlpha = shape.opacity ?? 1;
			context.fill(tracePath(shape));
			context.globalAlpha = 1;
		} else {
			context.strokeStyle = shape.stroke;
			context.lineWidth = shape.lineWidth;
			context.globalAlpha = (shape.type === "curve" ? shape.opacity : undefined) ?? 1;
			context.setLineDash(shape.type === "line" ? [] : [...(shape.dash ?? [])]);
			context.stroke(tracePath(shape));
			context.setLineDash([]);
			context.globalAlpha = 1;
		}
	}
}

function tracePath(shape: Exclude<Shape, { readonly type: "rect" | "text" }>): Path2D {
	const path = new Path2D();
	if (shape.type === "line") {
		path.moveTo(shape.x1, shape.y1);
		path.lineTo(shape.x2, shape.y2);
		return path;
	}
	const { points } = shape;
	const at = (i: number) => points[i] ?? 0;
	if (shape.type === "curve") {
		path.moveTo(at(0), at(1));
		path.bezierCurveTo(at(2), at(3), at(4), at(5), at(6), at(7));
		return path;
	}
	for (let i = 0; i + 1 < points.length; i += 2) {
		const begins = shape.type === "polygon" ? i === 0 : i % 4 === 0;
		if (begins) path.moveTo(at(i), at(i + 1));
		else path.lineTo(at(i), at(i + 1));
	}
	if (shape.type === "polygon") path.closePath();
	return path;
}
