import { z } from "zod";
import type { EdgeColumns } from "./edge-list.ts";

/**
 * Pieces are the parts of a trace that are stored as soon as they exist, addressed by a hash of all that decides them.
 * They make a trace resumable and let an extended circuit reuse what is there.
 */
export type Piece = ActivationsPiece | AttributionsPiece | EdgesPiece | ReportPiece | BlockPiece | ThresholdsPiece;

/** Pieces that are kept under an address. A block is added to its collection, thresholds are made when asked for. */
export type StoredPiece = Exclude<Piece, BlockPiece | ThresholdsPiece>;

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
export interface EdgesPiece extends EdgeColumns {
	readonly kind: "edges";
	/**
	 * Σ|effect| into each feature and logit, four numbers a node: of features that were chosen, of others, of errors, of
	 * tokens; of what became an edge and of what was cut off.
	 */
	readonly inflow: { readonly ids: readonly string[]; readonly sums: Float64Array };
}

const tokenEffects = z.array(z.object({ token: z.string(), effect: z.number() }));

/** What ablating some features of one site showed: effects not thresholded yet, zero effects left out. */
const ablationFindings = z.object({
	effects: z.array(
		z.object({
			source: z.string(),
			target: z.string(),
			position: z.number().nullable(),
			effect: z.number(),
			count: z.number(),
		}),
	),
	logits: z.array(z.object({ source: z.string(), up: tokenEffects, down: tokenEffects, onLikeliest: z.number() })),
});

const jacobianEntries = z.array(
	z.object({
		source: z.string(),
		target: z.string(),
		position: z.number(),
		jacobian: z.number(),
		effect: z.number(),
	}),
);

/** Forms of what lies as JSON, by kind. */
export const pieceForms = {
	ablation: ablationFindings,
	/** Between the features of two dictionaries. */
	jacobian: jacobianEntries,
	/** Of one sequence, by set of kept features: its loss. */
	spliced: z.array(z.number()),
} as const;

/** Part of a result whose form is its method's own. */
export type ReportPiece = {
	readonly [K in keyof typeof pieceForms]: { readonly kind: K; readonly body: z.infer<(typeof pieceForms)[K]> };
}[keyof typeof pieceForms];

/** Activations over some sequences of a corpus, ready to be stored. */
export interface BlockPiece {
	readonly kind: "block";
	readonly number: number;
	/** Tokens of each sequence, and their ids one behind the other. */
	readonly lengths: Int32Array;
	readonly ids: Int32Array;
	readonly activations: number;
	/** In the order of the request's dictionaries. */
	readonly dictionaries: readonly PackedPostings[];
}

/** Where some features of one dictionary are active: feature `features[i]` has `counts[i]` entries up to byte `ends[i]`. */
export interface PackedPostings {
	readonly features: Int32Array;
	readonly counts: Int32Array;
	readonly ends: Int32Array;
	readonly bytes: Uint8Array;
}

/** Of one dictionary: activation that each feature exceeds on a given share of a corpus's tokens. */
export interface ThresholdsPiece {
	readonly kind: "thresholds";
	/** `[dSae]`. */
	readonly values: Float32Array;
}

/** Where pieces are kept; the engine reaches the store through it without knowing it. */
export interface PieceMemory {
	recall(key: string): Promise<Piece | undefined>;
	keep(key: string, piece: Piece): Promise<void>;
}
