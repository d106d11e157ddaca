/** What a corpus and the unembedding say about one feature, so that people see words and not only numbers. */
export interface FeatureFacts {
	readonly feature: number;
	/** Share of corpus tokens on which the feature is active, 0 … 1. */
	readonly frequency: number;
	/** Of largest size, with its sign: some kinds have activations below 0. */
	readonly maxActivation: number;
	/** Strongest by size first, at most one per sequence. */
	readonly contexts: readonly FeatureContext[];
	/** Tokens whose logits the decoder row raises most, strongest first: centred `W_dec[f] · W_U`. */
	readonly raises: readonly TokenEffect[];
	/** Tokens whose logits it lowers most, most negative first. */
	readonly lowers: readonly TokenEffect[];
	/** Absent where no corpus was read. */
	readonly histogram?: ActivationHistogram;
	/** Where contexts and numbers come from; absent where they are of a corpus of one's own, or there are none. */
	readonly origin?: FactOrigin;
}

/** Others' numbers, or those of a sample text that was read in the background. */
export type FactOrigin =
	| { readonly kind: "neuronpedia"; readonly source: string; readonly at: number }
	| { readonly kind: "sample"; readonly sample: string; readonly tokens: number; readonly at: number };

/** How often a feature was how active: equal bins of the activation's size over (0, max]. */
export interface ActivationHistogram {
	readonly max: number;
	readonly counts: readonly number[];
}

export interface FeatureContext {
	/** Token texts in order; `activations[i]` belongs to `tokens[i]`. */
	readonly tokens: readonly string[];
	readonly activations: readonly number[];
	/** Index in `tokens` of the strongest activation, by size. */
	readonly peak: number;
}

export interface TokenEffect {
	readonly token: string;
	readonly effect: number;
}

/** In the logits' unit: less does nothing that anybody would call an effect. */
const leastEffect = 1e-4;

/** Tokens that a feature does raise, or lower: the farthest of a list may still go the other way, or nowhere. */
export const tellingEffects = (effects: readonly TokenEffect[], side: "raises" | "lowers"): readonly TokenEffect[] =>
	effects.filter(({ effect }) => (side === "raises" ? effect : -effect) >= leastEffect);
