import type { MixedColour, PixelLines } from "./pixel-lines.ts";

/** Pixels from the first to before the last. */
export interface Box {
	readonly left: number;
	readonly right: number;
	readonly top: number;
	readonly bottom: number;
}

/** Pixels of a line that are hidden together. */
const block = 16;

/** One stroke over some lines of a picture: how much of each pixel it covers, 0 … 255, and which pixels are not 0. */
export class Stroke {
	readonly width: number;
	readonly #mostLines: number;
	#firstLine = 0;
	#lines = 0;
	readonly #covered: Uint8Array;
	/** Blocks of pixels in each line that something will hide. */
	readonly #hidden: Uint8Array;
	readonly #blocks: number;
	/** Indices of what is not 0. */
	#touched = new Int32Array(1 << 16);
	#count = 0;

	constructor(width: number, mostLines: number) {
		this.width = width;
		this.#mostLines = mostLines;
		this.#covered = new Uint8Array(width * mostLines);
		this.#blocks = Math.ceil(width / block);
		this.#hidden = new Uint8Array(this.#blocks * mostLines);
	}

	#touch(index: number): void {
		if (this.#count === this.#touched.length) {
			const more = new Int32Array(2 * this.#count);
			more.set(this.#touched);
			this.#touched = more;
		}
		this.#touched[this.#count++] = index;
	}

	/** Turns to other lines; false where they are more or wider than it has room for. */
	turnTo({ firstLine, lines, width }: PixelLines): boolean {
		if (width !== this.width || lines > this.#mostLines) return false;
		[this.#firstLine, this.#lines] = [firstLine, lines];
		return true;
	}

	/** Whether what lies between two heights can be seen on these lines. */
	meets(y1: number, y2: number, lineWidth: number): boolean {
		const beyond = lineWidth / 2 + 1;
		return Math.min(y1, y2) - beyond < this.#firstLine + this.#lines && Math.max(y1, y2) + beyond > this.#firstLine;
	}

	/** Whether all that lies before this height on a line that goes down (1) or up (-1) is out of sight. */
	isBefore(y: number, down: -1 | 1, lineWidth: number): boolean {
		const beyond = lineWidth / 2 + 2;
		return down === 1 ? y + beyond < this.#firstLine : y - beyond > this.#firstLine + this.#lines;
	}

	/**
	 * Adds a straight piece, in pixels of the whole picture: a pixel is covered by how far its middle lies from the middle
	 * of the stroke. An end is cut off straight, or round where the next piece joins it. Numbers one by one, because a large
	 * picture has millions of pieces.
	 */
	addPiece(
		x1: number,
		y1: number,
		x2: number,
		y2: number,
		isCutAtStart: boolean,
		isCutAtEnd: boolean,
		lineWidth: number,
	): void {
		const reach = lineWidth / 2 + 0.5;
		const top = Math.max(this.#firstLine, Math.floor(Math.min(y1, y2) - reach));
		const bottom = Math.min(this.#firstLine + this.#lines - 1, Math.ceil(Math.max(y1, y2) + reach));
		if (top > bottom) return;
		const length = Math.sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
		if (length === 0) return;
		const most = Math.min(1, lineWidth);
		const dx = (x2 - x1) / length;
		const dy = (y2 - y1) / length;
		const least = Math.min(x1, x2) - reach;
		const largest = Math.max(x1, x2) + reach;
		const slope = Math.abs(dy) > 1e-6 ? dx / dy : 0;
		const across = Math.abs(dy) > 1e-6 ? reach / Math.abs(dy) : Number.POSITIVE_INFINITY;
		const covered = this.#covered;
		for (let row = top; row <= bottom; row++) {
			const down = row + 0.5 - y1;
			// Where this row meets the stroke.
			const middle = x1 + down * slope;
			const first = Math.max(0, Math.floor(Math.max(least, middle - across)));
			const last = Math.min(this.width - 1, Math.ceil(Math.min(largest, middle + across)));
			if (this.#isHidden(row, first, last)) continue;
			const base = (row - this.#firstLine) * this.width;
			let along = (first + 0.5 - x1) * dx + down * dy;
			let aside = down * dx - (first + 0.5 - x1) * dy;
			for (let index = base + first; index <= base + last; index++, along += dx, aside -= dy) {
				let share = reach - (aside < 0 ? -aside : aside);
				if (along < 0)
					share = isCutAtStart ? Math.min(share, along + 0.5) : reach - Math.sqrt(along * along + aside * aside);
				else if (along > length) {
					const over = along - length;
					share = isCutAtEnd ? Math.min(share, 0.5 - over) : reach - Math.sqrt(over * over + aside * aside);
				}
				const value = (255 * (share < most ? share : most) + 0.5) | 0;
				const before = covered[index] as number;
				// Parts of one stroke that cover one another count once.
				if (value <= before) continue;
				covered[index] = value;
				if (before === 0) this.#touch(index);
			}
		}
	}

	/** Nothing need be painted where something will hide it, until `reveal`: columns and lines of the whole picture. */
	hide({ left, right, top, bottom }: Box): void {
		const end = Math.min(bottom, this.#firstLine + this.#lines);
		const [first, last] = [Math.ceil(Math.max(0, left) / block), Math.floor(Math.min(this.width, right) / block)];
		if (first >= last) return;
		for (let line = Math.max(top, this.#firstLine); line < end; line++) {
			const base = (line - this.#firstLine) * this.#blocks;
			this.#hidden.fill(1, base + first, base + last);
		}
	}

	reveal(): void {
		this.#hidden.fill(0);
	}

	#isHidden(row: number, first: number, last: number): boolean {
		const base = (row - this.#firstLine) * this.#blocks;
		for (let at = (first / block) | 0; at <= last / block; at++) if (this.#hidden[base + at] === 0) return false;
		return true;
	}

	/** Lays what is covered over the pixels, and forgets it. */
	paint(target: PixelLines, colour: MixedColour, opacity: number): void {
		const whole = opacity * (256 / 255);
		const covered = this.#covered;
		for (let i = 0; i < this.#count; i++) {
			const index = this.#touched[i] as number;
			target.mix(index, ((covered[index] as number) * whole + 0.5) | 0, colour);
			covered[index] = 0;
		}
		this.#count = 0;
	}
}
