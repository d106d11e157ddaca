import { edgeAt, nodeAt } from "#shared/drawing/scene";
import { useDerived } from "../document/derived-store.ts";
import { type Camera, useView } from "../document/view-store.ts";
import { seenBox } from "./camera.ts";

/** In pixels of the canvas, from its upper left corner; or in units of the world. */
export interface Point {
	readonly x: number;
	readonly y: number;
}

const edgeReach = 7;

export const currentCamera = (): Camera => useView.getState().camera ?? { x: 0, y: 0, zoom: 1 };

/** Where a pointer is on the canvas. */
export function localPoint(canvas: Element, { clientX, clientY }: MouseEvent | React.MouseEvent): Point {
	const { left, top } = canvas.getBoundingClientRect();
	return { x: clientX - left, y: clientY - top };
}

/** The point of the world that is seen there. */
export function worldPoint({ x, y }: Point): Point {
	const { x: left, y: top, zoom } = currentCamera();
	return { x: left + x / zoom, y: top + y / zoom };
}

/** The node that is drawn there. */
export function nodeUnder(point: Point): string | undefined {
	const { x, y } = worldPoint(point);
	return nodeAt(useDerived.getState().scene, x, y)?.node.id;
}

/** The edge that is drawn near there, by its key. */
export function edgeUnder(point: Point): string | undefined {
	const { x, y } = worldPoint(point);
	const camera = currentCamera();
	return edgeAt(useDerived.getState().scene, x, y, edgeReach / camera.zoom, seenBox(camera))?.key;
}
