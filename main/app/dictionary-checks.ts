import { relative } from "node:path";
import type { CheckRequest, DictionaryCheck } from "#shared/dictionary-check";
import { AppError } from "#shared/errors";
import type { Progress, TraceRequest, TraceResult } from "#shared/trace";
import { discoverDictionaries } from "../sae/discovery.ts";
import { type App, readVersions } from "./app.ts";
import { reference, referenceFolder } from "./locations.ts";

/** As reports of this kind are stored, one for each dictionary and way of reading it. */
export const checkKind = "check";

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
	for (const { id, body } of store.listReports(checkKind, null))
		if ((body as DictionaryCheck).hash === check.hash) store.deleteReport(id);
	store.saveReport(checkKind, null, request, check, readVersions());
	return check;
}

interface BackgroundOptions {
	isAllowed(): boolean;
	/** Something is known that was not. */
	stored(): void;
}

const isBundled = (dir: string) => !relative(referenceFolder, dir).startsWith("..");

/** What names dictionaries and how they are read. */
export type UsedDictionaries = Pick<TraceRequest, "modelDir" | "dictionaryDirs" | "conventions" | "bos"> &
	Partial<Pick<TraceRequest, "provider">>;

function listFolders({ dictionaryDirs, conventions }: UsedDictionaries): (readonly [hash: string, dir: string])[] {
	return discoverDictionaries(dictionaryDirs, conventions).dictionaries.map(({ hash, dir }) => [hash, dir]);
}

/** Measures every dictionary once after it was first used, when nobody else asks the engine for anything. */
export class BackgroundChecks {
	readonly #app: App;
	readonly #options: BackgroundOptions;
	readonly #controller = new AbortController();
	/** By hash: waiting, done, or not to be had. */
	readonly #seen = new Set<string>();
	readonly #waiting: CheckRequest[] = [];
	#running = false;

	constructor(app: App, options: BackgroundOptions) {
		this.#app = app;
		this.#options = options;
	}

	/** A trace has used these: once each. The bundled ones were measured when they were made. */
	use(request: UsedDictionaries, { dictionaries }: Pick<TraceResult, "dictionaries">): void {
		if (!this.#options.isAllowed()) return;
		const known = new Set(
			this.#app.store.listReports(checkKind, null).map(({ body }) => (body as DictionaryCheck).hash),
		);
		const fresh = dictionaries.filter(({ hash }) => !known.has(hash) && !this.#seen.has(hash));
		if (fresh.length === 0) return;
		const folders = this.#findFolders(request);
		this.#want(
			request,
			fresh.map(({ hash }) => [hash, folders.get(hash)] as const).filter(([, dir]) => dir && !isBundled(dir)),
		);
	}

	/** Somebody asks for these, whether or not they were measured before. Throws where they cannot be opened. */
	want(request: UsedDictionaries): void {
		this.#want(request, listFolders(request));
	}

	#want(
		{ modelDir, conventions, bos, provider = "auto" }: UsedDictionaries,
		folders: readonly (readonly [hash: string, dir: string | undefined])[],
	): void {
		for (const [hash, dictionaryDir] of folders) {
			this.#seen.add(hash);
			if (dictionaryDir === undefined) continue;
			this.#waiting.push({
				...{ modelDir, dictionaryDir, corpus: reference.sample, provider },
				...(conventions && { conventions }),
				...(bos && { bos }),
			});
		}
		if (!this.#running) void this.#run();
	}

	dispose(): void {
		this.#waiting.length = 0;
		this.#controller.abort();
	}

	#findFolders(request: UsedDictionaries): ReadonlyMap<string, string> {
		try {
			return new Map(listFolders(request));
		} catch {
			// What cannot be opened any more was told where it was asked for.
			return new Map();
		}
	}

	async #run(): Promise<void> {
		this.#running = true;
		try {
			for (let next = this.#waiting.shift(); next; next = this.#waiting.shift())
				try {
					await checkWithReport(this.#app, next, { background: true, signal: this.#controller.signal });
					this.#options.stored();
				} catch (error) {
					// Quiet: nobody asked for it.
					if (error instanceof AppError && error.code === "cancelled") return;
				}
		} finally {
			this.#running = false;
		}
	}
}
