/** A colour as it is mixed: two parts of a pixel at a time, each in 16 bits of a word. */
export interface MixedColour {
	/** Red and blue. */
	readonly even: number;
	/** Green and the whole opacity. */
	readonly odd: number;
}

export function readColour(hex: string): MixedColour {
	const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
	return { even: red | (blue << 16), odd: green | (255 << 16) };
}

/** Some lines of a picture while they are painted: red, green, blue, opacity of each pixel, colours multiplied by it. */
export class PixelLines {
	readonly width: number;
	readonly lines: number;
	readonly firstLine: number;
	/** A pixel each. */
	readonly words: Uint32Array;

	constructor(width: number, lines: number, firstLine: number, words = new Uint32Array(width * lines)) {
		this.width = width;
		this.lines = lines;
		this.firstLine = firstLine;
		this.words = words;
	}

	/** Lays a colour over a pixel; `share` is of 256, which is the whole. */
	mix(index: number, share: number, { even, odd }: MixedColour): void {
		const word = this.words[index] as number;
		const rest = 256 - share;
		const first = (Math.imul(word & 0xff00ff, rest) + Math.imul(even, share) + 0x800080) >>> 8;
		const second = (Math.imul((word >>> 8) & 0xff00ff, rest) + Math.imul(odd, share) + 0x800080) >>> 8;
		this.words[index] = (first & 0xff00ff) | ((second & 0xff00ff) << 8);
	}

	/** The same for those from the first index up to before the other. */
	mixSpan(from: number, to: number, share: number, colour: MixedColour): void {
		const { even, odd } = colour;
		if (share === 256) this.words.fill((even | (odd << 8)) >>> 0, from, to);
		else for (let index = from; index < to; index++) this.mix(index, share, colour);
	}
}
