import type { ActivationHistogram } from "#shared/feature-facts";

const bins = 20;

/**
 * Counts activations in equal bins over (0, max] without knowing the largest beforehand: the range doubles, two bins
 * becoming one, whenever an activation lies above it. Twenty numbers a feature, whatever the corpus.
 */
export class HistogramTally {
	#max = 0;
	readonly #counts = new Array<number>(bins).fill(0);

	add(activation: number): void {
		if (this.#max === 0) this.#max = activation;
		while (activation > this.#max) this.#double();
		const bin = Math.min(bins - 1, Math.max(0, Math.ceil((activation / this.#max) * bins) - 1));
		this.#counts[bin] = (this.#counts[bin] as number) + 1;
	}

	/** Undefined where nothing was counted. */
	get histogram(): ActivationHistogram | undefined {
		return this.#max === 0 ? undefined : { max: this.#max, counts: [...this.#counts] };
	}

	#double(): void {
		const counts = this.#counts;
		for (let bin = 0; bin < bins; bin++)
			counts[bin] = bin < bins / 2 ? (counts[2 * bin] as number) + (counts[2 * bin + 1] as number) : 0;
		this.#max *= 2;
	}
}
