import type { Posting } from "#shared/posting";

interface Growing {
	readonly addresses: number[];
	readonly values: number[];
}

/** Where features are active, gathered in memory entry by entry, addresses ascending. */
export class PostingLists {
	readonly #lists = new Map<number, Growing>();

	add(feature: number, address: number, value: number): void {
		let list = this.#lists.get(feature);
		if (!list) {
			list = { addresses: [], values: [] };
			this.#lists.set(feature, list);
		}
		list.addresses.push(address);
		list.values.push(value);
	}

	/** Empty where it was never active. */
	read(feature: number): Posting {
		const { addresses, values } = this.#lists.get(feature) ?? { addresses: [], values: [] };
		return { addresses: Int32Array.from(addresses), values: Float32Array.from(values) };
	}
}
