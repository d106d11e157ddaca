import type { Rows } from "./rows.ts";
import type { SiteKind } from "./site.ts";

/** A circuit: features, errors, tokens and logits of one prompt, joined by direct effects. What is stored and drawn. */
export interface Circuit {
	readonly nodes: readonly CircuitNode[];
	/** An `EdgeList` wherever there may be many: objects are made of what somebody looks at. */
	readonly edges: Rows<CircuitEdge>;
}

export type NodeKind = "feature" | "error" | "token" | "logit";

export interface CircuitNode {
	/** `mlp_3.17@5`, `mlp_error_3@5`, `token.464@0`, `logit.8@6`; see `node-id.ts`. */
	readonly id: string;
	readonly kind: NodeKind;
	/** Absent for tokens and logits. */
	readonly site?: SiteKind;
	/** Layer shown: −1 is the embedding. Absent for tokens and logits. */
	readonly layer?: number;
	/** Feature number in its dictionary; the vocabulary number of tokens and logits. Absent for errors. */
	readonly feature?: number;
	/** Position in the prompt, beginning with 0 (BOS counts). */
	readonly position: number;
	/** Of a node that stands for several errors of its site: how many. Its numbers are their sums. */
	readonly joined?: number;
	/** Feature activation; norm of an error; 1 for a token; the logit itself. */
	readonly activation: number;
	/** First-order effect on the metric, in the metric's unit (nats or logits). */
	readonly attribution: number;
	/** Of a feature or logit that was traced upstream: what leads into it, as edges or cut off. */
	readonly inflow?: Inflow;
}

/** Sums of |direct effect| into a node, by kind of source: of the nodes that a circuit may hold, whether it does or not. */
export interface Inflow {
	readonly features: number;
	readonly errors: number;
	readonly tokens: number;
}

export interface CircuitEdge {
	readonly source: string;
	readonly target: string;
	/** Direct effect on the metric of ablating `source`, through `target` alone. */
	readonly weight: number;
}
