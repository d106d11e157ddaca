import type { Circuit, CircuitEdge, CircuitNode } from "./circuit.ts";
import type { Consensus } from "./consensus.ts";
import type { ReadingRule } from "./conventions.ts";
import type { TokenEffect } from "./feature-facts.ts";
import type { Rows } from "./rows.ts";
import type { CircuitScores } from "./scores.ts";
import type { ErrorChoice } from "./trace-request.ts";

export interface TraceResult {
	readonly model: { readonly name: string; readonly hash: string };
	readonly dictionaries: readonly TracedDictionary[];
	/** Folders among the dictionaries that could not be used, and why. */
	readonly skipped: readonly { readonly path: string; readonly reason: string }[];
	/** What was amiss in the prompts or in doubt of the dictionaries, and did not stop the trace. */
	readonly notes?: readonly string[];
	readonly prompt: { readonly text: string; readonly tokens: readonly string[]; readonly tokenIds: readonly number[] };
	readonly metric: { readonly name: string; readonly value: number };
	readonly nodes: readonly CircuitNode[];
	readonly edges: Rows<CircuitEdge>;
	/** Signed share of the kept edges' total that comes from features and not from errors; null where that has no meaning. */
	readonly explained: number | null;
	/** Of what is in the circuit; absent where its edges are no effects on the metric, or of one node alone. */
	readonly scores?: CircuitScores;
	/** Of the gradient method: what stands for the errors of all sites, in the circuit or not. */
	readonly errors?: ErrorSums;
	/** Of the ablation method. */
	readonly ablation?: AblationResult;
	/** Of several prompts. */
	readonly consensus?: Consensus;
	/** Of the Jacobian method. */
	readonly jacobian?: readonly JacobianEntry[];
	/** Provider that ran the model, and what was tried before it. */
	readonly provider: string;
	readonly providerFallback?: string;
	readonly seconds: number;
	readonly peakRssBytes: number;
	/** Stored pieces used instead of being computed again, of all pieces. */
	readonly reused: number;
	readonly pieces: number;
}

/** How many errors have a node each, how many are joined in how many nodes, and the sums of the latter's numbers. */
export interface ErrorSums {
	readonly choice: ErrorChoice;
	readonly alone: number;
	readonly joined: number;
	readonly nodes: number;
	readonly activation: number;
	readonly attribution: number;
}

export interface TracedDictionary {
	readonly name: string;
	readonly hash: string;
	readonly site: string;
	/** How it was read, and what decided that. */
	readonly rule: ReadingRule;
}

export interface AblationResult {
	readonly effects: readonly AblationEffect[];
	readonly logits: readonly LogitEffect[];
}

/** What ablating `source` at every position does to the activation of `target`. */
export interface AblationEffect {
	readonly source: string;
	readonly target: string;
	/** Position of the target; null where several prompts of different lengths were averaged. */
	readonly position: number | null;
	/** `a(ablated) − a(base)`, the mean over the prompts on which the source is active. */
	readonly effect: number;
	/** Number of those prompts. */
	readonly count: number;
}

/** `log p(base) − log p(ablated)` at the last position, in nats: what the feature does for a token. */
export interface LogitEffect {
	readonly source: string;
	/** Largest first. */
	readonly up: readonly TokenEffect[];
	/** Most negative first. */
	readonly down: readonly TokenEffect[];
	/** Of the token that the model holds likeliest on the first prompt. */
	readonly onLikeliest: number;
}

/** `∂a_target/∂a_source` at one position. */
export interface JacobianEntry {
	readonly source: string;
	readonly target: string;
	readonly position: number;
	readonly jacobian: number;
	/** Times the source's activation. */
	readonly effect: number;
}

/** One step of long work, for people. */
export interface Progress {
	readonly step: string;
	readonly done: number;
	readonly total: number;
	/** Absent until it can be estimated. */
	readonly secondsLeft?: number;
	/** What has become known since the last message: nodes and edges, nothing twice. */
	readonly partial?: Circuit;
	/** `partial` is all that is known, in place of what was told before. */
	readonly replaces?: true;
	/** The result as it is so far, where it is not a circuit. */
	readonly report?: unknown;
}
