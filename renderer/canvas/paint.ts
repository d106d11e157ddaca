import { type Box, overlaps } from "#shared/drawing/box";
import { type CardContent, styleOf } from "#shared/drawing/feature-card";
import { drawMark } from "#shared/drawing/node-mark";
import type { Scene, SceneNode } from "#shared/drawing/scene";
import { drawScreenCard } from "#shared/drawing/screen-card";
import { moveShape } from "#shared/drawing/shapes";
import { themeOfSide } from "#shared/drawing/side-theme";
import type { Theme } from "#shared/drawing/theme";
import type { Camera } from "../document/view-store.ts";
import { dotRadius, errorRadius, isMarked, letterScale } from "./marks.ts";
import { paintEdges } from "./paint-edges.ts";
import { paintNames } from "./paint-names.ts";
import { paintShapes } from "./paint-shapes.ts";

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

/** From here on letters grow with what they stand on. */
const growFrom = 1.25;

/** Draws a scene in small steps: the caller decides after each whether there is time for the next. */
export function* paintScene(context: CanvasRenderingContext2D, options: PaintOptions): Generator<undefined, void> {
	const { scene, camera, density, width, height, theme, without } = options;
	const scale = camera.zoom * density;
	context.setTransform(density, 0, 0, density, 0, 0);
	context.fillStyle = theme.background;
	context.fillRect(0, 0, width, height);
	// A spacing of its own keeps letters of a token from melting into ligatures.
	context.letterSpacing = "0.001px";
	// Letters as wide as they are measured, whatever the scale.
	context.textRendering = "geometricPrecision";
	paintLanes(context, options);
	context.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale);
	yield;
	const visible: Box = { x: camera.x, y: camera.y, width: width / camera.zoom, height: height / camera.zoom };
	yield* paintEdges(context, scene.edges, visible, camera.zoom, theme, without);
	const nodes = scene.nodes.filter((node) => overlaps(node, visible) && !without.has(node.node.id));
	const [marks, cards] = [[] as SceneNode[], [] as SceneNode[]];
	for (const node of nodes) (isMarked(node.height, camera.zoom) ? marks : cards).push(node);
	let sinceYield = 0;
	const isDue = (most: number) => ++sinceYield % most === 0;
	for (const mark of poolErrors(marks, camera.zoom)) {
		paintMark(context, mark, camera.zoom, theme);
		if (isDue(400)) yield;
	}
	for (const node of cards) {
		paintCard(context, node, options.contentOf(node), camera, density, theme);
		if (isDue(6)) yield;
	}
	if (marks.length > 0) yield* paintNames(context, marks, cards, options);
}

function paintLanes(
	context: CanvasRenderingContext2D,
	{ scene, camera, width, height: viewHeight, theme }: PaintOptions,
): void {
	context.fillStyle = theme.lane;
	for (const { y, height } of scene.lanes) {
		const top = (y - 14 - camera.y) * camera.zoom;
		context.fillRect(0, top, width, (height + 28) * camera.zoom);
	}
	context.fillStyle = theme.line;
	for (const [i, { left }] of scene.columns.entries()) {
		const before = scene.columns[i - 1];
		if (before) context.fillRect(Math.round(((before.right + left) / 2 - camera.x) * camera.zoom), 0, 1, viewHeight);
	}
}

/** A node too small for a card, or errors that would lie over one another. */
export interface Mark {
	readonly node: SceneNode;
	readonly x: number;
	readonly y: number;
	readonly count: number;
}

/** Errors of a lane nearer to one another than this are one mark, in pixels. */
const poolWithin = 9;

function poolErrors(nodes: readonly SceneNode[], zoom: number): readonly Mark[] {
	const alone = (node: SceneNode): Mark => ({
		node,
		x: node.x + node.width / 2,
		y: node.y + node.height / 2,
		count: 1,
	});
	const marks: Mark[] = [];
	const errors = nodes.filter(({ node }) => node.kind === "error").sort((a, b) => a.y - b.y || a.x - b.x);
	for (const one of errors.map(alone)) {
		const last = marks.at(-1);
		const isNear = last && last.y === one.y && one.x - last.x < poolWithin / zoom;
		if (!isNear) marks.push(one);
		else
			marks[marks.length - 1] = {
				...last,
				x: (last.x * last.count + one.x) / (last.count + 1),
				count: last.count + 1,
			};
	}
	return [...marks, ...nodes.filter(({ node }) => node.kind !== "error").map(alone)];
}

/** Its kind told by form as well as by colour. */
export function paintMark(
	context: CanvasRenderingContext2D,
	{ node, x, y, count }: Mark,
	zoom: number,
	theme: Theme,
): void {
	const radius = node.node.kind === "error" ? (errorRadius + Math.log2(count)) / zoom : dotRadius(node.height, zoom);
	const { side } = node.node;
	paintShapes(context, [moveShape(drawMark(side ?? styleOf(node.node), radius, theme), x, y)]);
}

/** A node that is near enough to be read, on whole pixels, so that its letters are sharp. */
export function paintCard(
	context: CanvasRenderingContext2D,
	node: SceneNode,
	content: CardContent,
	{ x, y, zoom }: Camera,
	density: number,
	theme: Theme,
): void {
	const growth = Math.max(1, zoom / growFrom, letterScale());
	const pixel = (length: number) => Math.round(length * zoom * density);
	const size = { width: (node.width * zoom) / growth, height: (node.height * zoom) / growth };
	context.save();
	const scale = density * growth;
	context.setTransform(scale, 0, 0, scale, pixel(node.x - x), pixel(node.y - y));
	const { side } = node.node;
	paintShapes(context, drawScreenCard(node.node, content, themeOfSide(theme, side), size));
	// Who has it is told by form too, on the card's side.
	if (side !== undefined && side !== "both")
		paintShapes(context, [moveShape(drawMark(side, 6, theme), side === "left" ? 0 : size.width, size.height / 2)]);
	context.restore();
}
