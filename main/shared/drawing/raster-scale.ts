/** Pictures beyond this are refused by browsers, and of no use elsewhere. */
const mostPixels = 120e6;
const mostSide = 16_000;
/** Pixels a unit: sharp on fine screens and in print. */
const wantedScale = 2;

/** Pixels a unit for a picture of this size: `wantedScale`, or less where it would be too large. */
export function fitRasterScale(width: number, height: number): number {
	return Math.min(wantedScale, mostSide / Math.max(width, height), Math.sqrt(mostPixels / (width * height)));
}
