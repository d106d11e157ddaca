import type { Circuit, CircuitEdge, CircuitNode } from "./circuit.ts";

export type ProviderChoice = "auto" | "cpu" | "webgpu" | "cuda";

/** Everything that decides the numbers of a trace, and where it may run. Plain data: it is stored with the run. */
export interface TraceRequest {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
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
}

/** Which features of a site become down nodes. */
export type NodeChoice =
	/** The `count` largest |attribution| of each site. */
	| { readonly by: "count"; readonly count: number }
	| { readonly by: "threshold"; readonly threshold: number }
	/** The smallest set that holds this share of the site's Σ|attribution|. */
	| { readonly by: "share"; readonly share: number };

export interface TraceResult {
	readonly model: { readonly name: string; readonly hash: string };
	readonly dictionaries: readonly { readonly name: string; readonly hash: string; readonly site: string }[];
	/** Folders among the dictionaries that could not be used, and why. */
	readonly skipped: readonly { readonly path: string; readonly reason: string }[];
	readonly prompt: { readonly text: string; readonly tokens: readonly string[]; readonly tokenIds: readonly number[] };
	readonly metric: { readonly name: string; readonly value: number };
	readonly nodes: readonly CircuitNode[];
	readonly edges: readonly CircuitEdge[];
	/** Signed share of the kept edges' total that comes from features and not from errors. */
	readonly explained: number;
	/** Provider that ran the model, and what was tried before it. */
	readonly provider: string;
	readonly providerFallback?: string;
	readonly seconds: number;
	readonly peakRssBytes: number;
	/** Stored pieces used instead of being computed again, of all pieces. */
	readonly reused: number;
	readonly pieces: number;
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
}
