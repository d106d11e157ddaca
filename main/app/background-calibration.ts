import type { ProviderChoice } from "#shared/trace-request";
import type { SpeedKeeper } from "./machine-speed.ts";

/** The app has been open for a while, and what a person began with is over. */
const quietMs = 30_000;

/** Measures this machine once, when nobody asks the engine for anything. */
export class BackgroundCalibration {
	readonly #controller = new AbortController();
	readonly #timer: NodeJS.Timeout;

	constructor(speed: SpeedKeeper, providerOf: () => ProviderChoice) {
		this.#timer = setTimeout(() => {
			try {
				const provider = providerOf();
				if (speed.calibrationOf(provider)) return;
				// Quiet: forecasts go on with what most machines do.
				speed.calibrate(provider, { background: true, signal: this.#controller.signal }).catch(() => {});
			} catch {
				// Whatever is wrong with the database is told by the next call that needs it.
			}
		}, quietMs);
		this.#timer.unref();
	}

	dispose(): void {
		clearTimeout(this.#timer);
		this.#controller.abort();
	}
}
