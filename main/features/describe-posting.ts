import type { FeatureFacts } from "#shared/feature-facts";
import type { Posting } from "#shared/posting";
import { type AddressedText, buildHistogram, findLargest, findTopContexts } from "./feature-statistics.ts";

export interface ContextOptions {
	/** Contexts of a feature, and tokens to either side of the strongest. */
	readonly contexts: number;
	readonly view: number;
}

/** What a text says of one feature: all but the tokens that it raises and lowers. */
export type CollectedFacts = Omit<FeatureFacts, "raises" | "lowers">;

export function describePosting(
	feature: number,
	posting: Posting,
	text: AddressedText & { readonly tokens: number },
	options: ContextOptions,
	tokenText: (id: number) => string,
): CollectedFacts {
	const histogram = buildHistogram(posting.values);
	return {
		feature,
		frequency: posting.values.length / text.tokens,
		maxActivation: findLargest(posting.values),
		contexts: findTopContexts(posting, text, options, tokenText),
		...(histogram && { histogram }),
	};
}
