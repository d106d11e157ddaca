import { middleOf, topOf } from "#shared/drawing/edge-path";
import type { Scene, SceneEdge, SceneEdges, SceneNode } from "#shared/drawing/scene";
import type { Camera } from "../document/view-store.ts";
import type { Picture } from "./canvas-renderer.ts";
import { paintColumnNames } from "./column-names.ts";
import { dotRadius, isMarked, letterScale } from "./marks.ts";
import { paintCard } from "./paint.ts";
import { strokePaths } from "./paint-edges.ts";
import { type PathStop, paintPath } from "./path-overlay.ts";

/** What lies over the picture and changes with every move of the pointer. */
export interface Overlay {
	readonly selection: ReadonlySet<string>;
	readonly hover: string | undefined;
	/** Key of the chosen or hovered edge. */
	readonly edge: string | undefined;
	/** Seen nodes along a path that is shown before everything else. */
	readonly path: readonly PathStop[];
	/** Nodes on their way, by how far. */
	readonly drag: { readonly ids: ReadonlySet<string>; readonly dx: number; readonly dy: number } | undefined;
	/** In the window's units. */
	readonly lasso: readonly (readonly [number, number])[] | undefined;
	/** An edge that is being drawn: from a node to a point of the world. */
	readonly link: { readonly from: string; readonly x: number; readonly y: number } | undefined;
}

export interface Frame {
	readonly picture: Picture;
	readonly camera: Camera;
	readonly density: number;
	readonly width: number;
	readonly height: number;
	/** Draws the nodes of the finished picture once more, over what has been drawn since. */
	restoreNodes(context: CanvasRenderingContext2D): void;
}

const mostHighlighted = 400;

export function paintOverlay(context: CanvasRenderingContext2D, overlay: Overlay, frame: Frame): void {
	const { picture, camera, density } = frame;
	const { scene, theme } = picture;
	const scale = camera.zoom * density;
	if (overlay.path.length > 0) paintPath(context, overlay.path, frame);
	context.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale);
	if (paintHighlightedEdges(context, overlay, scene, frame)) frame.restoreNodes(context);
	context.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale);
	if (overlay.drag) paintDragged(context, overlay.drag, frame);
	context.setLineDash([]);
	context.globalAlpha = 1;
	for (const id of overlay.selection)
		outline(context, moved(scene.byId.get(id), overlay), theme.raise, 2.4, camera.zoom);
	if (overlay.hover !== undefined && !overlay.selection.has(overlay.hover))
		outline(context, moved(scene.byId.get(overlay.hover), overlay), theme.quiet, 1.6, camera.zoom);
	if (overlay.link) paintLink(context, overlay.link, scene, frame);
	context.setTransform(density, 0, 0, density, 0, 0);
	paintColumnNames(context, frame, gutterWidth());
	paintLaneNames(context, frame);
	if (overlay.lasso) paintLasso(context, overlay.lasso, theme.raise);
}

function moved(node: SceneNode | undefined, { drag }: Overlay): SceneNode | undefined {
	if (!node || !drag?.ids.has(node.node.id)) return node;
	return { ...node, x: node.x + drag.dx, y: node.y + drag.dy };
}

function outline(
	context: CanvasRenderingContext2D,
	node: SceneNode | undefined,
	colour: string,
	width: number,
	zoom: number,
): void {
	if (!node) return;
	const gap = 3 / zoom;
	context.strokeStyle = colour;
	context.lineWidth = width / zoom;
	context.beginPath();
	if (isMarked(node.height, zoom)) {
		const radius = 1.5 * dotRadius(node.height, zoom) + gap;
		context.arc(node.x + node.width / 2, node.y + node.height / 2, radius, 0, 2 * Math.PI);
	} else context.roundRect(node.x - gap, node.y - gap, node.width + 2 * gap, node.height + 2 * gap, 6 / zoom);
	context.stroke();
}

/** Edges of what is selected or pointed at, in full strength; whether there are any. */
function paintHighlightedEdges(
	context: CanvasRenderingContext2D,
	overlay: Overlay,
	scene: Scene,
	{ camera, picture }: Frame,
): boolean {
	if (overlay.drag || overlay.path.length > 0) return false;
	const { selection, hover, edge: chosen } = overlay;
	if (selection.size === 0 && hover === undefined && chosen === undefined) return false;
	const chosenEdge = chosen === undefined ? undefined : scene.edges.withKey(chosen);
	const look = { zoom: camera.zoom, theme: picture.theme };
	const touched = hover === undefined ? selection : new Set([...selection, hover]);
	for (const edge of touchingOf(scene.edges, touched))
		if (edge.key !== chosen) strokePaths(context, [scene.edges.pathBetween(edge)], edge, { ...look, emphasis: 1.8 });
	if (chosenEdge) strokePaths(context, [scene.edges.pathBetween(chosenEdge)], chosenEdge, { ...look, emphasis: 4 });
	return true;
}

let lastTouching:
	| { readonly of: SceneEdges; readonly ids: readonly string[]; readonly edges: readonly SceneEdge[] }
	| undefined;

/** The strongest edges of these nodes: found once for many frames. */
function touchingOf(edges: SceneEdges, ids: ReadonlySet<string>): readonly SceneEdge[] {
	const isLast =
		lastTouching?.of === edges && lastTouching.ids.length === ids.size && lastTouching.ids.every((id) => ids.has(id));
	if (!isLast) lastTouching = { of: edges, ids: [...ids], edges: findTouching(edges, ids) };
	return lastTouching?.edges ?? [];
}

function findTouching(edges: SceneEdges, ids: ReadonlySet<string>): readonly SceneEdge[] {
	const found = edges.manual.filter(({ source, target }) => ids.has(source.node.id) || ids.has(target.node.id));
	const { sources, targets, ids: all } = edges.measured;
	const isOne = all.map((id) => ids.has(id));
	for (let edge = 0; edge < sources.length && found.length < mostHighlighted; edge++)
		if (isOne[sources[edge] as number] || isOne[targets[edge] as number])
			found.push(edges.at(edges.manual.length + edge) as SceneEdge);
	return found;
}

function paintDragged(
	context: CanvasRenderingContext2D,
	drag: NonNullable<Overlay["drag"]>,
	{ picture, camera, density }: Frame,
): void {
	const { scene, theme, contentOf } = picture;
	const shift = (node: SceneNode): SceneNode =>
		drag.ids.has(node.node.id) ? { ...node, x: node.x + drag.dx, y: node.y + drag.dy } : node;
	for (const edge of touchingOf(scene.edges, drag.ids)) {
		const path = scene.edges.pathBetween({ source: shift(edge.source), target: shift(edge.target) });
		strokePaths(context, [path], edge, { zoom: camera.zoom, theme });
	}
	context.setLineDash([]);
	context.globalAlpha = 1;
	for (const id of drag.ids) {
		const node = scene.byId.get(id);
		if (!node) continue;
		paintCard(context, shift(node), contentOf(node), camera, density, theme);
	}
}

function paintLink(
	context: CanvasRenderingContext2D,
	link: NonNullable<Overlay["link"]>,
	scene: Scene,
	{ camera, picture }: Frame,
): void {
	const from = scene.byId.get(link.from);
	if (!from) return;
	context.strokeStyle = picture.theme.raise;
	context.lineWidth = 2 / camera.zoom;
	context.setLineDash([4 / camera.zoom, 4 / camera.zoom]);
	context.beginPath();
	context.moveTo(middleOf(from), topOf(from));
	context.lineTo(link.x, link.y);
	context.stroke();
	context.setLineDash([]);
}

/** Where lanes are named: a strip at the window's side, which the fit leaves free. */
export const gutterWidth = () => 78 * letterScale();

function paintLaneNames(context: CanvasRenderingContext2D, { picture, camera, height }: Frame): void {
	const { scene, theme } = picture;
	if (scene.lanes.length === 0) return;
	const gutter = gutterWidth();
	context.fillStyle = theme.background;
	context.fillRect(0, 0, gutter, height);
	context.fillStyle = theme.line;
	context.fillRect(gutter, 0, 1, height);
	context.font = `600 ${11 * letterScale()}px "Inter Variable", sans-serif`;
	context.textAlign = "left";
	let free = Number.NEGATIVE_INFINITY;
	for (const lane of scene.lanes) {
		const [top, bottom] = [
			(lane.y - 14 - camera.y) * camera.zoom,
			(lane.y + lane.height + 14 - camera.y) * camera.zoom,
		];
		if (bottom < 0 || top > height) continue;
		context.fillStyle = theme.lane;
		context.fillRect(0, top, gutter, bottom - top);
		// A lane that fills the window is named in what is seen of it.
		const middle = (Math.max(top, 0) + Math.min(bottom, height)) / 2;
		if (middle < free + 15 * letterScale() || middle < 8 || middle > height - 8) continue;
		free = middle;
		context.fillStyle = theme.quiet;
		context.fillText(lane.name, 12, middle + 4);
	}
}

function paintLasso(
	context: CanvasRenderingContext2D,
	points: readonly (readonly [number, number])[],
	colour: string,
): void {
	const path = new Path2D();
	for (const [i, [x, y]] of points.entries()) i === 0 ? path.moveTo(x, y) : path.lineTo(x, y);
	path.closePath();
	context.globalAlpha = 0.1;
	context.fillStyle = colour;
	context.fill(path);
	context.globalAlpha = 1;
	context.strokeStyle = colour;
	context.lineWidth = 1.4;
	context.setLineDash([5, 4]);
	context.stroke(path);
	context.setLineDash([]);
}
