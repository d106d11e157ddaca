import type { Events } from "#shared/contract/contract";
import type { ServerFrame } from "#shared/contract/frames";
import type { CircuitChange } from "#shared/contract/results";
import { type TraceRequest, writeRequest } from "#shared/trace-request";
import type { EditOutcome } from "../store/circuit-edits.ts";
import { findUndoable } from "../store/circuit-history.ts";
import type { RunSummary } from "../store/runs.ts";
import type { App } from "./app.ts";
import { BackgroundCalibration } from "./background-calibration.ts";
import { BackgroundContexts } from "./background-contexts.ts";
import { BackgroundLabels } from "./background-labels.ts";
import { BackgroundChecks } from "./dictionary-checks.ts";
import { Downloads } from "./downloads.ts";
import { Uploads } from "./exchange/uploads.ts";
import { Exports } from "./exports.ts";
import { FeatureBrowser } from "./feature-browser.ts";
import { buildAppHandlers, loadSettings } from "./handlers/app-handlers.ts";
import { buildCatalogueHandlers } from "./handlers/catalogue-handlers.ts";
import { buildCircuitHandlers } from "./handlers/circuit-handlers.ts";
import { buildExportHandlers } from "./handlers/export-handlers.ts";
import { buildFeatureHandlers } from "./handlers/feature-handlers.ts";
import { buildImportHandlers } from "./handlers/import-handlers.ts";
import { buildLabelHandlers } from "./handlers/label-handlers.ts";
import { buildLibraryHandlers } from "./handlers/library-handlers.ts";
import { buildTaskHandlers } from "./handlers/task-handlers.ts";
import { buildTraceHandlers } from "./handlers/trace-handlers.ts";
import { Jobs } from "./jobs.ts";
import { type AppHandlers, Router } from "./router.ts";
import { describeRuns } from "./run-description.ts";
import { Tasks } from "./tasks.ts";
import { Tokenizers } from "./tokenizers.ts";

/** How often it is looked whether another process has written to the database. */
const othersMs = 1500;

/** Who shows the app to the user. */
export type Host = "electron" | "loopback" | "direct";

/**
 * The app as its faces see it: one set of handlers, any number of callers. What one caller changes, every other is told.
 */
export class Service {
	readonly app: App;
	readonly host: Host;
	readonly jobs: Jobs;
	readonly tasks: Tasks;
	readonly downloads: Downloads;
	readonly browser: FeatureBrowser;
	readonly contexts: BackgroundContexts;
	readonly labels: BackgroundLabels;
	readonly checks: BackgroundChecks;
	readonly calibration: BackgroundCalibration;
	readonly exports: Exports;
	readonly tokenizers = new Tokenizers();
	readonly uploads = new Uploads();
	readonly #interrupted;
	readonly handlers: AppHandlers;
	readonly #routers = new Set<Router>();
	readonly #watch: NodeJS.Timeout;
	#dataVersion: number | undefined;

	constructor(app: App, host: Host) {
		this.app = app;
		this.host = host;
		this.#interrupted = [...app.store.runs.markInterrupted()];
		this.#watch = setInterval(() => this.#noticeOthers(), othersMs);
		this.#watch.unref();
		this.jobs = new Jobs(app, {
			tell: (event, data) => this.tell(event, data),
			changed: (circuit, { step, diff }, label) => void this.announce(circuit, { step, diff, label }),
			traced: (request, result) => this.checks.use(request, result),
		});
		this.tasks = new Tasks(app, (event, data) => this.tell(event, data));
		this.downloads = new Downloads(app.store, (event, data) => this.tell(event, data));
		this.browser = new FeatureBrowser(app);
		const work = { contexts: 0, labels: 0 };
		const tellWork = (part: Partial<typeof work>) => {
			if (Object.entries(part).every(([key, count]) => work[key as keyof typeof work] === count)) return;
			Object.assign(work, part);
			this.tell("background", { ...work });
		};
		this.contexts = new BackgroundContexts(app, {
			isAllowed: () => loadSettings(this).backgroundContexts,
			stored: (dictionary, features) => this.tell("known", { dictionary, features }),
			waiting: (contexts) => tellWork({ contexts }),
		});
		this.checks = new BackgroundChecks(app, {
			isAllowed: () => loadSettings(this).backgroundContexts,
			stored: () => this.tell("checks", {}),
		});
		this.labels = new BackgroundLabels(app, {
			isAllowed: () => loadSettings(this).neuronpedia,
			stored: () => this.tell("known", {}),
			waiting: (labels) => tellWork({ labels }),
		});
		this.calibration = new BackgroundCalibration(app.speed, () => loadSettings(this).provider);
		this.exports = new Exports(app);
		app.engine.limitMemory(loadSettings(this).memoryLimitBytes ?? undefined);
		this.handlers = {
			...buildAppHandlers(this),
			...buildCatalogueHandlers(this),
			...buildCircuitHandlers(this),
			...buildExportHandlers(this),
			...buildFeatureHandlers(this),
			...buildLabelHandlers(this),
			...buildImportHandlers(this),
			...buildLibraryHandlers(this),
			...buildTaskHandlers(this),
			...buildTraceHandlers(this),
		};
	}

	/** Traces that were cut off before this start and have not been asked for since. */
	get interrupted(): readonly RunSummary<TraceRequest>[] {
		return this.#interrupted;
	}

	/** A trace that had been cut off is asked for again. */
	forgetInterrupted(request: TraceRequest): void {
		const wanted = writeRequest(request);
		const at = this.#interrupted.findIndex((run) => writeRequest(run.request) === wanted);
		if (at >= 0) this.#interrupted.splice(at, 1);
	}

	/** Nothing is read in the background any more, neither for contexts nor for checks. */
	stopReading(): void {
		this.contexts.clear();
		this.checks.clear();
	}

	/** A new caller; `send` carries frames to it. Whoever connects disposes of the router. */
	connect(send: (frame: ServerFrame) => void): Router {
		const router = new Router(this.handlers, send);
		this.#routers.add(router);
		send({ type: "ready" });
		return router;
	}

	disconnect(router: Router): void {
		this.#routers.delete(router);
		router.dispose();
	}

	/** Ends the engine and closes the store. Traces that run are cut off, and offered again at the next start. */
	dispose(): void {
		clearInterval(this.#watch);
		this.jobs.dispose();
		this.tasks.dispose();
		this.uploads.dispose();
		this.contexts.dispose();
		this.checks.dispose();
		this.calibration.dispose();
		this.labels.dispose();
		this.downloads.dispose();
		this.exports.dispose();
		for (const router of this.#routers) router.dispose();
		this.app.dispose();
	}

	tell<E extends keyof Events>(event: E, data: Events[E]): void {
		if (event === "features" || event === "known") this.browser.forget();
		for (const router of this.#routers) router.tell(event, data);
	}

	/** Tells every window what changed, and what undo would do next. */
	announce(name: string, outcome: EditOutcome): CircuitChange {
		const described = outcome.diff.nodes && describeRuns(this, name, this.app.store.circuits.loadNodes(name));
		const change = { name, ...outcome, ...this.undoLabels(name), ...(described && { described }) };
		this.tell("circuit", change);
		return change;
	}

	undoLabels(name: string): Pick<CircuitChange, "undo" | "redo" | "undoable"> {
		const { undo, redo } = findUndoable(this.app.store.circuits.history(name));
		return { undo: undo.at(-1)?.label ?? null, redo: redo.at(-1)?.label ?? null, undoable: undo.length };
	}

	/** What another process wrote, such as a trace in a terminal, shows in every window too. */
	#noticeOthers(): void {
		let version: number;
		try {
			version = this.app.store.dataVersion();
		} catch {
			// Whatever is wrong is told by the next call that needs the store.
			return;
		}
		if (this.#dataVersion !== undefined && version !== this.#dataVersion) this.tell("circuits", { external: true });
		this.#dataVersion = version;
	}
}
