import { countCells, cutText, showToken } from "./drawing/svg-text.ts";
import { type FeatureContext, type FeatureFacts, type TokenEffect, tellingEffects } from "./feature-facts.ts";

/** Cells that a phrase has at most. */
const mostOfPhrase = 24;
/** Share of a feature's strongest contexts that must agree on a token. */
const agreement = 0.6;
/** A raised token that is so many times as strong as the next says more than where the feature fires. */
const dominance = 1.6;

/**
 * What a feature does, in one short phrase from what is known of it: `raises )` where one token stands out among the
 * logits, else `fires on copyright` where its contexts agree on the token, `fires on G of COPYRIGHT` where it is part of a
 * word on which they agree too, `fires after (` where they agree on the one before it, else the token it raises most. The same facts give the same phrase. Undefined where nothing is known.
 */
export function phraseOf(facts: Pick<FeatureFacts, "contexts" | "raises">): string | undefined {
	const remembered = phrases.get(facts);
	if (remembered !== undefined) return remembered === "" ? undefined : remembered;
	const phrase = makePhrase(facts);
	phrases.set(facts, phrase ?? "");
	return phrase;
}

const phrases = new WeakMap<object, string>();

function makePhrase({ contexts, raises }: Pick<FeatureFacts, "contexts" | "raises">): string | undefined {
	const raised = mergeSpellings(tellingEffects(raises, "raises"));
	const [first, second] = raised;
	const raising = first && `raises ${nameToken(first.token, mostOfPhrase - "raises ".length)}`;
	if (raising && first.effect > dominance * Math.max(second?.effect ?? 0, 0) && raises.length > 1) return raising;
	const peaks = findAgreed(contexts, 0);
	const word = peaks?.length === 1 ? findAgreedWord(contexts) : undefined;
	if (peaks)
		return word
			? nameInWord(peaks[0] as string, word)
			: `fires on ${nameTokens(peaks, mostOfPhrase - "fires on ".length)}`;
	const before = findAgreed(contexts, -1);
	if (before) return `fires after ${nameTokens(before.slice(0, 1), mostOfPhrase - "fires after ".length)}`;
	const [top] = listTokens(contexts, 0);
	return raising ?? (top && `fires on ${nameToken(top.token, mostOfPhrase - "fires on ".length)}`);
}

/** Without regard to case and blanks: `Copyright` and ` copyright` are one word. */
const wordOf = (token: string) => token.trim().toLowerCase() || token;

/** The strongest spelling of each raised word. */
function mergeSpellings(effects: readonly TokenEffect[]): readonly TokenEffect[] {
	const words = new Map<string, TokenEffect>();
	for (const one of effects)
		if (one.effect > 0 && one.effect > (words.get(wordOf(one.token))?.effect ?? 0)) words.set(wordOf(one.token), one);
	return [...words.values()].sort((a, b) => b.effect - a.effect);
}

/** Tokens of the contexts at so many places from the strongest, the most frequent first, each with its share. */
function listTokens(
	contexts: readonly FeatureContext[],
	offset: number,
): readonly { readonly token: string; readonly share: number }[] {
	const words = new Map<string, { readonly token: string; count: number }>();
	for (const { tokens, peak } of contexts) {
		const token = tokens[peak + offset];
		if (token === undefined) continue;
		const known = words.get(wordOf(token));
		if (known) known.count++;
		else words.set(wordOf(token), { token, count: 1 });
	}
	return [...words.values()]
		.sort((a, b) => b.count - a.count)
		.map(({ token, count }) => ({ token, share: count / contexts.length }));
}

/** The token, or the two, on which most contexts agree; undefined where they do not. */
function findAgreed(contexts: readonly FeatureContext[], offset: number): readonly string[] | undefined {
	if (contexts.length < 2) return undefined;
	const [first, second] = listTokens(contexts, offset);
	if (first && first.share >= agreement) return [first.token];
	const isPair = first && second && second.share > 1 / contexts.length && first.share + second.share > agreement;
	return isPair ? [first.token, second.token] : undefined;
}

/** The longer word that the strongest token is part of, where most contexts agree on it. */
function findAgreedWord(contexts: readonly FeatureContext[]): string | undefined {
	const counts = new Map<string, { readonly word: string; count: number }>();
	for (const context of contexts) {
		const word = wholeWord(context);
		const known = counts.get(word.toLowerCase());
		if (known) known.count++;
		else counts.set(word.toLowerCase(), { word, count: 1 });
	}
	const [first] = [...counts.values()].sort((a, b) => b.count - a.count);
	const isLonger = contexts.some(({ tokens, peak }) => tokens[peak]?.trim() !== first?.word);
	return first && isLonger && first.word !== "" && first.count / contexts.length >= agreement ? first.word : undefined;
}

const [beginsWithLetter, endsWithLetter] = [/^[\p{L}\p{M}]/u, /[\p{L}\p{M}]$/u];

/** The word around the strongest token, from all tokens that it is made of; empty where that is none. */
function wholeWord({ tokens, peak }: FeatureContext): string {
	const at = (i: number) => tokens[i] ?? "";
	if (!endsWithLetter.test(at(peak))) return "";
	let [first, last] = [peak, peak];
	while (beginsWithLetter.test(at(first)) && endsWithLetter.test(at(first - 1))) first--;
	while (beginsWithLetter.test(at(last + 1)) && endsWithLetter.test(at(last))) last++;
	return tokens
		.slice(first, last + 1)
		.join("")
		.trim();
}

/** A token that is most of its word needs no mention beside it. */
function nameInWord(token: string, word: string): string {
	const part = `fires on ${nameToken(token, mostOfPhrase)} of ${word}`;
	const isMost = 2 * countCells(token.trim()) > countCells(word);
	return !isMost && countCells(part) <= mostOfPhrase
		? part
		: `fires on ${nameToken(word, mostOfPhrase - "fires on ".length)}`;
}

function nameTokens(tokens: readonly string[], cells: number): string {
	const [first = "", ...others] = tokens;
	const both = tokens.map((token) => nameToken(token, cells)).join(" / ");
	return others.length > 0 && countCells(both) <= cells ? both : nameToken(first, cells);
}

/** Its blank says little in a phrase; a token of blanks keeps them. */
function nameToken(token: string, cells: number): string {
	return cutText(showToken(/^ +[^ ]/.test(token) ? token.trimStart() : token), cells);
}
