/**
 * Reverse-mode differentiation number by number in float64: slow, and too simple to be wrong. A variable is its index
 * on the tape; each knows its two parents and its derivative by them.
 */
export class Tape {
	readonly values: number[] = [];
	readonly #left: number[] = [];
	readonly #right: number[] = [];
	readonly #byLeft: number[] = [];
	readonly #byRight: number[] = [];

	leaf(value: number): number {
		return this.#push(value, -1, 0, -1, 0);
	}
	value(a: number): number {
		return this.values[a] as number;
	}
	add(a: number, b: number): number {
		return this.#push(this.value(a) + this.value(b), a, 1, b, 1);
	}
	sub(a: number, b: number): number {
		return this.#push(this.value(a) - this.value(b), a, 1, b, -1);
	}
	mul(a: number, b: number): number {
		return this.#push(this.value(a) * this.value(b), a, this.value(b), b, this.value(a));
	}
	div(a: number, b: number): number {
		const [x, y] = [this.value(a), this.value(b)];
		return this.#push(x / y, a, 1 / y, b, -x / (y * y));
	}
	/** `a · constant + shift`. */
	scale(a: number, constant: number, shift = 0): number {
		return this.#push(this.value(a) * constant + shift, a, constant, -1, 0);
	}
	map(a: number, value: number, slope: number): number {
		return this.#push(value, a, slope, -1, 0);
	}
	exp(a: number): number {
		const y = Math.exp(this.value(a));
		return this.map(a, y, y);
	}
	log(a: number): number {
		return this.map(a, Math.log(this.value(a)), 1 / this.value(a));
	}
	sqrt(a: number): number {
		const y = Math.sqrt(this.value(a));
		return this.map(a, y, 0.5 / y);
	}
	sum(terms: readonly number[]): number {
		return terms.reduce((a, b) => this.add(a, b));
	}
	/** Σ xᵢ·wᵢ + shift with constant weights. */
	dot(x: readonly number[], weights: ArrayLike<number>, shift = 0): number {
		let total = this.leaf(shift);
		for (const [i, a] of x.entries()) total = this.#push(this.value(total) + this.value(a) * (weights[i] as number), total, 1, a, weights[i] as number);
		return total;
	}

	/** Derivative of Σ seedᵢ·variableᵢ by every variable. */
	backward(seeds: ReadonlyMap<number, number>): Float64Array {
		const gradients = new Float64Array(this.values.length);
		for (const [a, seed] of seeds) gradients[a] = (gradients[a] as number) + seed;
		for (let a = gradients.length - 1; a >= 0; a--) {
			const gradient = gradients[a] as number;
			if (gradient === 0) continue;
			const [l, r] = [this.#left[a] as number, this.#right[a] as number];
			if (l >= 0) gradients[l] = (gradients[l] as number) + gradient * (this.#byLeft[a] as number);
			if (r >= 0) gradients[r] = (gradients[r] as number) + gradient * (this.#byRight[a] as number);
		}
		return gradients;
	}

	#push(value: number, left: number, byLeft: number, right: number, byRight: number): number {
		this.#left.push(left);
		this.#byLeft.push(byLeft);
		this.#right.push(right);
		this.#byRight.push(byRight);
		return this.values.push(value) - 1;
	}
}
