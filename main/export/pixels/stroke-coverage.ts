/** A part of a picture: pixels of opacity 0 … 255, and which of them are not 0. */
export class Coverage {
	readonly width: number;
	readonly height: number;
	readonly opacity: Uint8Array;
	/** Indices of what is not 0, as many as `count`. */
	touched = new Int32Array(1 << 16);
	count = 0;

	constructor(width: number, height: number) {
		this.width = width;
		this.height = height;
		this.opacity = new Uint8Array(width * height);
	}

	/** At least so much at a pixel, 1 … 255; parts of one stroke that cover one another count once. */
	add(index: number, value: number): void {
		const before = this.opacity[index] as number;
		if (value <= before) return;
		this.opacity[index] = value;
		if (before !== 0) return;
		if (this.count === this.touched.length) {
			const more = new Int32Array(2 * this.count);
			more.set(this.touched);
			this.touched = more;
		}
		this.touched[this.count++] = index;
	}
}

/**
 * Adds a straight piece of a stroke, in pixels: a pixel is covered by how far its middle lies from the middle of the
 * stroke. An end is cut off straight, or round where the next piece joins it. Numbers one by one, because a large picture
 * has millions of pieces.
 */
export function coverPiece(
	coverage: Coverage,
	x1: number,
	y1: number,
	x2: number,
	y2: number,
	isCutAtStart: boolean,
	isCutAtEnd: boolean,
	lineWidth: number,
): void {
	const length = Math.sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
	if (length === 0) return;
	const reach = lineWidth / 2 + 0.5;
	const most = Math.min(1, lineWidth);
	const dx = (x2 - x1) / length;
	const dy = (y2 - y1) / length;
	const { width, height } = coverage;
	const top = Math.max(0, Math.floor(Math.min(y1, y2) - reach));
	const bottom = Math.min(height - 1, Math.ceil(Math.max(y1, y2) + reach));
	const least = Math.min(x1, x2) - reach;
	const largest = Math.max(x1, x2) + reach;
	const slope = Math.abs(dy) > 1e-6 ? dx / dy : 0;
	const across = Math.abs(dy) > 1e-6 ? reach / Math.abs(dy) : Number.POSITIVE_INFINITY;
	for (let row = top; row <= bottom; row++) {
		const down = row + 0.5 - y1;
		// Where this row meets the stroke.
		const middle = x1 + down * slope;
		const first = Math.max(0, Math.floor(Math.max(least, middle - across)));
		const last = Math.min(width - 1, Math.ceil(Math.min(largest, middle + across)));
		for (let column = first; column <= last; column++) {
			const right = column + 0.5 - x1;
			const along = right * dx + down * dy;
			const aside = Math.abs(down * dx - right * dy);
			let share = reach - aside;
			if (along < 0)
				share = isCutAtStart ? Math.min(share, along + 0.5) : reach - Math.sqrt(along * along + aside * aside);
			else if (along > length) {
				const over = along - length;
				share = isCutAtEnd ? Math.min(share, 0.5 - over) : reach - Math.sqrt(over * over + aside * aside);
			}
			const value = (255 * (share < most ? share : most) + 0.5) | 0;
			if (value > 0) coverage.add(row * width + column, value);
		}
	}
}
