const [shortMs, longMs] = [120, 400];
const [fewest, most] = [32, 2048];

/** How many tokens a run takes so that it blocks for less than half a second: it learns from each run. */
export class RunLength {
	#tokens = 128;

	get tokens(): number {
		return this.#tokens;
	}

	async time<T>(run: () => Promise<T>): Promise<T> {
		const began = performance.now();
		const result = await run();
		const ms = performance.now() - began;
		if (ms < shortMs) this.#tokens = Math.min(most, 2 * this.#tokens);
		else if (ms > longMs) this.#tokens = Math.max(fewest, this.#tokens / 2);
		return result;
	}
}
