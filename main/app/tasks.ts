import type { Events } from "#shared/contract/contract";
import type { Task, TaskKind, TaskKinds } from "#shared/contract/task";
import { AppError } from "#shared/errors";
import type { Progress } from "#shared/trace";
import { type App, readVersions } from "./app.ts";
import { runCollection } from "./collect-job.ts";
import { usualContexts } from "./collected-features.ts";
import { runLabelFetch, runLabelImport } from "./label-job.ts";
import { describeFailure } from "./router.ts";
import { runTraining } from "./training-job.ts";
import { runValidation } from "./validation-job.ts";

interface TaskContext {
	readonly circuit: string | null;
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
}

type Runners = {
	readonly [K in TaskKind]: (
		app: App,
		request: TaskKinds[K]["request"],
		context: TaskContext,
	) => Promise<TaskKinds[K]["result"]>;
};

const runners: Runners = {
	validate: (app, request, context) => runValidation(app, request, context),
	generate: ({ engine }, request, context) => engine.call("generate", request, context),
	collect: (app, request, context) => runCollection(app, request, { ...usualContexts, ...context }),
	async cluster({ engine, store }, request, context) {
		const result = await engine.call("cluster", request, context);
		store.saveReport("cluster", null, request, result, readVersions());
		return result;
	},
	train: (app, request, context) => runTraining(app, request, context),
	compare: ({ engine }, request, context) => engine.call("compareDictionaries", request, context),
	fetchLabels: (app, request, context) => runLabelFetch(app, request, context),
	importLabels: (app, request, context) => runLabelImport(app, request, context),
};

/** Kinds whose reports add up to a curve or a text; of the others the newest says all. */
const cumulative: ReadonlySet<TaskKind> = new Set<TaskKind>(["generate", "train"]);

const hasEnded = ({ state }: Task) => state === "done" || state === "failed" || state === "cancelled";

/** Long work beside traces. It belongs to the app and not to the window that started it; the engine does one at a time. */
export class Tasks {
	readonly #app: App;
	readonly #tell: <E extends keyof Events>(event: E, data: Events[E]) => void;
	readonly #tasks = new Map<string, { task: Task; readonly controller: AbortController }>();
	#disposed = false;

	constructor(app: App, tell: <E extends keyof Events>(event: E, data: Events[E]) => void) {
		this.#app = app;
		this.#tell = tell;
	}

	list(): readonly Task[] {
		return [...this.#tasks.values()].map(({ task }) => task);
	}

	/** Asked again under the same id, it does nothing. */
	start<K extends TaskKind>(id: string, kind: K, request: TaskKinds[K]["request"], circuit: string | null): Task {
		const known = this.#tasks.get(id);
		if (known) return known.task;
		const task: Task = { id, kind, circuit, request, state: "waiting", reports: [], at: Date.now() };
		const live = { task, controller: new AbortController() };
		this.#tasks.set(id, live);
		this.#tell("task", task);
		void this.#run(live);
		return live.task;
	}

	cancel(id: string): void {
		this.#tasks.get(id)?.controller.abort();
	}

	dismiss(id: string): void {
		const live = this.#tasks.get(id);
		if (!live || !hasEnded(live.task)) return;
		this.#tasks.delete(id);
		this.#tell("task-gone", { id });
	}

	dispose(): void {
		this.#disposed = true;
		for (const { controller } of this.#tasks.values()) controller.abort();
	}

	async #run(live: { task: Task; readonly controller: AbortController }): Promise<void> {
		const { kind, request, circuit } = live.task;
		const update = (change: Partial<Task>) => {
			if (this.#disposed) return;
			live.task = { ...live.task, ...change };
			this.#tell("task", live.task);
		};
		try {
			const run = runners[kind] as (app: App, request: unknown, context: TaskContext) => Promise<Task["result"]>;
			const result = await run(this.#app, request, {
				circuit,
				signal: live.controller.signal,
				progress: ({ report, partial: _, ...progress }) =>
					update({
						state: "running",
						progress,
						...(report !== undefined && {
							reports: cumulative.has(kind) ? [...live.task.reports, report] : [report],
						}),
					}),
			});
			update({ state: "done", ...(result !== undefined && { result }) });
			if (kind === "train") this.#tell("library", {});
			if (kind === "collect") this.#tell("features", {});
			if (kind === "fetchLabels" || kind === "importLabels") this.#tell("known", {});
		} catch (error) {
			const cancelled = error instanceof AppError && error.code === "cancelled";
			update({ state: cancelled ? "cancelled" : "failed", failure: describeFailure(error) });
		}
	}
}
