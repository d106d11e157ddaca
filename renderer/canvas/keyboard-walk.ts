import type { Scene, SceneNode } from "#shared/drawing/scene";
import { useDerived } from "../document/derived-store.ts";
import { select, setView, useView } from "../document/view-store.ts";
import { canvasSize, moveCamera } from "./camera.ts";
import { moveBy } from "./move-by.ts";

const steps: Readonly<Record<string, readonly [number, number]>> = {
	ArrowLeft: [-1, 0],
	ArrowRight: [1, 0],
	ArrowUp: [0, -1],
	ArrowDown: [0, 1],
};
const nudge = 10;

/**
 * Arrow keys: left and right go to the neighbour in the row, up and down along the strongest edge; with Shift they
 * move what is selected. Returns whether the key meant something.
 */
export function walkSelection(key: string, shift: boolean): boolean {
	const step = steps[key];
	const { scene } = useDerived.getState();
	const { selection } = useView.getState();
	if (!step || scene.nodes.length === 0) return false;
	const [dx, dy] = step;
	if (shift) {
		moveBy(selection, nudge * dx, nudge * dy);
		return true;
	}
	const [first] = selection;
	const from = first === undefined ? undefined : scene.byId.get(first);
	const to = from ? (dx === 0 ? alongEdge(scene, from, dy) : inRow(scene, from, dx)) : scene.nodes.at(-1);
	if (to) {
		select([to.node.id]);
		keepInView(to);
	}
	return true;
}

function alongEdge({ edges }: Scene, from: SceneNode, dy: number): SceneNode | undefined {
	// Strongest first.
	for (const { source, target } of edges.touching(from.node.id))
		if ((dy < 0 ? source : target) === from) return dy < 0 ? target : source;
	return undefined;
}

function inRow({ nodes }: Scene, from: SceneNode, dx: number): SceneNode | undefined {
	const middle = from.y + from.height / 2;
	const row = nodes
		.filter((node) => Math.abs(node.y + node.height / 2 - middle) < from.height && (node.x - from.x) * dx > 0)
		.sort((a, b) => Math.abs(a.x - from.x) - Math.abs(b.x - from.x));
	return row[0];
}

function keepInView({ x, y, width, height }: SceneNode): void {
	const { camera } = useView.getState();
	const size = canvasSize();
	if (!camera) return;
	const [right, bottom] = [camera.x + size.width / camera.zoom, camera.y + size.height / camera.zoom];
	if (x >= camera.x && y >= camera.y && x + width <= right && y + height <= bottom) return;
	const target = {
		x: x + width / 2 - size.width / 2 / camera.zoom,
		y: y + height / 2 - size.height / 2 / camera.zoom,
		zoom: camera.zoom,
	};
	if (matchMedia("(prefers-reduced-motion: reduce)").matches) setView({ camera: target });
	else moveCamera(target);
}
