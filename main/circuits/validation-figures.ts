import { seededRandom } from "#shared/random";
import type { Figure } from "#shared/validation";
import type { FeatureSet } from "./spliced-model.ts";

const resamples = 1000;
/** Of two amounts of single precision, the share by which their difference may be rounding alone. */
const rounding = 1e-6;

/** Sets of features whose loss is wanted, by what they are for. */
export interface Variants {
	readonly names: readonly string[];
	readonly sets: readonly FeatureSet[];
}

/** Losses of each variant, by sequence. */
export class Losses {
	readonly names: readonly string[];
	readonly #rows: readonly (readonly number[])[];

	constructor({ names }: Variants, rows: readonly (readonly number[])[]) {
		this.names = names;
		this.#rows = rows;
	}

	get sequences(): number {
		return this.#rows.length;
	}

	of(name: string): readonly number[] {
		const column = this.names.indexOf(name);
		return this.#rows.map((row) => row[column] as number);
	}
}

/** Where a measure lies between nothing (0) and the whole model (1), over the texts that were measured so far. */
export class Scale {
	readonly full: readonly number[];
	readonly empty: readonly number[];
	/** `Σ (full − empty)`, and where 95% of resampled texts have it. */
	readonly effect: Figure;
	readonly #seed: number;

	constructor(full: readonly number[], empty: readonly number[], seed: number) {
		[this.full, this.empty, this.#seed] = [full, empty, seed];
		const differences = empty.map((value, i) => (full[i] as number) - value);
		const value = differences.reduce((sum, difference) => sum + difference, 0);
		const error = rounding * empty.reduce((sum, value, i) => sum + Math.abs(value) + Math.abs(full[i] as number), 0);
		const [low, high] = resampleTexts(
			empty.length,
			(pick) => empty.reduce((sum, _, i) => sum + (differences[pick(i)] as number), 0),
			seed,
		) ?? [value, value];
		this.effect = { value, interval: [low - error, high + error] };
	}

	/** Whether there is anything to divide by. That it may as well be zero is for whoever tells people (`asTold`). */
	get isDefined(): boolean {
		return this.effect.value !== 0;
	}

	/** `Σ (of − empty) / Σ (full − empty)`, or over the texts that `pick` draws; not finite where nothing lies between. */
	shareOf(of: readonly number[], pick?: (i: number) => number): number {
		return findShare(of, this.full, this.empty, pick);
	}

	/** Where 95% of the mean over several lie when they and the texts are drawn again. */
	resampleMean(several: readonly (readonly number[])[]): readonly [number, number] {
		const random = seededRandom(this.#seed);
		const find = (pick: (i: number) => number) => {
			let sum = 0;
			for (let i = 0; i < several.length; i++)
				sum += this.shareOf(several[Math.floor(random() * several.length)] as readonly number[], pick);
			return sum / several.length;
		};
		return resampleTexts(this.full.length, find, this.#seed) ?? [Number.NaN, Number.NaN];
	}

	/** The same with its 95% interval over texts; null where it is not finite. */
	figureOf(of: readonly number[]): Figure | null {
		return measureShare(of, this.full, this.empty, this.#seed);
	}
}

/** Where 95% of what is found lie when `count` texts are drawn with replacement; undefined where it is never finite. */
export function resampleTexts(
	count: number,
	find: (pick: (i: number) => number) => number,
	seed: number,
): readonly [number, number] | undefined {
	const random = seededRandom(seed);
	const drawn = Float64Array.from({ length: resamples }, () => {
		const picked = Int32Array.from({ length: count }, () => Math.floor(random() * count));
		return find((i) => picked[i] as number);
	});
	const sorted = drawn.filter(Number.isFinite).sort();
	if (sorted.length === 0) return undefined;
	const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
	return [at(0.025), at(0.975)];
}

/** `Σ (of − empty) / Σ (full − empty)` over sequences, or over those that `pick` draws. */
function findShare(
	of: readonly number[],
	full: readonly number[],
	empty: readonly number[],
	pick: (i: number) => number = (i) => i,
): number {
	let [above, below] = [0, 0];
	for (let i = 0; i < of.length; i++) {
		const at = pick(i);
		above += (of[at] as number) - (empty[at] as number);
		below += (full[at] as number) - (empty[at] as number);
	}
	return above / below;
}

/** `findShare` of all sequences, and where 95% of resampled corpora lie; null where nothing is between full and empty. */
function measureShare(
	of: readonly number[],
	full: readonly number[],
	empty: readonly number[],
	seed: number,
): Figure | null {
	const value = findShare(of, full, empty);
	if (!Number.isFinite(value)) return null;
	const interval = resampleTexts(of.length, (pick) => findShare(of, full, empty, pick), seed);
	return { value, interval: interval ?? [value, value] };
}

/** So many sizes from 1 to all, none twice. */
export function spreadSizes(all: number, points: number): readonly number[] {
	const sizes = Array.from({ length: points }, (_, i) => Math.max(1, Math.round((all * (i + 1)) / points)));
	return [...new Set(sizes)];
}

/** 1, 2, 4 … and all; none where there is nothing. */
export function spreadPowers(all: number): readonly number[] {
	const sizes: number[] = [];
	for (let size = 1; size < all; size *= 2) sizes.push(size);
	return all > 0 ? [...sizes, all] : [];
}
