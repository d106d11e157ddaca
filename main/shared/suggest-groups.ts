import { withoutPosition } from "./node-id.ts";
import { findShared, type Member, proposeName, type SharedMeaning } from "./supernode.ts";

/** Features that seem to mean one thing, for a person to decide. */
export interface SuggestedGroup {
	readonly name: string;
	readonly members: readonly Member[];
	readonly shared: SharedMeaning;
	/** All of them share more than one thing. */
	readonly isStrong: boolean;
}

/** What more features than these share is too common to mean much. */
const mostMembers = 8;
const mostSuggested = 12;
const shownTokens = 4;

/**
 * Features at one position that all have something in common: a word of their labels, a token among the first that they
 * raise, or one on which they fire. Those that share more come first, and a feature is suggested once.
 */
export function suggestGroups(members: readonly Member[]): readonly SuggestedGroup[] {
	const candidates = [...Map.groupBy(members.filter(isFeature), ({ position }) => position).values()]
		.flatMap(findCandidates)
		.sort((a, b) => b.weight - a.weight);
	const taken = new Set<string>();
	const suggested: SuggestedGroup[] = [];
	for (const { members: some, shared, byAll } of candidates) {
		if (suggested.length === mostSuggested) break;
		if (some.some(({ id }) => taken.has(id))) continue;
		for (const { id } of some) taken.add(id);
		suggested.push({ name: proposeName(some, shared), members: some, shared, isStrong: byAll > 1 });
	}
	return suggested;
}

const isFeature = ({ kind }: Member) => kind === "feature";

function findCandidates(members: readonly Member[]) {
	const sets = new Map<string, readonly Member[]>();
	for (const { features } of listShared(findShared(cutTokens(members)))) {
		const wanted = new Set(features);
		const some = members.filter(({ id }) => wanted.has(withoutPosition(id)));
		if (some.length > 1 && some.length <= mostMembers) sets.set(some.map(({ id }) => id).join(" "), some);
	}
	return [...sets.values()].map((some) => {
		const shared = findShared(some);
		const byAll = listShared(shared).filter(({ features }) => features.length === some.length).length;
		return { members: some, shared, byAll, weight: byAll * Math.sqrt(some.length) };
	});
}

/** Of the tokens that a feature raises the first alone. */
const cutTokens = (members: readonly Member[]): readonly Member[] =>
	members.map((member) => ({
		...member,
		facts: member.facts && { ...member.facts, raises: member.facts.raises.slice(0, shownTokens), lowers: [] },
	}));

const listShared = ({ words, raises, contexts }: SharedMeaning) => [...words, ...raises, ...contexts];
