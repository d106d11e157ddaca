export interface Size {
	readonly width: number;
	readonly height: number;
}

/** A part of a drawing's plane; `x` and `y` are of its upper left corner. */
export interface Box extends Size {
	readonly x: number;
	readonly y: number;
}

export function overlaps(a: Box, b: Box): boolean {
	return a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;
}

/** The smallest box that holds all of them; undefined where there is none. */
export function boxAround(boxes: readonly Box[]): Box | undefined {
	let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
	for (const { x, y, width, height } of boxes) {
		left = Math.min(left, x);
		top = Math.min(top, y);
		right = Math.max(right, x + width);
		bottom = Math.max(bottom, y + height);
	}
	return boxes.length === 0 ? undefined : { x: left, y: top, width: right - left, height: bottom - top };
}
