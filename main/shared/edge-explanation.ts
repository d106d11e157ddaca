import type { Conventions } from "./conventions.ts";
import type { EdgeWay } from "./edge-way.ts";
import type { ErrorChoice, NodeChoice, ProviderChoice } from "./trace-request.ts";

/** Asks what carries one edge of a gradient circuit, and what ablating its source really does. */
export interface EdgeRequest {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	readonly conventions?: Conventions;
	readonly layers?: string;
	readonly bos?: "on" | "off";
	readonly prompt: string;
	readonly patchPrompt?: string;
	readonly metric: string;
	readonly provider: ProviderChoice;
	/** How the trace chose the errors that stand alone: what is left of a site's is one node, `mlp_error_3.rest`. */
	readonly choice: NodeChoice;
	readonly errors?: ErrorChoice;
	readonly lastPositionOnly: boolean;
	/** Ids with their positions; errors that are joined have none. */
	readonly source: string;
	readonly target: string;
	/** Runs the ablation too. */
	readonly measure: boolean;
}

/**
 * One edge, taken apart. Its weight is the sum of `straight` and of the weights of all heads: every way from the source to
 * the target is counted at the last attention that it crosses, the one that writes at the target's position (of joined
 * errors, at each of theirs).
 */
export interface EdgeExplanation {
	/** As the trace computes it, in the metric's unit: what ablating the source does through the target alone. */
	readonly weight: number;
	/** `∂m/∂a` of the target: what one unit more of it does to the metric. An error's amount is its own effect, so 1. */
	readonly slope: number;
	/** Sublayers between the two that no held site cuts off. */
	readonly way: EdgeWay;
	/** By ways that cross no attention: along the stream and through MLPs at one position. */
	readonly straight: number;
	/** Of every layer whose attention such ways cross, all heads. */
	readonly heads: readonly HeadShare[];
	/** Absent where it was not asked for. */
	readonly measured?: EdgeMeasurement;
	/** What is in doubt of how the dictionaries were read. */
	readonly notes: readonly string[];
}

/** What one head carries of an edge, as the last attention on the way: `values + keys + queries`. */
export interface HeadShare {
	readonly layer: number;
	readonly head: number;
	readonly weight: number;
	/** By what it moves from where it looks. */
	readonly values: number;
	/** By drawing its look to where the source changed the keys. */
	readonly keys: number;
	/** By changing, at the target's position, what it looks for. */
	readonly queries: number;
	/** Where it reads, the strongest positions first: of `values + keys`. */
	readonly reads: readonly { readonly position: number; readonly weight: number }[];
}

/**
 * The source taken out at its position (set to zero; with a prompt pair, to what it is on the other prompt). `held`: every
 * dictionary's site between the two keeps what it holds on the prompt, as the edge is defined; `free`: nothing does.
 */
export interface EdgeMeasurement {
	/** The target as it is: a feature's activation, a logit, an error's effect. */
	readonly before: number;
	readonly held: number;
	readonly free: number;
	/** Change that the edge predicts of the target: `weight / slope`, which is first-order. */
	readonly predicted: number;
	/** What was measured of the edge: `slope · (held − before)`. */
	readonly weight: number;
	/** The metric as it is and with the source taken out, by all ways; predicted by the source's attribution. */
	readonly metric: { readonly before: number; readonly after: number; readonly predicted: number };
}
