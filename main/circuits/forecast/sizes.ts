import type { Site } from "#shared/site";
import type { DictionarySize, ModelSize } from "./demand.ts";

export interface PlacedDictionary extends DictionarySize {
	readonly site: Site;
}

/** What headers say of a run: no weight is read. */
export interface Sizes {
	readonly model: ModelSize;
	/** Those that the run uses, in the order of computation. */
	readonly dictionaries: readonly PlacedDictionary[];
	/** Positions that the model runs on, of each prompt; of a corpus, of each sequence on the mean. */
	readonly tokens: readonly number[];
	/** Sequences of a corpus. */
	readonly sequences: number;
	/** Terms of the metric. */
	readonly terms: number;
}

/** Layers that hold a dictionary, the last first: what is nearest to the prediction is given up last. */
export const layersOf = ({ dictionaries }: Pick<Sizes, "dictionaries">): readonly number[] =>
	[...new Set(dictionaries.map(({ site }) => site.layer))].sort((a, b) => b - a);
