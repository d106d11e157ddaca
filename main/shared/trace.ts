import type { Circuit, CircuitEdge, CircuitNode } from "./circuit.ts";
import type { Consensus } from "./consensus.ts";
import type { Conventions, ReadingRule } from "./conventions.ts";
import type { TokenEffect } from "./feature-facts.ts";

export type ProviderChoice = "auto" | "cpu" | "webgpu" | "cuda";

/** How a circuit is found: direct effects from gradients, ablation one feature at a time, derivatives between features. */
export const traceMethods = ["gradient", "ablation", "jacobian"] as const;
export type TraceMethod = (typeof traceMethods)[number];

/**
 * What stands for a dictionary's errors: the strongest alone and the rest as one node a site (`chosen`), all as one
 * node a site (`pooled`), each alone (`all`), or each alone with nothing leading into it (`sources`).
 */
export const errorChoices = ["chosen", "sources", "pooled", "all"] as const;
export type ErrorChoice = (typeof errorChoices)[number];

/** Everything that decides the numbers of a trace, and where it may run. Plain data: it is stored with the run. */
export interface TraceRequest {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	/** How they are read, where that is decided by hand. */
	readonly conventions?: Conventions;
	readonly prompt: string;
	/** Supplies the baseline activations; same token length as the prompt. */
	readonly patchPrompt?: string;
	/** `cross_entropy`, `logit(X)`, `logprob(X)`, `logit_difference(X,Y)`; X is a token's text or number. */
	readonly metric: string;
	/** Layers shown, as a Python slice `A:B`; absent means all. */
	readonly layers?: string;
	/** Overrides the dictionaries' `prepend_bos`. */
	readonly bos?: "on" | "off";
	readonly choice: NodeChoice;
	/** Up nodes kept for each down node and pair of sites, by |edge|. */
	readonly upNodes: number;
	readonly lastPositionOnly: boolean;
	/** Of the gradient method. Absent means all, as in runs from before there was a choice. */
	readonly errors?: ErrorChoice;
	/** Steps of integrated gradients; absent means plain gradients. */
	readonly integratedGradients?: number;
	/** Lists every active feature and error, also those outside the circuit. */
	readonly allNodes: boolean;
	/** Keeps nodes that are on no path from a token to a logit. */
	readonly keepUnconnected: boolean;
	readonly provider: ProviderChoice;
	/** Budget for cached encoders. */
	readonly memoryLimitBytes?: number;
	/** Traces only what leads into or out of this one node. */
	readonly from?: { readonly node: string; readonly direction: "upstream" | "downstream" };
	/** Absent means gradient. The other methods run all of the prompt's tokens and use no metric, choice or pair. */
	readonly method?: TraceMethod;
	readonly ablation?: AblationChoice;
	/** The file that the run's circuit was read from; nothing was traced. */
	readonly imported?: string;
	/** Traces these prompts too and joins the circuits. */
	readonly consensus?: ConsensusChoice;
}

export interface ConsensusChoice {
	readonly morePrompts: readonly string[];
	/** The circuit holds what so many prompts have. */
	readonly atLeast: number;
}

/** What is ablated, and which effects are kept. */
export interface AblationChoice {
	/** Features ablated at their layer, as ids without position; other layers go on with what was affected. */
	readonly pins: readonly string[];
	/** Share of the first layer's active features that is ablated, drawn with `seed`. 1 takes all. */
	readonly thinning?: number;
	readonly seed: number;
	/** Effects up to `2^thresholdExp` are dropped; absent keeps all that are not zero. */
	readonly thresholdExp?: number;
	/** Effects at every position and not at the last alone. */
	readonly allPositions: boolean;
	/** Tokens listed at either end of each feature's logit effects; 0 leaves them out. */
	readonly logitTokens: number;
	/** Effects are averaged over the prompt and these. */
	readonly morePrompts: readonly string[];
	/** Longer prompts are cut to so many tokens, or as many as the model reads; where absent, they are refused. */
	readonly maxLength?: number;
}

/** Which features of a site become down nodes. */
export type NodeChoice =
	/** The `count` largest |attribution| of each site. */
	| { readonly by: "count"; readonly count: number }
	| { readonly by: "threshold"; readonly threshold: number }
	/** The smallest set that holds this share of the site's Σ|attribution|. */
	| { readonly by: "share"; readonly share: number }
	/** Features whose activation is above what a collection says of so many percent of its tokens. */
	| { readonly by: "percentile"; readonly percentile: number };

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
	readonly edges: readonly CircuitEdge[];
	/** Signed share of the kept edges' total that comes from features and not from errors; null where that has no meaning. */
	readonly explained: number | null;
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
	/** The result as it is so far, where it is not a circuit. */
	readonly report?: unknown;
}
