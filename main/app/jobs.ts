import type { CircuitEdge, CircuitNode } from "#shared/circuit";
import type { Events } from "#shared/contract/contract";
import type { Job } from "#shared/contract/job";
import { edgeKey } from "#shared/document-diff";
import { AppError } from "#shared/errors";
import type { Progress, TraceResult } from "#shared/trace";
import type { TraceRequest } from "#shared/trace-request";
import type { MergeCounts } from "../store/circuits.ts";
import type { App } from "./app.ts";
import { describeFailure } from "./router.ts";
import { nameCircuit, runTraceJob } from "./trace-job.ts";

interface JobsOptions {
	tell<E extends keyof Events>(event: E, data: Events[E]): void;
	/** A circuit got a new step. */
	changed(circuit: string, merged: Pick<MergeCounts, "step" | "diff">, label: string): void;
	/** A trace has come to its end. */
	traced(request: TraceRequest, result: TraceResult): void;
}

interface LiveJob {
	job: Job;
	readonly controller: AbortController;
	readonly nodes: Map<string, CircuitNode>;
	readonly edges: Map<string, CircuitEdge>;
	/** The circuit was made for this job, and goes when nothing came of it. */
	readonly fresh: boolean;
}

const hasEnded = ({ state }: Job) => state === "done" || state === "failed" || state === "cancelled";

/** Traces that were asked for, one after the other. They belong to the app and not to the window that started them. */
export class Jobs {
	readonly #app: App;
	readonly #options: JobsOptions;
	readonly #jobs = new Map<string, LiveJob>();
	#queue: Promise<void> = Promise.resolve();
	#disposed = false;

	constructor(app: App, options: JobsOptions) {
		this.#app = app;
		this.#options = options;
	}

	/** Newest last; those that run carry what they have found. */
	list(): readonly Job[] {
		return [...this.#jobs.values()].map(({ job, nodes, edges }) => ({
			...job,
			...(!hasEnded(job) && { partial: { nodes: [...nodes.values()], edges: [...edges.values()] } }),
		}));
	}

	/** Puts a trace in the queue; without a circuit, one is made and named after the prompt. Asked again, it does nothing. */
	start(id: string, request: TraceRequest, circuit: string | undefined): Job {
		const known = this.#jobs.get(id);
		if (known) return known.job;
		const { store } = this.#app;
		const name = circuit ?? nameCircuit(request.prompt, (taken) => store.hasCircuit(taken));
		const fresh = !store.hasCircuit(name);
		if (fresh) {
			store.createCircuit(name);
			this.#options.tell("circuits", {});
		}
		const job: Job = { id, circuit: name, request, state: "waiting", at: Date.now() };
		const live: LiveJob = { job, controller: new AbortController(), nodes: new Map(), edges: new Map(), fresh };
		this.#jobs.set(job.id, live);
		this.#update(live, {});
		this.#queue = this.#queue.then(() => this.#run(live));
		return live.job;
	}

	cancel(id: string): void {
		const live = this.#jobs.get(id);
		live?.controller.abort();
		if (live?.job.state === "waiting") this.#end(live, { state: "cancelled" });
	}

	/** Forgets a job that has ended. */
	dismiss(id: string): void {
		const live = this.#jobs.get(id);
		if (!live || !hasEnded(live.job)) return;
		this.#jobs.delete(id);
		this.#options.tell("job-gone", { id });
	}

	/** A circuit is called otherwise: its jobs go on under the new name. */
	rename(from: string, to: string): void {
		for (const live of this.#jobs.values()) if (live.job.circuit === from) this.#update(live, { circuit: to });
	}

	/** Nothing is told or stored from here on. */
	dispose(): void {
		this.#disposed = true;
	}

	async #run(live: LiveJob): Promise<void> {
		if (this.#disposed || hasEnded(live.job)) return;
		this.#update(live, { state: "running" });
		try {
			const { result, merged } = await runTraceJob(this.#app, live.job.request, {
				circuit: live.job.circuit,
				signal: live.controller.signal,
				progress: (progress) => this.#advance(live, progress),
				rescue: (run) => this.#rescue(live, run),
			});
			this.#options.changed(live.job.circuit, merged, `Trace ${result.metric.name}`);
			this.#options.traced(live.job.request, result);
			const { addedNodes, addedEdges } = merged;
			const { seconds, provider, providerFallback, explained, skipped } = result;
			const fallback = providerFallback === undefined ? {} : { providerFallback };
			this.#end(live, {
				state: "done",
				outcome: { addedNodes, addedEdges, seconds, provider, ...fallback, explained, skipped },
			});
		} catch (error) {
			if (this.#disposed) return;
			const cancelled = error instanceof AppError && error.code === "cancelled";
			this.#end(live, { state: cancelled ? "cancelled" : "failed", failure: describeFailure(error) });
		}
	}

	#advance(live: LiveJob, { partial, ...progress }: Progress): void {
		if (partial) {
			for (const node of partial.nodes) live.nodes.set(node.id, node);
			for (const edge of partial.edges) live.edges.set(edgeKey(edge), edge);
			this.#options.tell("job-found", { id: live.job.id, ...partial });
		}
		this.#update(live, { progress });
	}

	/** The trace failed, and what it had found stays on the canvas until it is resumed. */
	#rescue(live: LiveJob, run: number): void {
		if (live.nodes.size === 0) return;
		const partial = { nodes: [...live.nodes.values()], edges: [...live.edges.values()] };
		const merged = this.#app.store.keepPartialRun(run, live.job.circuit, partial);
		this.#options.changed(live.job.circuit, merged, "Part of a trace that was cut off");
	}

	#end(live: LiveJob, end: Partial<Job>): void {
		live.nodes.clear();
		live.edges.clear();
		this.#update(live, end);
		const { store } = this.#app;
		const { circuit } = live.job;
		if (live.fresh && live.job.state !== "done" && store.hasCircuit(circuit) && store.historyOf(circuit).length === 0) {
			store.deleteCircuit(circuit);
			this.#options.tell("circuits", { deleted: circuit });
		}
	}

	#update(live: LiveJob, change: Partial<Job>): void {
		live.job = { ...live.job, ...change };
		this.#options.tell("job", live.job);
	}
}
