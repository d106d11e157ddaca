import { z } from "zod";
import type { TokenEffect } from "./feature-facts.ts";
import { bos, column, count, id, modelFields, text } from "./request-fields.ts";
import { providerChoice } from "./trace-request.ts";

export const baselines = ["zero", "mean", "resample"] as const;
/** What takes a feature's place: nothing, its mean over the corpus, its activation in the corpus's next sequence. */
export type Baseline = (typeof baselines)[number];

/** Everything that decides the numbers of a validation. Plain data: it is stored with the report. */
export const validationRequest = z.object({
	...modelFields,
	layers: z.exactOptional(z.string().max(40)),
	bos: z.exactOptional(bos),
	provider: providerChoice,
	/** The circuit's features, as ids; positions are left aside. */
	pins: z.array(id).max(100_000).readonly(),
	/** A text, JSONL, Parquet or Arrow file. */
	corpus: text,
	column,
	/** Documents read, from the first on. */
	sequences: count,
	/** Tokens of each, `<|endoftext|>` included; longer ones are cut. */
	maxLength: count,
	baseline: z.enum(baselines),
	/** `remove` puts zero in the place of what the dictionaries miss. */
	errors: z.enum(["keep", "remove"]),
	/** Tokens listed at either end of the changes of probability. */
	tokens: count,
	leaveOneOut: z.boolean(),
	/** Points of the curve over circuit size; 0 leaves it out. */
	curve: z.number().int().min(0).max(100),
	/** Random circuits to compare with; 0 leaves them out. */
	controls: z.number().int().min(0).max(100),
	seed: z.number().int(),
	/** Direct effects that count as the circuit's, by source and target: with them, all other edges between its features are cut. */
	edges: z.exactOptional(
		z
			.array(z.tuple([id, id]).readonly())
			.max(1_000_000)
			.readonly(),
	),
});
export type ValidationRequest = Readonly<z.infer<typeof validationRequest>>;

/** Figures as they are after some of the sequences; losses are in nats a prediction. */
export interface ValidationReport {
	readonly sequences: number;
	readonly tokens: number;
	readonly predictions: number;
	/** What was amiss in the corpus, in words. */
	readonly notes: readonly string[];
	readonly baseLoss: number;
	/** With all pinned features ablated at once. */
	readonly ablatedLoss: number;
	/** KL(base ‖ ablated), mean over positions. */
	readonly kl: number;
	/** Mean change of a token's probability at a position. */
	readonly increases: readonly TokenEffect[];
	readonly decreases: readonly TokenEffect[];
	/** Loss with all features at the baseline, with all but the circuit's, with the circuit's alone. */
	readonly emptyLoss: number;
	readonly circuitLoss: number;
	readonly complementLoss: number;
	/** `(m(C) − m(∅)) / (m(M) − m(∅))`; null where nothing lies between. */
	readonly faithfulness: Figure | null;
	/** The same with the circuit's features at the baseline instead. */
	readonly completeness: Figure | null;
	/** What each pin is worth: the faithfulness of the circuit without it. Most needed first. */
	readonly leaveOneOut?: readonly { readonly pin: string; readonly faithfulness: number }[];
	/** The circuit grown pin by pin, most needed first. */
	readonly curve?: readonly ({ readonly size: number } & Figure)[];
	/** Circuits of random features, as many at each site. */
	readonly controls?: readonly number[];
	/** The circuit with only its own edges. */
	readonly edges?: Figure & { readonly loss: number; readonly kept: number; readonly cut: number };
	readonly provider: string;
	readonly seconds: number;
	/** Stored parts that were used again. */
	readonly reused: number;
}

/** A share with its 95% bootstrap interval over sequences. */
export interface Figure {
	readonly value: number;
	readonly interval: readonly [number, number];
}
