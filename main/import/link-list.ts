const chunkLinks = 1 << 20;

/** Millions of links in 16 bytes each: numbers of their ends and weights. Ends are named before they are known. */
export class LinkList {
	readonly #numbers = new Map<string, number>();
	readonly #chunks: { readonly sources: Int32Array; readonly targets: Int32Array; readonly weights: Float64Array }[] =
		[];
	length = 0;

	numberOf(id: string): number {
		const known = this.#numbers.get(id);
		if (known !== undefined) return known;
		this.#numbers.set(id, this.#numbers.size);
		return this.#numbers.size - 1;
	}

	/** Nodes that were named. */
	get ends(): number {
		return this.#numbers.size;
	}

	add(source: string, target: string, weight: number): void {
		const at = this.length % chunkLinks;
		if (at === 0)
			this.#chunks.push({
				sources: new Int32Array(chunkLinks),
				targets: new Int32Array(chunkLinks),
				weights: new Float64Array(chunkLinks),
			});
		const chunk = this.#chunks.at(-1);
		if (!chunk) return;
		chunk.sources[at] = this.numberOf(source);
		chunk.targets[at] = this.numberOf(target);
		chunk.weights[at] = weight;
		this.length++;
	}

	forEach(visit: (source: number, target: number, weight: number) => void): void {
		let left = this.length;
		for (const { sources, targets, weights } of this.#chunks) {
			const count = Math.min(left, chunkLinks);
			for (let i = 0; i < count; i++) visit(sources[i] as number, targets[i] as number, weights[i] as number);
			left -= count;
		}
	}
}
