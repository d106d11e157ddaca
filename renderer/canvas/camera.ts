import type { Box } from "#shared/drawing/box";
import { useDerived } from "../document/derived-store.ts";
import type { Camera } from "../document/view-store.ts";
import { setView, useView } from "../document/view-store.ts";
import { gutterWidth } from "./overlay.ts";

const leastZoom = 0.02;
const mostZoom = 4;
const room = 40;

/** Size of the canvas, in units of the page. */
let size = { width: 0, height: 0 };

export function setCanvasSize(width: number, height: number): void {
	size = { width, height };
}

export const canvasSize = () => size;

/** How much of the canvas's lower side something lies over. */
let covered = 0;

export function setCovered(height: number): void {
	covered = height;
}

/** What of the canvas nothing lies over. */
export const freeSize = () => ({ width: size.width, height: Math.max(0, size.height - covered) });

/** The part of the world that is in view. */
export function seenBox({ x, y, zoom }: Camera): Box {
	return { x, y, width: size.width / zoom, height: size.height / zoom };
}

/** The camera that shows a box whole, never larger than life. */
export function fitCamera(box: Box, { width, height }: { readonly width: number; readonly height: number }): Camera {
	const usable = { width: Math.max(50, width - gutterWidth() - 2 * room), height: Math.max(50, height - 2 * room) };
	const zoom = Math.min(
		1,
		Math.max(leastZoom, Math.min(usable.width / Math.max(1, box.width), usable.height / Math.max(1, box.height))),
	);
	return {
		x: box.x + box.width / 2 - (width + gutterWidth()) / 2 / zoom,
		y: box.y + box.height / 2 - height / 2 / zoom,
		zoom,
	};
}

/** Zooms about a point of the window, which stays where it is. */
export function zoomAt(camera: Camera, factor: number, x: number, y: number): Camera {
	const zoom = Math.min(mostZoom, Math.max(leastZoom, camera.zoom * factor));
	return { x: camera.x + x / camera.zoom - x / zoom, y: camera.y + y / camera.zoom - y / zoom, zoom };
}

let flight = 0;

/** Glides there, or is there at once where motion is not wanted. */
export function moveCamera(target: Camera, autoFit = false): void {
	cancelAnimationFrame(flight);
	const from = useView.getState().camera;
	if (!from || matchMedia("(prefers-reduced-motion: reduce)").matches) {
		setView({ camera: target, autoFit });
		return;
	}
	const began = performance.now();
	const step = (now: number) => {
		const t = Math.min(1, Math.max(0, (now - began) / 220));
		const ease = 1 - (1 - t) ** 3;
		const zoom = from.zoom * (target.zoom / from.zoom) ** ease;
		// The window's middle travels straight while the zoom changes.
		const middle = (camera: Camera, axis: "x" | "y", length: number) => camera[axis] + length / 2 / camera.zoom;
		const at = (axis: "x" | "y", length: number) =>
			middle(from, axis, length) +
			(middle(target, axis, length) - middle(from, axis, length)) * ease -
			length / 2 / zoom;
		setView({ camera: t === 1 ? target : { x: at("x", size.width), y: at("y", size.height), zoom }, autoFit });
		if (t < 1) flight = requestAnimationFrame(step);
	};
	flight = requestAnimationFrame(step);
}

export function fitAll(): void {
	const { scene } = useDerived.getState();
	if (scene.nodes.length > 0) moveCamera(fitCamera(scene.bounds, freeSize()), true);
}

export function zoomBy(factor: number): void {
	const { camera } = useView.getState();
	if (camera) moveCamera(zoomAt(camera, factor, size.width / 2, size.height / 2));
}

/** Brings these into view, near enough to be read. */
export function zoomTo(ids: ReadonlySet<string>): void {
	const { scene } = useDerived.getState();
	const nodes = scene.nodes.filter(({ node }) => ids.has(node.id));
	if (nodes.length === 0) return;
	const [x, y] = [Math.min(...nodes.map((node) => node.x)), Math.min(...nodes.map((node) => node.y))];
	const right = Math.max(...nodes.map((node) => node.x + node.width));
	const bottom = Math.max(...nodes.map((node) => node.y + node.height));
	moveCamera(fitCamera({ x, y, width: right - x, height: bottom - y }, freeSize()));
}
