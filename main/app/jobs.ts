import type { Circuit, CircuitNode } from "#shared/circuit";
import type { Events } from "#shared/contract/contract";
import type { Job } from "#shared/contract/job";
import { describeTrace } from "#shared/describe-trace";
import { EdgeBuilder, EdgeList } from "#shared/edge-list";
import type { Progress, TraceResult } from "#shared/trace";
import type { TraceRequest } from "#shared/trace-request";
import type { MergeCounts } from "../store/circuits.ts";
import type { App } from "./app.ts";
import { LongWork } from "./long-work.ts";
import { nameCircuit, runTraceJob } from "./trace-job.ts";

interface JobsOptions {
	tell<E extends keyof Events>(event: E, data: Events[E]): void;
	/** A circuit got a new step. */
	changed(circuit: string, merged: Pick<MergeCounts, "step" | "diff">, label: string): void;
	/** A trace has come to its end. */
	traced(request: TraceRequest, result: TraceResult): void;
}

/** What a trace has found so far, by id. */
interface Found {
	readonly nodes: Map<string, CircuitNode>;
	/** Each is found once. */
	readonly edges: EdgeBuilder;
	/** The circuit was made for this job, and goes when nothing came of it. */
	readonly fresh: boolean;
}

const readCircuit = ({ nodes, edges }: Found): Circuit => ({ nodes: [...nodes.values()], edges: edges.build() });

/** Traces that were asked for, one after the other. */
export class Jobs extends LongWork<Job> {
	protected readonly inTurn = true;
	protected readonly tellChange = (job: Job) => this.tell("job", job);
	protected readonly tellGone = (id: string) => this.tell("job-gone", { id });
	readonly #options: JobsOptions;
	readonly #found = new Map<string, Found>();

	constructor(app: App, options: JobsOptions) {
		super(app, options.tell);
		this.#options = options;
	}

	/** Those that have not ended carry what they have found. */
	override list(): readonly Job[] {
		return super.list().map((job) => {
			const found = this.#found.get(job.id);
			return found ? { ...job, partial: readCircuit(found) } : job;
		});
	}

	/** Puts a trace in the queue; without a circuit, one is made and named after the prompt. */
	start(id: string, request: TraceRequest, circuit: string | undefined): Job {
		return this.begin(id, () => {
			const { store } = this.app;
			const name = circuit ?? nameCircuit(request.prompt, (taken) => store.circuits.has(taken));
			const fresh = !store.circuits.has(name);
			if (fresh) {
				store.circuits.create(name);
				this.tell("circuits", {});
			}
			this.#found.set(id, { nodes: new Map(), edges: new EdgeBuilder(), fresh });
			return { id, circuit: name, request, state: "waiting", at: Date.now() };
		});
	}

	protected async run({ id, request }: Job, signal: AbortSignal): Promise<Partial<Job>> {
		const circuitOf = () => this.find(id)?.circuit ?? "";
		const { result, circuit, merged } = await runTraceJob(this.app, request, {
			// It may be renamed meanwhile.
			get circuit() {
				return circuitOf();
			},
			signal,
			progress: (progress) => this.#advance(id, progress),
			rescue: (run) => this.#rescue(id, run),
		});
		this.#options.changed(circuit, merged, describeTrace(request));
		this.#options.traced(request, result);
		const { addedNodes, addedEdges } = merged;
		const { seconds, provider, providerFallback, explained, skipped } = result;
		const fallback = providerFallback === undefined ? {} : { providerFallback };
		return { outcome: { addedNodes, addedEdges, seconds, provider, ...fallback, explained, skipped } };
	}

	#advance(id: string, { partial, replaces, ...progress }: Progress): void {
		if (partial) {
			const before = this.#found.get(id);
			const found = before && replaces ? { ...before, nodes: new Map(), edges: new EdgeBuilder() } : before;
			if (found) this.#found.set(id, found);
			for (const node of partial.nodes) found?.nodes.set(node.id, node);
			const edges = EdgeList.from(partial.edges);
			found?.edges.addAll(edges);
			this.tell("job-found", { id, nodes: partial.nodes, edges, ...(replaces && { replaces }) });
		}
		this.update(id, { progress });
	}

	/** The trace failed, and what it had found stays on the canvas until it is resumed. */
	#rescue(id: string, run: number): void {
		const found = this.#found.get(id);
		const circuit = this.find(id)?.circuit;
		if (!found || circuit === undefined || found.nodes.size === 0) return;
		const label = "Part of a trace that was cut off";
		const merged = this.app.store.circuits.merge(circuit, run, readCircuit(found), label);
		this.#options.changed(circuit, merged, label);
	}

	protected ended({ id, circuit, state }: Job): void {
		const { store } = this.app;
		const fresh = this.#found.get(id)?.fresh === true;
		this.#found.delete(id);
		if (!fresh || state === "done") return;
		try {
			if (!store.circuits.has(circuit) || store.circuits.history(circuit).length > 0) return;
			store.circuits.delete(circuit);
			this.tell("circuits", { deleted: circuit });
		} catch {
			// The store itself failed: why the job did says so.
		}
	}
}
