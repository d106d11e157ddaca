import type { Circuit } from "../circuit.ts";
import type { TraceRequest } from "../trace-request.ts";
import type { Work } from "./work.ts";

/** A trace into a circuit. */
export interface Job extends Work {
	readonly circuit: string;
	readonly request: TraceRequest;
	/** What was found so far; the circuit itself has it once the job is done. */
	readonly partial?: Circuit;
	readonly outcome?: JobOutcome;
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
