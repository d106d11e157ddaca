import type { RepoKind } from "#shared/cache-path";
import type { Download } from "#shared/contract/catalogue";
import type { Events } from "#shared/contract/contract";
import type { DownloadRequest } from "#shared/download";
import { cacheRepo } from "../hub/cache-repo.ts";
import { type HubSettings, readHubCache, readHubSettings } from "../hub/hub-settings.ts";
import { discardPartials } from "../hub/partial-file.ts";
import { countPresent, type PlannedRepo } from "../hub/plan-download.ts";
import type { Store } from "../store/store.ts";
import { fetchRequest } from "./fetch-request.ts";
import { nameRequest } from "./name-request.ts";
import { describeFailure } from "./router.ts";

type Tell = <E extends keyof Events>(event: E, data: Events[E]) => void;

/** `kind` is left out for models. */
type StoredPart = Pick<PlannedRepo, "revision" | "files"> & { readonly repo: string; readonly kind?: RepoKind };

interface Live {
	download: Download;
	/** What it fetches, once the hub has said so. */
	plan: readonly StoredPart[];
	controller: AbortController | undefined;
	/** Settles when nothing of it runs any more. */
	running: Promise<void>;
	savedAt: number;
}

type Stored = Pick<Live, "download" | "plan">;

const saveMs = 2000;

/** Why a download was stopped. */
class Stopped extends Error {}

/**
 * Downloads belong to the app: closing a window stops none, and those that ran when the program ended are there again at
 * its next start, paused, with what is on disk.
 */
export class Downloads {
	readonly #store: Store;
	readonly #tell: Tell;
	readonly #live = new Map<string, Live>();
	#disposed = false;

	constructor(store: Store, tell: Tell) {
		this.#store = store;
		this.#tell = tell;
		for (const { id, body, abandoned } of store.downloads.list()) {
			const { download, plan } = body as Stored;
			const state = abandoned && download.state === "running" ? "paused" : download.state;
			const live: Live = { ...{ plan, controller: undefined, running: Promise.resolve(), savedAt: 0 }, download };
			// What is done or was given up is as it was; only what may go on is looked at.
			const progress = state === "paused" || state === "running" ? countAgain(live) : download.progress;
			live.download = { ...download, state, progress };
			this.#live.set(id, live);
		}
	}

	list(): readonly Download[] {
		return [...this.#live.values()].map(({ download }) => download);
	}

	/** Asked again under the same id, it does nothing. Throws `usage` where `HF_ENDPOINT` is no address. */
	start(id: string, request: DownloadRequest): Download {
		const known = this.#live.get(id);
		if (known) return known.download;
		const settings = readHubSettings();
		const download: Download = {
			...{ id, title: nameRequest(request), request, state: "running", progress: null, failure: null, at: Date.now() },
		};
		const live: Live = { download, plan: [], controller: undefined, running: Promise.resolve(), savedAt: 0 };
		this.#live.set(id, live);
		this.#begin(live, settings);
		return live.download;
	}

	pause(id: string): void {
		const live = this.#live.get(id);
		if (!live?.controller) return;
		live.controller.abort(new Stopped());
		live.controller = undefined;
		this.#update(live, { state: "paused", ...still(live) });
	}

	resume(id: string): void {
		const live = this.#live.get(id);
		if (live && !live.controller && live.download.state !== "done") this.#begin(live, readHubSettings());
	}

	/** Ends it and throws away what is not whole; whole files stay. */
	async cancel(id: string): Promise<void> {
		const live = this.#live.get(id);
		if (!live) return;
		live.controller?.abort(new Stopped());
		this.#live.delete(id);
		this.#store.downloads.delete(id);
		this.#tell("download-gone", { id });
		await live.running;
		const cache = readHubCache();
		for (const { repo, kind, files } of live.plan)
			for (const { etag } of files) discardPartials(cacheRepo(cache, repo, kind).blobs, etag);
	}

	/** Forgets one that has ended; what it fetched stays. */
	dismiss(id: string): void {
		const live = this.#live.get(id);
		if (!live || live.controller) return;
		this.#live.delete(id);
		this.#store.downloads.delete(id);
		this.#tell("download-gone", { id });
	}

	/** Everything stops where it is. What runs is remembered as running, and offered at the next start. */
	dispose(): void {
		this.#disposed = true;
		for (const { controller } of this.#live.values()) controller?.abort(new Stopped());
	}

	#begin(live: Live, settings: HubSettings): void {
		const controller = new AbortController();
		const before = live.running;
		live.controller = controller;
		this.#update(live, { state: "running", failure: null });
		live.running = before.then(() => this.#run(live, settings, controller));
	}

	async #run(live: Live, settings: HubSettings, controller: AbortController): Promise<void> {
		const { signal } = controller;
		try {
			await fetchRequest(settings, live.download.request, signal, {
				planned: ({ parts }) => {
					live.plan = parts.map(({ repo: { repo, kind }, revision, files }) => ({ repo, kind, revision, files }));
					live.savedAt = 0;
					return true;
				},
				progress: (progress) => {
					if (!signal.aborted) this.#update(live, { progress });
				},
				waiting: (step) => {
					if (live.download.progress) this.#update(live, { progress: { ...live.download.progress, step } });
				},
			});
			this.#end(live, controller, { state: "done", failure: null });
			this.#tell("library", {});
		} catch (error) {
			if (!signal.aborted) this.#end(live, controller, { state: "failed", failure: describeFailure(error) });
		}
	}

	#end(live: Live, controller: AbortController, change: Partial<Download>): void {
		// Paused, and perhaps begun anew meanwhile: then it says nothing more.
		if (live.controller !== controller) return;
		live.controller = undefined;
		this.#update(live, { ...still(live), ...change });
	}

	#update(live: Live, change: Partial<Download>): void {
		if (this.#disposed) return;
		const before = live.download;
		live.download = { ...before, ...change };
		if (!this.#live.has(before.id)) return;
		this.#tell("download", live.download);
		if (live.download.state === before.state && Date.now() - live.savedAt < saveMs) return;
		live.savedAt = Date.now();
		const { download, plan } = live;
		this.#store.downloads.save(download.id, { download, plan } satisfies Stored);
	}
}

/** Nothing comes any more. */
const still = ({ download: { progress } }: Live): Partial<Download> => {
	if (!progress) return {};
	const { secondsLeft: _, ...rest } = progress;
	return { progress: { ...rest, bytesPerSecond: 0 } };
};

/** What is on disk now of a download whose files are known. */
function countAgain({ plan, download }: Live): Download["progress"] {
	if (plan.length === 0 || !download.progress) return download.progress;
	const cache = readHubCache();
	const files = plan.flatMap(({ repo, kind, revision, files }) => {
		const part = { repo: cacheRepo(cache, repo, kind), revision };
		return files.map((file) => ({ bytes: file.bytes, present: countPresent(part, file) }));
	});
	return {
		...download.progress,
		bytes: files.reduce((sum, { present }) => sum + present, 0),
		files: files.filter(({ bytes, present }) => bytes === present).length,
		bytesPerSecond: 0,
	};
}
