import type { MixedColour, PixelLines } from "./pixel-lines.ts";

/** How far a straight piece may lie beside its curve, in pixels. */
const tolerance = 0.05;
const mostPieces = 100;

/**
 * Outlines that are filled, in pixels of the whole picture, so that what a line shows does not depend on which lines are
 * painted with it. Each straight piece adds to the pixels of its line by how much of them lies to its right, upwards
 * positive; sums from the left are then how much of each pixel lies within. Contours of one direction count once.
 */
export class Area {
	/** x, y of the beginning and of the end of each piece in turn. */
	#pieces = new Float64Array(1 << 12);
	#length = 0;
	#x = 0;
	#y = 0;
	#startX = 0;
	#startY = 0;
	#left = Number.POSITIVE_INFINITY;
	#right = Number.NEGATIVE_INFINITY;
	#top = Number.POSITIVE_INFINITY;
	#bottom = Number.NEGATIVE_INFINITY;
	#cells = new Float32Array(1 << 16);

	moveTo(x: number, y: number): void {
		this.close();
		[this.#startX, this.#startY] = [x, y];
		[this.#x, this.#y] = [x, y];
	}

	close(): void {
		if (this.#x !== this.#startX || this.#y !== this.#startY) this.lineTo(this.#startX, this.#startY);
	}

	lineTo(x: number, y: number): void {
		if (this.#length + 4 > this.#pieces.length) {
			const more = new Float64Array(2 * this.#pieces.length);
			more.set(this.#pieces);
			this.#pieces = more;
		}
		const pieces = this.#pieces;
		pieces[this.#length++] = this.#x;
		pieces[this.#length++] = this.#y;
		pieces[this.#length++] = x;
		pieces[this.#length++] = y;
		this.#left = Math.min(this.#left, this.#x, x);
		this.#right = Math.max(this.#right, this.#x, x);
		this.#top = Math.min(this.#top, this.#y, y);
		this.#bottom = Math.max(this.#bottom, this.#y, y);
		this.#x = x;
		this.#y = y;
	}

	quadTo(x1: number, y1: number, x2: number, y2: number): void {
		const x0 = this.#x;
		const y0 = this.#y;
		const count = countPieces(Math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2) / 4);
		for (let i = 1; i < count; i++) {
			const t = i / count;
			const s = 1 - t;
			this.lineTo(s * s * x0 + 2 * s * t * x1 + t * t * x2, s * s * y0 + 2 * s * t * y1 + t * t * y2);
		}
		this.lineTo(x2, y2);
	}

	cubicTo(x1: number, y1: number, x2: number, y2: number, x3: number, y3: number): void {
		const x0 = this.#x;
		const y0 = this.#y;
		const bend = Math.max(
			Math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2),
			Math.hypot(x1 - 2 * x2 + x3, y1 - 2 * y2 + y3),
		);
		const count = countPieces(0.75 * bend);
		for (let i = 1; i < count; i++) {
			const t = i / count;
			const s = 1 - t;
			const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
			this.lineTo(a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3);
		}
		this.lineTo(x3, y3);
	}

	/** Paints what lies within, between two lines of the picture, and forgets it. */
	fill(
		target: PixelLines,
		colour: MixedColour,
		opacity: number,
		above = Number.NEGATIVE_INFINITY,
		below = Number.POSITIVE_INFINITY,
	): void {
		this.close();
		const top = Math.max(target.firstLine, Math.floor(Math.max(above, this.#top)));
		const bottom = Math.min(target.firstLine + target.lines, Math.ceil(Math.min(below, this.#bottom)));
		const left = Math.max(0, Math.floor(this.#left));
		const right = Math.min(target.width, Math.ceil(this.#right));
		if (top < bottom && left < right) {
			const stride = right - left + 2;
			if (this.#cells.length < stride * (bottom - top)) this.#cells = new Float32Array(2 * stride * (bottom - top));
			for (let at = 0; at < this.#length; at += 4) this.#add(at, left, right, top, bottom);
			this.#paint(target, colour, 256 * opacity, left, right, top, bottom);
		}
		this.#length = 0;
		[this.#x, this.#y, this.#startX, this.#startY] = [0, 0, 0, 0];
		this.#left = this.#top = Number.POSITIVE_INFINITY;
		this.#right = this.#bottom = Number.NEGATIVE_INFINITY;
	}

	#add(at: number, left: number, right: number, top: number, bottom: number): void {
		const pieces = this.#pieces;
		const isDown = (pieces[at + 1] as number) < (pieces[at + 3] as number);
		const upper = isDown ? at : at + 2;
		const lower = isDown ? at + 2 : at;
		const x = pieces[upper] as number;
		const y = pieces[upper + 1] as number;
		const end = pieces[lower + 1] as number;
		if (y === end) return;
		const slope = ((pieces[lower] as number) - x) / (end - y);
		const cells = this.#cells;
		const stride = right - left + 2;
		const last = Math.min(bottom, Math.ceil(end));
		for (let line = Math.max(top, Math.floor(y)); line < last; line++) {
			const from = Math.max(line, y);
			const to = Math.min(line + 1, end);
			const height = isDown ? from - to : to - from;
			const a = Math.min(right, Math.max(left, x + (from - y) * slope)) - left;
			const b = Math.min(right, Math.max(left, x + (to - y) * slope)) - left;
			const begin = a < b ? a : b;
			const stop = a < b ? b : a;
			const base = (line - top) * stride;
			let column = Math.floor(begin);
			if (stop <= column + 1) {
				const beside = height * ((begin + stop) / 2 - column);
				cells[base + column] = (cells[base + column] as number) + height - beside;
				cells[base + column + 1] = (cells[base + column + 1] as number) + beside;
				continue;
			}
			const perColumn = height / (stop - begin);
			for (let start = begin; start < stop; column++) {
				const until = Math.min(stop, column + 1);
				const part = perColumn * (until - start);
				const beside = part * ((start + until) / 2 - column);
				cells[base + column] = (cells[base + column] as number) + part - beside;
				cells[base + column + 1] = (cells[base + column + 1] as number) + beside;
				start = until;
			}
		}
	}

	#paint(
		target: PixelLines,
		colour: MixedColour,
		whole: number,
		left: number,
		right: number,
		top: number,
		bottom: number,
	): void {
		const cells = this.#cells;
		const stride = right - left + 2;
		for (let line = top; line < bottom; line++) {
			const base = (line - top) * stride;
			const first = (line - target.firstLine) * target.width + left;
			let sum = 0;
			for (let i = 0; i < right - left; i++) {
				sum += cells[base + i] as number;
				const within = sum < 0 ? -sum : sum;
				const share = ((within < 1 ? within : 1) * whole + 0.5) | 0;
				if (share > 0) target.mix(first + i, share, colour);
			}
			cells.fill(0, base, base + stride);
		}
	}
}

const countPieces = (deviation: number) =>
	Math.max(1, Math.min(mostPieces, Math.ceil(Math.sqrt(deviation / tolerance))));
