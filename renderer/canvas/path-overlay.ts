import type { CircuitView } from "#shared/circuit-view";
import type { Scene, SceneNode } from "#shared/drawing/scene";
import { raisesTarget } from "#shared/effect";
import { isMarked } from "./marks.ts";
import type { Frame } from "./overlay.ts";
import { paintCard, paintMark } from "./paint.ts";
import { strokePaths } from "./paint-edges.ts";
import { paintNames } from "./paint-names.ts";

/** A seen node on a path, and whether the edge that leads to it raises the target. */
export interface PathStop {
	readonly id: string;
	readonly raises: boolean;
}

/** Seen nodes along a path of the circuit, each once; what is hidden or filtered away is passed over. */
export function seenAlong(
	path: readonly string[],
	{ viewOf, edges }: CircuitView,
	{ byId }: Scene,
	metricName: string,
): readonly PathStop[] {
	const seen = path.map((id) => viewOf.get(id) ?? id).filter((id) => byId.has(id));
	return seen
		.filter((id, i) => id !== seen[i - 1])
		.map((id, i, all) => {
			const weight = edges.weights[edges.indexOf(all[i - 1] ?? "", id)] ?? 0;
			return { id, raises: raisesTarget(metricName, weight) };
		});
}

/** What is not on the path steps back behind a veil; over it lie the path's edges and nodes with their names. */
export function paintPath(context: CanvasRenderingContext2D, stops: readonly PathStop[], frame: Frame): void {
	const { picture, camera, density, width, height } = frame;
	const { scene, theme, contentOf } = picture;
	const path = stops.flatMap(({ id }) => scene.byId.get(id) ?? []);
	if (path.length !== stops.length) return;
	context.setTransform(density, 0, 0, density, 0, 0);
	context.globalAlpha = 0.78;
	context.fillStyle = theme.background;
	context.fillRect(0, 0, width, height);
	context.globalAlpha = 1;
	const scale = camera.zoom * density;
	context.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale);
	for (const [i, target] of path.entries()) {
		const source = path[i - 1];
		if (source) paintStep(context, source, target, !!stops[i]?.raises, frame);
	}
	context.setLineDash([]);
	context.globalAlpha = 1;
	const [marks, cards] = [
		path.filter((node) => isMarked(node.height, camera.zoom)),
		path.filter((node) => !isMarked(node.height, camera.zoom)),
	];
	for (const node of marks)
		paintMark(context, { node, x: node.x + node.width / 2, y: node.y + node.height / 2, count: 1 }, camera.zoom, theme);
	for (const node of cards) paintCard(context, node, contentOf(node), camera, density, theme);
	const names = paintNames(context, marks, cards, { ...picture, camera, density, width, height, without: new Set() });
	while (!names.next().done);
}

/** In full strength, also where a filter leaves the edge out. */
function paintStep(
	context: CanvasRenderingContext2D,
	source: SceneNode,
	target: SceneNode,
	raises: boolean,
	frame: Frame,
): void {
	const { scene, theme } = frame.picture;
	const path = scene.edges.pathBetween({ source, target });
	strokePaths(context, [path], { manual: false, raises, share: 0.5 }, { zoom: frame.camera.zoom, theme, emphasis: 4 });
}
