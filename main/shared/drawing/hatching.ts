import type { Box } from "./box.ts";
import type { SegmentsShape } from "./shapes.ts";

/** Strokes from lower left to upper right that fill a box, `pitch` apart across the stroke's direction. */
export function hatch({ x, y, width, height }: Box, pitch: number, stroke: string, lineWidth: number): SegmentsShape {
	const points: number[] = [];
	const step = pitch * Math.SQRT2;
	// A stroke is where across + down is the same; it enters at the left or the lower side and leaves at the other two.
	for (let sum = step / 2; sum < width + height; sum += step) {
		const [across, down] = [Math.max(0, sum - height), Math.min(sum, height)];
		const [acrossEnd, downEnd] = [Math.min(sum, width), Math.max(0, sum - width)];
		points.push(round(x + across), round(y + down), round(x + acrossEnd), round(y + downEnd));
	}
	return { type: "segments", points, stroke, lineWidth };
}

/** Level strokes across a box, `pitch` apart: the rungs of a ladder. */
export function rungs({ x, y, width, height }: Box, pitch: number, stroke: string, lineWidth: number): SegmentsShape {
	const points: number[] = [];
	for (let down = pitch / 2; down < height; down += pitch)
		points.push(round(x), round(y + down), round(x + width), round(y + down));
	return { type: "segments", points, stroke, lineWidth };
}

const round = (number: number) => Math.round(number * 100) / 100;
