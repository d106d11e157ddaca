import type { CheckRequest, DictionaryCheck } from "#shared/dictionary-check";
import type { Progress, TraceResult } from "#shared/trace";
import type { TraceRequest } from "#shared/trace-request";
import { type App, readVersions } from "./app.ts";
import { isBundled, reference } from "./locations.ts";

/** As reports of this kind are stored, one for each dictionary and way of reading it. */
const checkKind = "check";

interface CheckCall {
	readonly signal: AbortSignal;
	readonly background?: boolean;
	progress?(progress: Progress): void;
}

/** Measures a dictionary and keeps what came of it, in the place of what was known. */
export async function checkWithReport(
	{ engine, store }: App,
	request: CheckRequest,
	call: CheckCall,
): Promise<DictionaryCheck> {
	const check = await engine.call("checkDictionary", request, call);
	const { hash } = check;
	for (const id of store.reports.listOfDictionary(checkKind, hash)) store.reports.delete(id);
	store.reports.save(checkKind, null, { ...request, hash }, check, readVersions());
	return check;
}

interface BackgroundOptions {
	isAllowed(): boolean;
	/** Something is known that was not. */
	stored(): void;
}

/** What names dictionaries and how they are read. */
export type UsedDictionaries = Pick<TraceRequest, "modelDir" | "dictionaryDirs" | "conventions" | "bos"> &
	Partial<Pick<TraceRequest, "provider">>;

interface WaitingCheck {
	readonly hash: string;
	readonly request: CheckRequest;
	/** Somebody asked for it; else a trace has used the dictionary. */
	asked: boolean;
}

/** Measures every dictionary once after it was first used, when nobody else asks the engine for anything. */
export class BackgroundChecks {
	readonly #app: App;
	readonly #options: BackgroundOptions;
	/** By hash: measured since the start, or not to be had. */
	readonly #done = new Set<string>();
	#waiting: WaitingCheck[] = [];
	#running: (WaitingCheck & { readonly controller: AbortController }) | undefined;

	constructor(app: App, options: BackgroundOptions) {
		this.#app = app;
		this.#options = options;
	}

	/** A trace has used these: once each. The bundled ones were measured when they were made. */
	use(request: UsedDictionaries, { dictionaries }: Pick<TraceResult, "dictionaries">): void {
		if (!this.#options.isAllowed()) return;
		const fresh = dictionaries.filter(
			({ hash }) => !this.#done.has(hash) && this.#app.store.reports.listOfDictionary(checkKind, hash).length === 0,
		);
		const { dictionaryDirs: dirs, conventions } = request;
		for (const { hash, site } of fresh) {
			const dir = this.#app.folders.find({ site, hash, dirs, conventions })?.dir;
			if (dir === undefined || isBundled(dir)) this.#done.add(hash);
			else this.#add(request, hash, dir, false);
		}
	}

	/** Somebody asks for these, whether or not they were measured before. Throws where they cannot be opened. */
	want(request: UsedDictionaries): void {
		const { dictionaryDirs, conventions } = request;
		for (const { hash, dir } of this.#app.folders.list(dictionaryDirs, conventions))
			this.#add(request, hash, dir, true);
	}

	/** The setting was switched off: what nobody asked for is not measured. */
	clear(): void {
		this.#waiting = this.#waiting.filter(({ asked }) => asked);
		if (this.#running?.asked === false) this.#running.controller.abort();
	}

	dispose(): void {
		this.#waiting = [];
		this.#running?.controller.abort();
	}

	/** One that waits or is being measured is not measured twice. */
	#add(
		{ modelDir, conventions, bos, provider = "auto" }: UsedDictionaries,
		hash: string,
		dictionaryDir: string,
		asked: boolean,
	): void {
		const same = [this.#running, ...this.#waiting].find((one) => one?.hash === hash);
		if (same) same.asked ||= asked;
		else
			this.#waiting.push({
				...{ hash, asked },
				request: {
					...{ modelDir, dictionaryDir, corpus: reference.sample, provider },
					...(conventions && { conventions }),
					...(bos && { bos }),
				},
			});
		if (!this.#running) void this.#run();
	}

	async #run(): Promise<void> {
		for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
			const controller = new AbortController();
			this.#running = { ...next, controller };
			try {
				await checkWithReport(this.#app, next.request, { background: true, signal: controller.signal });
				this.#options.stored();
			} catch {
				// Quiet: a report that does not come says so.
			}
			if (!controller.signal.aborted) this.#done.add(next.hash);
			this.#running = undefined;
		}
	}
}
