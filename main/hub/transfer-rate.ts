/** How long back a rate looks: short enough to follow, long enough to stand still. */
const windowMs = 6000;
/** How long it must have looked before anything is foretold by it. */
const settledMs = 1500;

/** Bytes a second over the last seconds. */
export class TransferRate {
	readonly #samples: { readonly at: number; readonly bytes: number }[] = [];
	readonly #begun = performance.now();
	#recent = 0;

	add(bytes: number, now = performance.now()): void {
		this.#samples.push({ at: now, bytes });
		this.#recent += bytes;
		this.#forget(now);
	}

	perSecond(now = performance.now()): number {
		this.#forget(now);
		return (1000 * this.#recent) / Math.max(200, Math.min(windowMs, now - this.#begun));
	}

	isSettled(now = performance.now()): boolean {
		return now - this.#begun >= settledMs;
	}

	#forget(now: number): void {
		while (this.#samples[0] && now - this.#samples[0].at > windowMs) this.#recent -= this.#samples.shift()?.bytes ?? 0;
	}
}
