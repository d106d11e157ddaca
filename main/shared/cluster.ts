import { z } from "zod";
import { bos, column, count, id, text } from "./request-fields.ts";
import { providerChoice } from "./trace-request.ts";

/** Everything that decides a clustering. */
export const clusterRequest = z.object({
	modelDir: text,
	/** Site of the residual stream, as `resid_2`. */
	site: id,
	bos,
	corpus: text,
	column,
	maxLength: count,
	/** Token positions read. */
	positions: count,
	clusters: count,
	seed: z.number().int(),
	provider: providerChoice,
});
export type ClusterRequest = Readonly<z.infer<typeof clusterRequest>>;

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
