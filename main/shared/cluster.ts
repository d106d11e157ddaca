import type { ProviderChoice } from "./trace-request.ts";

/** Everything that decides a clustering. */
export interface ClusterRequest {
	readonly modelDir: string;
	/** Site of the residual stream, as `resid_2`. */
	readonly site: string;
	readonly bos: "on" | "off";
	readonly corpus: string;
	readonly column?: string;
	readonly maxLength: number;
	/** Token positions read. */
	readonly positions: number;
	readonly clusters: number;
	readonly seed: number;
	readonly provider: ProviderChoice;
}

export interface ClusterResult {
	readonly positions: number;
	/** Largest first. */
	readonly clusters: readonly TokenCluster[];
	readonly notes: readonly string[];
}

export interface TokenCluster {
	readonly number: number;
	readonly size: number;
	/** Mean cosine to the cluster's middle. */
	readonly cohesion: number;
	/** Nearest to the middle first. */
	readonly places: readonly TokenPlace[];
}

/** A token in its text. */
export interface TokenPlace {
	readonly sequence: number;
	readonly position: number;
	/** The text up to it, itself included. */
	readonly before: string;
	readonly token: string;
	/** Text of the token that follows: what a trace of this place explains. */
	readonly next: string;
	/** Cosine to the cluster's middle. */
	readonly nearness: number;
}
