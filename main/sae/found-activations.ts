import type { SparseActivations } from "./encoder-session.ts";

/** Active features as they are found, position by position; arrays that grow by doubling. */
export class FoundActivations {
	#positions = new Int32Array(4096);
	#features = new Int32Array(4096);
	#activations = new Float32Array(4096);
	#count = 0;

	/** What is not zero in `values [positions, width]`, the first row being of position `first`. */
	addDense(values: Float32Array, first: number, width: number): void {
		const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
		const whole = width - (width % 8);
		for (let row = 0; row * width < values.length; row++) {
			const [begin, end] = [row * width, (row + 1) * width];
			// Nearly all of them are zeros, whose bits are none: eight at once.
			for (let at = begin; at < begin + whole; at += 8) {
				const low =
					(bits[at] as number) | (bits[at + 1] as number) | (bits[at + 2] as number) | (bits[at + 3] as number);
				const high =
					(bits[at + 4] as number) | (bits[at + 5] as number) | (bits[at + 6] as number) | (bits[at + 7] as number);
				if ((low | high) !== 0) this.#addSome(values, at, at + 8, first + row, begin);
			}
			this.#addSome(values, begin + whole, end, first + row, begin);
		}
	}

	/** Of `count` positions the `values` that are not zero, with the numbers of their features. */
	addListed(values: Float32Array, indices: BigInt64Array, first: number, count: number): void {
		const width = values.length / count;
		for (let row = 0; row < count; row++) {
			const found: [number, number][] = [];
			for (let at = row * width; at < (row + 1) * width; at++)
				if (values[at] !== 0) found.push([Number(indices[at]), values[at] as number]);
			found.sort((a, b) => a[0] - b[0]);
			for (const [feature, value] of found) this.#add(first + row, feature, value);
		}
	}

	tell(): SparseActivations {
		return {
			positions: this.#positions.slice(0, this.#count),
			features: this.#features.slice(0, this.#count),
			activations: this.#activations.slice(0, this.#count),
		};
	}

	#addSome(values: Float32Array, from: number, to: number, position: number, begin: number): void {
		for (let at = from; at < to; at++) if (values[at] !== 0) this.#add(position, at - begin, values[at] as number);
	}

	#add(position: number, feature: number, value: number): void {
		if (this.#count === this.#positions.length) {
			const grow = <A extends Int32Array | Float32Array>(larger: A, old: A): A => {
				larger.set(old);
				return larger;
			};
			this.#positions = grow(new Int32Array(2 * this.#count), this.#positions);
			this.#features = grow(new Int32Array(2 * this.#count), this.#features);
			this.#activations = grow(new Float32Array(2 * this.#count), this.#activations);
		}
		this.#positions[this.#count] = position;
		this.#features[this.#count] = feature;
		this.#activations[this.#count++] = value;
	}
}
