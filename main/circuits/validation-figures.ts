import { seededRandom } from "#shared/random";
import type { Figure } from "#shared/validation";
import type { KeptFeatures } from "./spliced-loss.ts";

const resamples = 1000;

/** Sets of features whose loss is wanted, by what they are for. */
export interface Variants {
	readonly names: readonly string[];
	readonly sets: readonly KeptFeatures[];
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

/** `Σ (of − empty) / Σ (full − empty)` over sequences, or over those that `pick` draws. */
export function findShare(
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
export function measureShare(
	of: readonly number[],
	full: readonly number[],
	empty: readonly number[],
	seed: number,
): Figure | null {
	const value = findShare(of, full, empty);
	if (!Number.isFinite(value)) return null;
	const random = seededRandom(seed);
	const drawn = Float64Array.from({ length: resamples }, () =>
		findShare(of, full, empty, () => Math.floor(random() * of.length)),
	);
	const sorted = drawn.filter(Number.isFinite).sort();
	const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? value;
	return { value, interval: [at(0.025), at(0.975)] };
}

/** So many sizes from 1 to all, none twice. */
export function spreadSizes(all: number, points: number): readonly number[] {
	const sizes = Array.from({ length: points }, (_, i) => Math.max(1, Math.round((all * (i + 1)) / points)));
	return [...new Set(sizes)];
}
