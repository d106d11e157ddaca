import type { Box } from "#shared/drawing/box";
import type { SceneNode } from "#shared/drawing/scene";
import { leastCardHeight } from "#shared/drawing/screen-card";

/** Below this, features are marks with their names beside them; above, cards. */
export const dotsBelow = 0.36;
/** Of an error's ring, in pixels. */
export const errorRadius = 2.6;

let letters = 1;

/** How much larger than usual letters are to be, as the settings say: never smaller than can be read. */
export function setLetterScale(scale: number): void {
	letters = Math.max(1, scale);
}

export const letterScale = () => letters;

/** Whether a node as high as that is only a mark at that zoom. */
export const isMarked = (height: number, zoom: number): boolean =>
	zoom < dotsBelow * letters || height * zoom < leastCardHeight * letters;

/** What a node covers at a zoom: its card, or the mark in the middle of its room. */
export function inkOf({ node, x, y, width, height }: SceneNode, zoom: number): Box {
	if (!isMarked(height, zoom)) return { x: x - 1, y: y - 1, width: width + 2, height: height + 2 };
	const radius = 0.8 * (node.kind === "error" ? (errorRadius + 1) / zoom : dotRadius(height, zoom));
	return { x: x + width / 2 - radius, y: y + height / 2 - radius, width: 2 * radius, height: 2 * radius };
}

/** In the world's units: never so small that it could not be seen. */
export function dotRadius(height: number, zoom: number): number {
	return Math.min(height / 2, Math.max(3.2 / zoom, 15));
}
