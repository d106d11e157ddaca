import type { Progress } from "../trace.ts";
import type { Failure } from "./frames.ts";

/** Long work that waits, runs or has ended since the app was started. It outlives the window that asked for it. */
export interface Work {
	readonly id: string;
	readonly state: "waiting" | "running" | "done" | "failed" | "cancelled";
	readonly progress?: Omit<Progress, "partial" | "replaces" | "report">;
	readonly failure?: Failure;
	/** Milliseconds since 1970. */
	readonly at: number;
}
