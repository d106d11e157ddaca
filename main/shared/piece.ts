/**
 * Pieces are the parts of a trace that are stored as soon as they exist, addressed by a hash of all that decides them.
 * They make a trace resumable and let an extended circuit reuse what is there.
 */
export type Piece = ActivationsPiece | AttributionsPiece | EdgesPiece;

/** Sparse features of one dictionary on one prompt: entry i is feature `features[i]` at `positions[i]`. */
export interface ActivationsPiece {
	readonly kind: "activations";
	readonly positions: Int32Array;
	readonly features: Int32Array;
	readonly activations: Float32Array;
	/** Norm of the reconstruction error at each position. */
	readonly errorNorms: Float32Array;
}

/** What the entries of the matching activations contribute to one metric. */
export interface AttributionsPiece {
	readonly kind: "attributions";
	readonly positions: Int32Array;
	readonly features: Int32Array;
	readonly attributions: Float32Array;
	/** One per position. */
	readonly errorAttributions: Float32Array;
}

/** Direct effects into the chosen nodes of one site. */
export interface EdgesPiece {
	readonly kind: "edges";
	readonly sources: readonly string[];
	readonly targets: readonly string[];
	readonly weights: Float64Array;
}

/** Where pieces are kept; the engine reaches the store through it without knowing it. */
export interface PieceMemory {
	recall(key: string): Promise<Piece | undefined>;
	keep(key: string, piece: Piece): Promise<void>;
}
