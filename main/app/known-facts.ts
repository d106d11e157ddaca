import type { CarriedKnowledge } from "#shared/exchange/carried";
import type { FeatureFacts } from "#shared/feature-facts";
import type { PublishedSource } from "#shared/published";
import type { FactPart } from "../store/fact-bytes.ts";
import { loadShippedFacts } from "../store/shipped-facts.ts";
import type { Store } from "../store/store.ts";
import { reference } from "./locations.ts";

type Facts = ReadonlyMap<number, FeatureFacts>;
const nothing: Facts = new Map();

/** What is stored of a dictionary's features. */
export interface KnownFacts {
	/** Complete: of a corpus of one's own, shipped with the bundled model, or come with a circuit. */
	readonly whole: Facts;
	readonly published: Facts;
	readonly sampled: Facts;
}

export interface FactsQuery {
	readonly hash: string | undefined;
	readonly source: PublishedSource | undefined;
	/** As much of the facts as is needed. */
	readonly part?: FactPart;
	/** What came with a circuit, by feature. */
	carried?(feature: number): CarriedKnowledge | undefined;
}

/** Own facts go before those that came with a circuit; for the others, what is published and what a sample showed. */
export function readKnownFacts(
	store: Store,
	{ hash, source, part, carried }: FactsQuery,
	features: readonly number[],
): KnownFacts {
	const whole = new Map(hash === undefined ? nothing : loadOwnFacts(store, hash, features, part));
	if (carried)
		for (const feature of features) {
			const facts = whole.has(feature) ? undefined : carried(feature)?.facts;
			if (facts) whole.set(feature, facts);
		}
	const rest = whole.size === features.length ? [] : features.filter((feature) => !whole.has(feature));
	// Looking for each of a hundred thousand features where there are none takes a while.
	const { published, sampleFacts } = store;
	return {
		whole,
		published: source && rest.length > 0 && published.hasFacts(source) ? published.facts(source, rest, part) : nothing,
		sampled:
			hash !== undefined && rest.length > 0 && sampleFacts.has(hash) ? sampleFacts.load(hash, rest, part) : nothing,
	};
}

/** The best of what is known of one feature; `weights` is what they alone tell. */
export function pickFacts(
	{ whole, published, sampled }: KnownFacts,
	feature: number,
	weights?: FeatureFacts,
): FeatureFacts | undefined {
	return whole.get(feature) ?? joinFacts(published.get(feature), sampled.get(feature), weights);
}

/** Whether some text has told of a feature, be it that it was never active there. */
export function isSeen({ whole, published, sampled }: KnownFacts, feature: number): boolean {
	return whole.has(feature) || sampled.has(feature) || (published.get(feature)?.contexts.length ?? 0) > 0;
}

/** Of a corpus of one's own, or as they come with the bundled model. */
function loadOwnFacts(store: Store, dictionary: string, features: readonly number[], part?: FactPart): Facts {
	const stored = store.facts.count(dictionary) === 0 ? nothing : store.facts.load(dictionary, features, part);
	const rest = stored.size === features.length ? [] : features.filter((feature) => !stored.has(feature));
	return rest.length === 0
		? stored
		: new Map([...stored, ...loadShippedFacts(reference.facts, dictionary, rest, part)]);
}

const hasNumbers = ({ contexts, frequency }: FeatureFacts) => contexts.length > 0 || frequency > 0;

/** Contexts and numbers of the first that has some, words of the first that has some. */
export function joinFacts(
	published: FeatureFacts | undefined,
	sampled: FeatureFacts | undefined,
	weights: FeatureFacts | undefined,
): FeatureFacts | undefined {
	const all = [published, sampled, weights].filter((one) => one !== undefined);
	const seen = all.find(({ contexts }) => contexts.length > 0) ?? all.find(hasNumbers) ?? sampled ?? all[0];
	const words = all.find(({ raises }) => raises.length > 0);
	return seen && { ...seen, ...(words && { raises: words.raises, lowers: words.lowers }) };
}
