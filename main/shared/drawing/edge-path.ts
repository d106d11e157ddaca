import type { SceneNode } from "./scene.ts";

/** Where an edge runs: a point, then of each cubic Bézier curve its two handles and its end, x y of each in turn. */
export interface EdgePath {
	readonly points: readonly number[];
	/** Of the cards that it joins. */
	readonly sourceHeight: number;
	readonly targetHeight: number;
}

/** From the upper side of the source to the lower side of the target. */
export type Route = (source: SceneNode, target: SceneNode) => readonly number[];

export const middleOf = ({ x, width }: SceneNode): number => x + width / 2;
/** Of an edge's ends: a little off the cards. */
export const topOf = ({ y }: SceneNode): number => y - 1;
export const bottomOf = ({ y, height }: SceneNode): number => y + height + 2;
export const handleOf = (y1: number, y2: number): number => Math.max(26, Math.abs(y1 - y2) * 0.42);

/** One curve that leaves and arrives upright. */
export const bendBetween: Route = (source, target) => {
	const [x1, y1, x2, y2] = [middleOf(source), topOf(source), middleOf(target), bottomOf(target)];
	const handle = handleOf(y1, y2);
	return [x1, y1, x1, y1 - handle, x2, y2 + handle, x2, y2];
};

/** More edges than this are drawn in bundles: curves from one part of a lane to one of another draw together. */
export const mostApart = 1500;
/** About how wide the part of a lane is, in the scene's units; and how far handles move to its middle. */
const usualPart = 900;
const pull = 0.85;
/** A path stays so near to the span of its ends, sideways. */
export const mostAside = 480;

/**
 * Curves whose ends lie in the same parts of two lanes have the same handles, so that they run together between. `left`
 * and `right` are of all nodes: parts lie between them.
 */
export function bundleWithin(left: number, right: number): Route {
	const part = (right - left) / Math.max(1, Math.round((right - left) / usualPart));
	const towards = (x: number) => x + pull * (left + (Math.floor((x - left) / part) + 0.5) * part - x);
	return (source, target) => {
		const [x1, y1, x2, y2] = [middleOf(source), topOf(source), middleOf(target), bottomOf(target)];
		const handle = Math.max(26, Math.abs(y1 - y2) * 0.5);
		return [x1, y1, towards(x1), y1 - handle, towards(x2), y2 + handle, x2, y2];
	};
}

/** The box of a path's points, in which all of it lies. */
export function reachOf({ points }: EdgePath): {
	readonly left: number;
	readonly right: number;
	readonly top: number;
	readonly bottom: number;
} {
	let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
	for (let i = 0; i + 1 < points.length; i += 2) {
		const [x, y] = [points[i] as number, points[i + 1] as number];
		left = Math.min(left, x);
		right = Math.max(right, x);
		top = Math.min(top, y);
		bottom = Math.max(bottom, y);
	}
	return { left, right, top, bottom };
}
