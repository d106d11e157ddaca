import type { Conventions } from "#shared/conventions";
import { AppError } from "#shared/errors";
import type { SiteName } from "#shared/site";
import type { App } from "./app.ts";
import { listUnseen } from "./feature-lookup.ts";
import { findSampleText } from "./sample-text.ts";
import type { WantedFeatures } from "./wanted-features.ts";

/** Of the sample, and of what is asked at once. */
const [maxTokens, maxLength, featuresAtOnce] = [16_384, 128, 64];
const shown = { contexts: 6, view: 5 };

interface Wanted {
	readonly modelDir: string;
	readonly dir: string;
	readonly hash: string;
	readonly site: SiteName;
	readonly conventions?: Conventions;
	readonly bos?: "on" | "off";
	/** Most important first. */
	features: readonly number[];
}

interface BackgroundOptions {
	isAllowed(): boolean;
	stored(dictionary: string, features: readonly number[]): void;
	/** Told whenever the number of features that wait changes. */
	waiting(features: number): void;
}

/**
 * Gathers contexts of features of which no text has told, over a sample: what was shown last comes first, everything
 * else that the engine is asked goes before. What comes is stored for good.
 */
export class BackgroundContexts {
	readonly #app: App;
	readonly #options: BackgroundOptions;
	#controller = new AbortController();
	/** Dictionaries that cannot be read: they are not tried again before the next start. */
	readonly #failed = new Set<string>();
	#wanted: readonly Wanted[] = [];
	#running = false;

	constructor(app: App, options: BackgroundOptions) {
		this.#app = app;
		this.#options = options;
	}

	get waiting(): number {
		return this.#wanted.reduce((sum, { features }) => sum + features.length, 0);
	}

	/** These are on the screen, the most important first; they replace what was. */
	show(query: WantedFeatures & { readonly bos?: "on" | "off" }): void {
		this.#wanted = this.#options.isAllowed() ? this.#choose(query) : [];
		this.#options.waiting(this.waiting);
		if (!this.#running) void this.#run();
	}

	/** The setting was switched off: what is under way ends too. */
	clear(): void {
		this.dispose();
		this.#controller = new AbortController();
		this.#options.waiting(0);
	}

	dispose(): void {
		this.#wanted = [];
		this.#controller.abort();
	}

	#choose(query: WantedFeatures & { readonly bos?: "on" | "off" }): readonly Wanted[] {
		const unseen = Map.groupBy(listUnseen(this.#app, query), ({ site }) => site);
		return [...unseen].flatMap(([site, features]) => {
			const hash = query.dictionaries.get(site)?.hash;
			if (hash === undefined || this.#failed.has(hash)) return [];
			const { modelDir, conventions, bos } = query;
			const dir = this.#app.folders.find({ site, hash, dirs: query.dictionaryDirs, conventions })?.dir;
			if (dir === undefined) return [];
			return [
				{
					...{ modelDir, dir, hash, site, features: features.map(({ feature }) => feature) },
					...(conventions && { conventions }),
					...(bos && { bos }),
				},
			];
		});
	}

	async #run(): Promise<void> {
		this.#running = true;
		try {
			for (let next = this.#wanted[0]; next; next = this.#wanted[0]) await this.#gather(next);
		} finally {
			this.#running = false;
		}
	}

	async #gather(wanted: Wanted): Promise<void> {
		const { modelDir, dir, hash, site, conventions, bos } = wanted;
		const features = wanted.features.slice(0, featuresAtOnce);
		const sample = findSampleText();
		const { signal } = this.#controller;
		try {
			const { tokens, facts } = await this.#app.engine.call(
				"sampleFacts",
				{
					...{ modelDir, dictionaryDirs: [dir], provider: "auto", corpus: sample.path, site, features },
					...{ nextSites: this.#wanted.map((one) => one.site), maxLength, maxTokens, ...shown },
					...(conventions && { conventions }),
					...(bos && { bos }),
				},
				{ background: true, signal },
			);
			this.#app.store.sampleFacts.save(hash, { sample: sample.name, tokens }, facts);
			this.#drop(hash, features);
			this.#options.stored(hash, features);
		} catch (error) {
			// What is on the screen since then is another matter.
			if (signal.aborted) return;
			// Quiet: nobody asked for it. Where the database fails, the next call says so.
			if (!(error instanceof AppError && error.code === "cancelled")) this.#failed.add(hash);
			this.#wanted = this.#wanted.filter((one) => one.hash !== hash);
		}
		if (!signal.aborted) this.#options.waiting(this.waiting);
	}

	#drop(hash: string, features: readonly number[]): void {
		const done = new Set(features);
		this.#wanted = this.#wanted
			.map((one) =>
				one.hash === hash ? { ...one, features: one.features.filter((feature) => !done.has(feature)) } : one,
			)
			.filter((one) => one.features.length > 0);
	}
}
