import { AppError } from "#shared/errors";
import type { App } from "./app.ts";
import { fetchLabels, type WantedLabels } from "./label-fetch.ts";

/** After trouble nothing is asked for so long. */
const restMs = 600_000;

interface BackgroundOptions {
	isAllowed(): boolean;
	stored(): void;
	/** Told whenever the number of features that wait changes. */
	waiting(features: number): void;
}

/** Asks Neuronpedia for what is on the screen, where the user allows it: quiet, each feature once, with a rest after trouble. */
export class BackgroundLabels {
	readonly #app: App;
	readonly #options: BackgroundOptions;
	readonly #controller = new AbortController();
	#wanted: readonly WantedLabels[] = [];
	#running = false;
	#restUntil = 0;

	constructor(app: App, options: BackgroundOptions) {
		this.#app = app;
		this.#options = options;
	}

	show(wanted: readonly WantedLabels[]): void {
		if (!this.#options.isAllowed() || Date.now() < this.#restUntil) return;
		const { published } = this.#app.store;
		this.#wanted = wanted
			.map(({ source, features }) => ({ source, features: published.listUnasked(source, features) }))
			.filter(({ features }) => features.length > 0);
		if (!this.#running) void this.#run();
	}

	/** A new key or setting: what failed may go well now. */
	forgetTrouble(): void {
		this.#restUntil = 0;
	}

	dispose(): void {
		this.#wanted = [];
		this.#controller.abort();
	}

	async #run(): Promise<void> {
		this.#running = true;
		try {
			while (this.#wanted.length > 0) {
				const wanted = this.#wanted;
				this.#wanted = [];
				const total = wanted.reduce((sum, { features }) => sum + features.length, 0);
				this.#options.waiting(total);
				const { notes } = await fetchLabels(this.#app.store, wanted, {
					neuronpedia: this.#app.neuronpedia.client,
					refresh: false,
					signal: this.#controller.signal,
					progress: ({ done }) => this.#options.waiting(total - done),
					stored: () => this.#options.stored(),
				});
				if (notes.length > 0) throw new AppError("network", notes.join(" "));
			}
		} catch {
			// Nobody asked for it: whoever does, is told.
			this.#wanted = [];
			this.#restUntil = Date.now() + restMs;
		} finally {
			this.#running = false;
			if (!this.#controller.signal.aborted) this.#options.waiting(0);
		}
	}
}
