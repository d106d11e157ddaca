import { AppError, isInterruption } from "#shared/errors";
import { checkExtension } from "#shared/extension";
import type { Progress, TraceResult } from "#shared/trace";
import { type TraceRequest, tracedBy, writeRequest } from "#shared/trace-request";
import { checkCircuitName, findFreeName } from "../store/circuit-name.ts";
import type { MergeCounts } from "../store/circuits.ts";
import { type App, readVersions } from "./app.ts";
import { pieceMemory } from "./piece-memory.ts";

export interface TraceJobOptions {
	/** Extends this circuit; without a name a new one is made and named after the prompt. */
	readonly circuit?: string;
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
	/** The run was cut off; what it had found can still be kept under its number. */
	rescue?(run: number): void;
}

export interface TraceOutcome {
	readonly result: TraceResult;
	readonly circuit: string;
	readonly merged: MergeCounts;
	/** Earlier runs that were cut off; those with the same request have been continued by this one. */
	readonly resumed: number;
}

/** Runs a trace and keeps it: every piece as it arrives, then the circuit, whatever happens in between. */
export async function runTraceJob(
	{ store, engine }: App,
	request: TraceRequest,
	options: TraceJobOptions,
): Promise<TraceOutcome> {
	if (options.circuit !== undefined) checkTarget(store, options.circuit, request);
	const wanted = writeRequest(request);
	const resumed = store.runs.markInterrupted().filter((run) => writeRequest(run.request) === wanted).length;
	const run = store.runs.start(request, readVersions(), options.circuit);
	try {
		const traced = await engine.call("trace", request, {
			signal: options.signal,
			progress: options.progress,
			memory: pieceMemory({ store }),
		});
		// Both processes together are what the machine had to give.
		const result = { ...traced, peakRssBytes: traced.peakRssBytes + process.resourceUsage().maxRSS * 1024 };
		const circuit = options.circuit ?? nameCircuit(request.prompt, (name) => store.circuits.has(name));
		const merged = store.finishRun(run, circuit, request, result);
		if (result.consensus) store.reports.save("consensus", circuit, request, result.consensus, readVersions());
		return { result, circuit, merged, resumed };
	} catch (error) {
		const cancelled = error instanceof AppError && error.code === "cancelled";
		try {
			if (!(error instanceof AppError) || isInterruption(error.code)) options.rescue?.(run);
			store.runs.stop(run, cancelled ? "cancelled" : "failed", error instanceof Error ? error.message : String(error));
		} catch {
			// The store itself failed: the first error says why.
		}
		throw error;
	}
}

/** Throws `usage` where a circuit cannot be called so, or where the trace would mix its numbers with others. */
export function checkTarget(store: App["store"], circuit: string, request: TraceRequest): void {
	checkCircuitName(circuit);
	const own = store.circuits.has(circuit) ? tracedBy(store.circuits.lastRun(circuit)?.request) : undefined;
	if (own) checkExtension(circuit, own, request);
}

/** A name for a new circuit: the prompt's first letters, and a number where a circuit has that name. */
export function nameCircuit(prompt: string, taken: (name: string) => boolean): string {
	const words = prompt
		.normalize("NFKC")
		.toLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, "-")
		.replace(/^-+|-+$/g, "");
	const base = Array.from(words).slice(0, 40).join("").replace(/-+$/, "") || "circuit";
	return findFreeName(base, taken);
}
