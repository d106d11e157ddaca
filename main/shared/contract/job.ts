import type { Circuit } from "../circuit.ts";
import type { Progress } from "../trace.ts";
import type { TraceRequest } from "../trace-request.ts";
import type { Failure } from "./frames.ts";

/** A trace that waits, runs or has ended since the app was started. Jobs outlive the window that asked for them. */
export interface Job {
	readonly id: string;
	readonly circuit: string;
	readonly request: TraceRequest;
	readonly state: "waiting" | "running" | "done" | "failed" | "cancelled";
	readonly progress?: Omit<Progress, "partial">;
	/** What was found so far; the circuit itself has it once the job is done. */
	readonly partial?: Circuit;
	readonly failure?: Failure;
	readonly outcome?: JobOutcome;
	/** Milliseconds since 1970. */
	readonly at: number;
}

export interface JobOutcome {
	readonly addedNodes: number;
	readonly addedEdges: number;
	readonly seconds: number;
	readonly provider: string;
	readonly providerFallback?: string;
	readonly explained: number | null;
	/** Folders among the dictionaries that could not be used, and why. */
	readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}
