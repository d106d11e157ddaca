import { fill, type Matrix } from "./tape.ts";

export type Random = () => number;

/** Uniform in [0, 1): mulberry32. */
export function seedRandom(seed: number): Random {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

export function normalMatrix(random: Random, rows: number, cols: number, deviation: number, mean = 0): Matrix {
	return fill(
		rows,
		cols,
		() => mean + deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
	);
}
