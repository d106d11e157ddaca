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
	/** Of the run under way. */
	#controller: AbortController | undefined;
	#wanted: readonly WantedLabels[] = [];
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
		if (!this.#controller) void this.#run();
	}

	/** A new key or setting: what failed may go well now. */
	forgetTrouble(): void {
		this.#restUntil = 0;
	}

	/** Consent was withdrawn: what waits is forgotten, and what is under way goes no further. */
	clear(): void {
		this.dispose();
		this.#options.waiting(0);
	}

	dispose(): void {
		this.#wanted = [];
		this.#controller?.abort();
		this.#controller = undefined;
	}

	async #run(): Promise<void> {
		const controller = new AbortController();
		this.#controller = controller;
		try {
			while (this.#controller === controller && this.#wanted.length > 0) {
				const wanted = this.#wanted;
				this.#wanted = [];
				const total = wanted.reduce((sum, { features }) => sum + features.length, 0);
				this.#options.waiting(total);
				const { notes } = await fetchLabels(this.#app.store, wanted, {
					neuronpedia: this.#app.neuronpedia.client,
					refresh: false,
					signal: controller.signal,
					progress: ({ done }) => {
						if (!controller.signal.aborted) this.#options.waiting(total - done);
					},
					stored: () => this.#options.stored(),
				});
				if (notes.length > 0) throw new AppError("network", notes.join(" "));
			}
		} catch {
			if (controller.signal.aborted) return;
			// Nobody asked for it: whoever does, is told.
			this.#wanted = [];
			this.#restUntil = Date.now() + restMs;
		} finally {
			// After a withdrawal another run may have begun.
			if (this.#controller === controller) {
				this.#controller = undefined;
				this.#options.waiting(0);
			}
		}
	}
}
