import { z } from "zod";
import { bos, column, count, modelFields, text } from "./request-fields.ts";
import { providerChoice } from "./trace-request.ts";

/** Everything that decides which activations are gathered. Plain data: it is stored with them. */
export const collectionChoice = z.object({
	...modelFields,
	layers: z.exactOptional(z.string().max(40)),
	bos: z.exactOptional(bos),
	provider: providerChoice,
	/** A text, JSONL, Parquet or Arrow file, or a folder of such files. */
	corpus: text,
	column,
	/** Tokens of a sequence, `<|endoftext|>` included; longer documents are parted. */
	maxLength: count,
	/** Stops before more tokens than these. */
	maxTokens: z.exactOptional(z.number().int().min(1)),
});
export type CollectionChoice = Readonly<z.infer<typeof collectionChoice>>;

/** What the engine is asked: the choice, and where an earlier run stopped. */
export interface CollectRequest extends CollectionChoice {
	readonly done: { readonly blocks: number; readonly sequences: number; readonly tokens: number };
	/** For the progress alone; a guess from the file's size. */
	readonly expectedTokens: number;
}

export interface CollectTotals {
	readonly sequences: number;
	readonly tokens: number;
	/** Of this run. */
	readonly activations: number;
	readonly notes: readonly string[];
}

/** Activations over a corpus, as they are stored. */
export interface CollectionSummary {
	readonly id: number;
	readonly choice: CollectionChoice;
	readonly sequences: number;
	readonly tokens: number;
	readonly activations: number;
	readonly finished: boolean;
	readonly at: number;
	readonly notes: readonly string[];
	readonly dictionaries: readonly {
		readonly hash: string;
		readonly name: string;
		readonly site: string;
		readonly features: number;
	}[];
}

/** Another feature that is active on the same tokens. */
export interface CoFiring {
	readonly feature: number;
	/** Tokens on which both are active. */
	readonly count: number;
	/** Those tokens over the tokens on which either is active. */
	readonly overlap: number;
}
