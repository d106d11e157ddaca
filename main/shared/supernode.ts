import { showToken } from "./drawing/svg-text.ts";
import type { FeatureContext, FeatureFacts, TokenEffect } from "./feature-facts.ts";
import { withoutPosition } from "./node-id.ts";

/** One of the nodes that a supernode stands for. */
export interface Member {
	readonly id: string;
	readonly kind: "feature" | "error" | "token" | "logit";
	readonly position: number;
	/** The prompt's token where it stands, or its own. */
	readonly token: string;
	/** What its feature is called, by a person or by what is published. */
	readonly label?: string | undefined;
	readonly facts?: FeatureFacts | undefined;
	/** What it is called: the label, else a phrase, else its id. */
	readonly name: string;
	readonly attribution: number;
}

/** Something that several features of a supernode have in common. */
export interface Shared {
	readonly text: string;
	/** Features that have it, by id without position. */
	readonly features: readonly string[];
}

export interface SharedToken extends Shared {
	/** Mean effect on its logit, over the features that have it. */
	readonly effect: number;
}

/** A token on which several features fire, with the strongest context of each. */
export interface SharedContext extends Shared {
	readonly contexts: readonly FeatureContext[];
}

/** What the members of a supernode have in common; each list begins with what most of them have. */
export interface SharedMeaning {
	/** A feature at several positions is one. */
	readonly features: number;
	/** Words of several labels. */
	readonly words: readonly Shared[];
	readonly raises: readonly SharedToken[];
	readonly lowers: readonly SharedToken[];
	readonly contexts: readonly SharedContext[];
	/** Where all of them stand. */
	readonly position?: number;
}

/** Words that say nothing of what a feature is about. */
const idle = new Set(
	"a an and any are as at by for from in into is it its of on or that the this to with related words word tokens token text phrases phrase references mentions terms feature features raises fires".split(
		" ",
	),
);

/** What several of these have in common: words of labels, tokens raised and lowered, tokens on which they fire, position. */
export function findShared(members: readonly Member[]): SharedMeaning {
	const features = new Map<string, Member>();
	for (const member of members)
		if (member.kind === "feature" && !features.has(withoutPosition(member.id)))
			features.set(withoutPosition(member.id), member);
	const words = new Map<string, Set<string>>();
	const contexts = new Map<string, Map<string, FeatureContext>>();
	for (const [id, { label, facts }] of features) {
		for (const word of wordsOf(label)) addTo(words, word, id);
		for (const context of facts?.contexts ?? []) {
			const token = (context.tokens[context.peak] ?? "").trim();
			const known = contexts.get(token) ?? new Map<string, FeatureContext>();
			if (!known.has(id)) known.set(id, context);
			contexts.set(token, known);
		}
	}
	const positions = new Set(members.map(({ position }) => position));
	const [position] = positions;
	return {
		features: features.size,
		words: mostShared([...words].map(([text, ids]) => ({ text, features: [...ids] }))),
		raises: sharedTokens(features, ({ raises }) => raises),
		lowers: sharedTokens(features, ({ lowers }) => lowers),
		contexts: mostShared(
			[...contexts].map(([text, byFeature]) => ({
				text,
				features: [...byFeature.keys()],
				contexts: [...byFeature.values()],
			})),
		),
		...(position !== undefined && positions.size === 1 && members.length > 1 && { position }),
	};
}

const wordsOf = (label = ""): ReadonlySet<string> =>
	new Set(
		label
			.toLowerCase()
			.split(/[^\p{L}\p{N}]+/u)
			.filter((word) => word.length > 1 && !idle.has(word)),
	);

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
	const known = sets.get(key);
	if (known) known.add(value);
	else sets.set(key, new Set([value]));
}

/** Those of two features at least; stable where as many have it. */
const mostShared = <S extends Shared>(all: readonly S[]): readonly S[] =>
	all
		.filter(({ text, features }) => features.length > 1 && text !== "")
		.sort((a, b) => b.features.length - a.features.length);

function sharedTokens(
	features: ReadonlyMap<string, Member>,
	read: (facts: FeatureFacts) => readonly TokenEffect[],
): readonly SharedToken[] {
	const effects = new Map<string, Map<string, number>>();
	for (const [id, { facts }] of features)
		for (const { token, effect } of facts ? read(facts) : []) {
			const known = effects.get(token) ?? new Map<string, number>();
			known.set(id, effect);
			effects.set(token, known);
		}
	const all = [...effects].map(([text, byFeature]): SharedToken => {
		const values = [...byFeature.values()];
		return {
			text,
			features: [...byFeature.keys()],
			effect: values.reduce((sum, value) => sum + value, 0) / values.length,
		};
	});
	return mostShared(all).toSorted(
		(a, b) => b.features.length - a.features.length || Math.abs(b.effect) - Math.abs(a.effect),
	);
}

const mostWords = 3;
const mostTokens = 2;
const quote = (text: string) => `“${showToken(text)}”`;

/**
 * A name for these, from what at least half of its features share: words of their labels, else the tokens that they
 * raise, else the token on which they fire, else where all of them stand, else the strongest one's own name.
 */
export function proposeName(members: readonly Member[], shared = findShared(members)): string {
	if (members.every(({ kind }) => kind === "token" || kind === "logit"))
		return members.map(({ token }) => showToken(token)).join(" ");
	const needed = Math.max(2, shared.features / 2);
	const common = <S extends Shared>(all: readonly S[]) => all.filter(({ features }) => features.length >= needed);
	const words = common(shared.words).slice(0, mostWords);
	if (words.length > 0) return words.map(({ text }) => text).join(" ");
	const raised = common(shared.raises).slice(0, mostTokens);
	if (raised.length > 0) return `raises ${raised.map(({ text }) => quote(text)).join(" ")}`;
	const [context] = common(shared.contexts);
	if (context) return `on ${quote(context.text)}`;
	// A logit's token is not the one that stands there.
	const [first] = members.filter(({ kind }) => kind !== "logit");
	if (shared.position !== undefined && first) return `at ${quote(first.token)}`;
	const named = shared.features > 0 ? members.filter(({ kind }) => kind === "feature") : members;
	const strongest = named.reduce((best, one) => (Math.abs(one.attribution) > Math.abs(best.attribution) ? one : best));
	return `${strongest.name} and ${members.length - 1} more`;
}

const shownTokens = 8;

/** What a supernode's card shows: as a feature's, but of what its features share. Undefined where they share nothing. */
export function factsOfShared({ raises, lowers, contexts }: SharedMeaning): FeatureFacts | undefined {
	if (raises.length + lowers.length + contexts.length === 0) return undefined;
	const effects = (tokens: readonly SharedToken[]) =>
		tokens.slice(0, shownTokens).map(({ text, effect }) => ({ token: text, effect }));
	return {
		feature: 0,
		frequency: 0,
		maxActivation: Math.max(
			0,
			...(contexts[0]?.contexts ?? []).flatMap(({ activations }) => activations.map(Math.abs)),
		),
		contexts: contexts[0]?.contexts ?? [],
		raises: effects(raises),
		lowers: effects(lowers),
	};
}

/** The same of nodes of which no more than ids and facts are known. */
export function factsOfMembers(
	ids: readonly string[],
	facts: ReadonlyMap<string, FeatureFacts>,
): FeatureFacts | undefined {
	const members = ids.map((id): Member => {
		const name = withoutPosition(id);
		return { id, kind: "feature", position: 0, token: "", facts: facts.get(name), name, attribution: 0 };
	});
	return factsOfShared(findShared(members));
}
