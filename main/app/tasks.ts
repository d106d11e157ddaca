import type { Task, TaskAsked, TaskKind, TaskKinds } from "#shared/contract/task";
import type { Progress } from "#shared/trace";
import { type App, readVersions } from "./app.ts";
import { runCollection } from "./collect-job.ts";
import { usualContexts } from "./collected-features.ts";
import { runLabelFetch, runLabelImport } from "./label-job.ts";
import { LongWork } from "./long-work.ts";
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

type Runner = (app: App, request: unknown, context: TaskContext) => Promise<Task["result"]>;

const runners: Runners = {
	validate: (app, request, context) => runValidation(app, request, context),
	generate: ({ engine }, request, context) => engine.call("generate", request, context),
	collect: (app, request, context) => runCollection(app, request, { ...usualContexts, ...context }),
	async cluster({ engine, store }, request, context) {
		const result = await engine.call("cluster", request, context);
		store.reports.save("cluster", null, request, result, readVersions());
		return result;
	},
	train: (app, request, context) => runTraining(app, request, context),
	compare: ({ engine }, request, context) => engine.call("compareDictionaries", request, context),
	fetchLabels: (app, request, context) => runLabelFetch(app, request, context),
	importLabels: (app, request, context) => runLabelImport(app, request, context),
};

/** Kinds whose reports add up to a curve or a text; of the others the newest says all. */
const cumulative: ReadonlySet<TaskKind> = new Set<TaskKind>(["generate", "train"]);

/** What is no longer as it was when such a task is done. */
const changes: { readonly [K in TaskKind]?: "library" | "features" | "known" } = {
	train: "library",
	collect: "features",
	fetchLabels: "known",
	importLabels: "known",
};

/** Long work beside traces; the engine does one at a time. */
export class Tasks extends LongWork<Task> {
	protected readonly inTurn = false;
	protected readonly tellChange = (task: Task) => this.tell("task", task);
	protected readonly tellGone = (id: string) => this.tell("task-gone", { id });

	start(id: string, asked: TaskAsked, circuit: string | null): Task {
		return this.begin(id, () => ({ id, ...asked, circuit, state: "waiting", reports: [], at: Date.now() }));
	}

	protected async run({ id, kind, request }: Task, signal: AbortSignal): Promise<Partial<Task>> {
		let reports: readonly unknown[] = [];
		const progress = ({ report, partial: _, ...progress }: Progress) => {
			if (report !== undefined) reports = cumulative.has(kind) ? [...reports, report] : [report];
			this.update(id, { state: "running", progress, reports });
		};
		const circuitOf = () => this.find(id)?.circuit ?? null;
		const result = await (runners[kind] as Runner)(this.app, request, {
			// It may be renamed meanwhile.
			get circuit() {
				return circuitOf();
			},
			signal,
			progress,
		});
		return result === undefined ? {} : { result };
	}

	protected ended({ kind, state }: Task): void {
		const event = changes[kind];
		if (event && state === "done") this.tell(event, {});
	}
}
