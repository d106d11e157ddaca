import type { RunCost, Speed } from "#shared/forecast";
import type { Piece } from "#shared/piece";
import { defaultRates } from "../circuits/forecast/default-rates.ts";
import { type Outlook, predictSeconds } from "../circuits/forecast/forecast.ts";
import { checkMemoryFloor } from "../circuits/forecast/memory-floor.ts";
import { Remaining } from "../circuits/forecast/remaining.ts";

/** What is over sooner says nothing of a machine's speed. */
const leastSeconds = 0.3;

/** One call of the engine against its forecast: what it still takes, and what is to be learnt from it. */
export class RunForecast {
	readonly #began = performance.now();
	readonly #outlook: Outlook | undefined;
	readonly #speed: Speed;
	readonly #remaining: Remaining | undefined;
	#reused = false;

	private constructor(outlook: Outlook | undefined, speed: Speed) {
		this.#outlook = outlook;
		this.#speed = speed;
		this.#remaining = outlook && new Remaining(outlook.demand, speed, predictSeconds(outlook, speed));
	}

	/** Throws `out-of-memory` where a limit cannot be kept. Where nothing can be opened, the run itself says why. */
	static async begin(
		foresee: () => Promise<Outlook | undefined>,
		speed: Speed = { rates: defaultRates(), corrections: {} },
		memory?: { readonly limitBytes: number; readonly othersBytes: number },
	): Promise<RunForecast> {
		const outlook = await foresee().catch(() => undefined);
		if (outlook && memory) checkMemoryFloor(outlook, memory.limitBytes, memory.othersBytes);
		return new RunForecast(outlook, speed);
	}

	/** A stored piece is used: the run is shorter than it was forecast. */
	reuse({ kind }: Piece): void {
		// Thresholds are an input and spare nothing.
		if (kind !== "thresholds") this.#reused = true;
	}

	tell(done: number, total: number): { readonly secondsLeft?: number } {
		const elapsed = (performance.now() - this.#began) / 1000;
		if (this.#remaining && !this.#reused)
			return { secondsLeft: this.#remaining.after(done / Math.max(1, total), elapsed) };
		return done > 0 ? { secondsLeft: (elapsed / done) * (total - done) } : {};
	}

	end(): RunCost | undefined {
		const seconds = (performance.now() - this.#began) / 1000;
		if (!this.#outlook || this.#reused || seconds < leastSeconds) return undefined;
		return {
			kind: this.#outlook.kind,
			forecastSeconds: predictSeconds(this.#outlook, this.#speed, false),
			seconds,
		};
	}
}
