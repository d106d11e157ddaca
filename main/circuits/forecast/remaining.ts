import type { Speed } from "#shared/forecast";
import type { Demand } from "./demand.ts";
import { secondsOf } from "./forecast.ts";

/**
 * Seconds that a run still takes when `share` of its steps are done: what its forecast has left, trusted the less the more
 * of the work has been measured. Steps are not alike, so it is their work that is counted and not their number.
 */
export class Remaining {
	readonly #phases: readonly { readonly steps: number; readonly seconds: number }[];
	readonly #steps: number;
	readonly #seconds: number;
	readonly #forecast: number;

	constructor(demand: Demand, speed: Pick<Speed, "rates">, forecastSeconds: number) {
		this.#phases = demand.phases.map(({ steps, work }) => ({ steps, seconds: secondsOf(work, speed) }));
		this.#steps = this.#phases.reduce((sum, { steps }) => sum + steps, 0);
		this.#seconds = this.#phases.reduce((sum, { seconds }) => sum + seconds, 0);
		this.#forecast = forecastSeconds;
	}

	after(share: number, elapsedSeconds: number): number {
		const done = Math.min(1, this.#workDone(share));
		if (done <= 0) return Math.max(0, this.#forecast - elapsedSeconds);
		// Both are what the whole would take: as it was forecast, and at the rate that was measured.
		const whole = (1 - done) * this.#forecast + done * (elapsedSeconds / done);
		return (1 - done) * whole;
	}

	/** Share of the work that lies before a share of the steps. */
	#workDone(share: number): number {
		let left = share * this.#steps;
		let seconds = 0;
		for (const phase of this.#phases) {
			if (left <= 0 || phase.steps <= 0) continue;
			seconds += phase.seconds * Math.min(1, left / phase.steps);
			left -= phase.steps;
		}
		return this.#seconds > 0 ? seconds / this.#seconds : share;
	}
}
