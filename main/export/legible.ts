import type { FeatureFacts } from "#shared/feature-facts";
import type { CircuitProvenance } from "#shared/provenance";

/** What a card has room for, and more. */
const shownContexts = 2;
const shownWords = 16;

type Legible = (text: string) => string;

/** What is drawn of a feature's facts, in letters that there are. */
export function legibleFacts(facts: FeatureFacts, legible: Legible): FeatureFacts {
	const words = (effects: FeatureFacts["raises"]) =>
		effects.slice(0, shownWords).map(({ token, effect }) => ({ token: legible(token), effect }));
	return {
		...facts,
		contexts: facts.contexts
			.slice(0, shownContexts)
			.map((context) => ({ ...context, tokens: context.tokens.map(legible) })),
		raises: words(facts.raises),
		lowers: words(facts.lowers),
	};
}

export function legibleProvenance(of: CircuitProvenance, legible: Legible): CircuitProvenance {
	return {
		...of,
		circuit: legible(of.circuit),
		...(of.prompt !== undefined && { prompt: legible(of.prompt) }),
		...(of.target !== undefined && { target: legible(of.target) }),
		parameters: of.parameters.map(([name, value]) => [name, legible(value)] as const),
	};
}
