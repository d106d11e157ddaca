type Method = (...parameters: never[]) => Promise<unknown>;

/** Wall-clock and processor seconds by what they were spent on. */
export class Spent {
	readonly #kinds = new Map<string, { wall: number; processor: number }>();

	/** Counts what a method of a class, or of its objects, takes from now on. */
	watch<K extends string>(kind: string, owner: { [key in K]: Method }, name: K): void {
		const method = owner[name] as (...parameters: unknown[]) => Promise<unknown>;
		const count = this.count.bind(this);
		const watched = async function (this: unknown, ...parameters: unknown[]) {
			return await count(kind, () => method.apply(this, parameters));
		};
		owner[name] = watched as Method as (typeof owner)[K];
	}

	async count<Result>(kind: string, work: () => Promise<Result>): Promise<Result> {
		const [began, used] = [performance.now(), process.cpuUsage()];
		try {
			return await work();
		} finally {
			const { user, system } = process.cpuUsage(used);
			const sum = this.#kinds.get(kind) ?? { wall: 0, processor: 0 };
			this.#kinds.set(kind, {
				wall: sum.wall + (performance.now() - began) / 1000,
				processor: sum.processor + (user + system) / 1e6,
			});
		}
	}

	/** Of what was counted since this was last asked. */
	tell(): { of(kind: string): { readonly wall: number; readonly processor: number } } {
		const kinds = new Map(this.#kinds);
		this.#kinds.clear();
		return { of: (kind) => kinds.get(kind) ?? { wall: 0, processor: 0 } };
	}
}
