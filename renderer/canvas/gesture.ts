import type { Overlay } from "./overlay.ts";
import type { Point } from "./under.ts";

/** Where the pointer is now, and how it was pressed. */
export interface Press extends Point {
	readonly event: PointerEvent;
}

/** What a press on the canvas goes on to be. Until its end only the overlay tells of it, and it can be given up. */
export interface Gesture {
	move(at: Press): void;
	end(at: Press): void;
}

export type Show = (overlay: Partial<Overlay>) => void;

/** Below this many pixels a press is a click. */
const clickReach = 4;

/** Tells whether a press has become a drag: once it has been far from where it began. */
export function watchForDrag(start: Point): (at: Point) => boolean {
	let moved = false;
	return ({ x, y }) => {
		moved ||= Math.hypot(x - start.x, y - start.y) > clickReach;
		return moved;
	};
}
