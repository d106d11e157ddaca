/** What is read like an array, whether its records exist or are made when somebody looks at them. */
export interface Rows<T> extends Iterable<T> {
	readonly length: number;
	at(index: number): T | undefined;
	map<R>(make: (row: T, index: number) => R): R[];
	flatMap<R>(make: (row: T, index: number) => R | readonly R[]): R[];
	filter(test: (row: T, index: number) => boolean): T[];
	find(test: (row: T, index: number) => boolean): T | undefined;
	some(test: (row: T, index: number) => boolean): boolean;
	every(test: (row: T, index: number) => boolean): boolean;
	reduce<R>(join: (joined: R, row: T, index: number) => R, first: R): R;
}

/** Rows over columns: each record is made when it is looked at, and forgotten. */
export abstract class LazyRows<T> implements Rows<T> {
	abstract readonly length: number;

	/** The record of a row that there is. */
	protected abstract read(index: number): T;

	at(index: number): T | undefined {
		const place = index < 0 ? this.length + index : index;
		return place >= 0 && place < this.length ? this.read(place) : undefined;
	}

	*[Symbol.iterator](): Iterator<T> {
		for (let i = 0; i < this.length; i++) yield this.read(i);
	}

	map<R>(make: (row: T, index: number) => R): R[] {
		return Array.from({ length: this.length }, (_, i) => make(this.read(i), i));
	}

	flatMap<R>(make: (row: T, index: number) => R | readonly R[]): R[] {
		const made: R[] = [];
		for (let i = 0; i < this.length; i++) made.push(...([make(this.read(i), i)].flat() as R[]));
		return made;
	}

	filter(test: (row: T, index: number) => boolean): T[] {
		const kept: T[] = [];
		for (let i = 0; i < this.length; i++) {
			const row = this.read(i);
			if (test(row, i)) kept.push(row);
		}
		return kept;
	}

	find(test: (row: T, index: number) => boolean): T | undefined {
		for (let i = 0; i < this.length; i++) {
			const row = this.read(i);
			if (test(row, i)) return row;
		}
		return undefined;
	}

	some(test: (row: T, index: number) => boolean): boolean {
		return this.find(test) !== undefined;
	}

	every(test: (row: T, index: number) => boolean): boolean {
		return !this.some((row, i) => !test(row, i));
	}

	reduce<R>(join: (joined: R, row: T, index: number) => R, first: R): R {
		let joined = first;
		for (let i = 0; i < this.length; i++) joined = join(joined, this.read(i), i);
		return joined;
	}

	/** As an array of records, which is what JSON of it is. */
	toJSON(): T[] {
		return [...this];
	}
}
