import { create } from "zustand";
import type { CircuitNode } from "#shared/circuit";
import type { FeatureFacts } from "#shared/feature-facts";
import { withoutPosition } from "#shared/node-id";
import { phraseOf } from "#shared/phrase";
import type { PublishedLabel } from "#shared/published";
import { client } from "../bridge/connection.ts";
import { isComparing } from "./comparison-store.ts";
import { reportError } from "./session-store.ts";

const nothing = {
	circuit: null,
	facts: new Map<string, FeatureFacts>(),
	answered: new Set<string>(),
	published: new Map<string, PublishedLabel>(),
	phrases: new Map<string, string>(),
};

/** What is known of features, by id without position; for the open circuit alone. */
export const useFacts = create<{
	readonly circuit: string | null;
	readonly facts: ReadonlyMap<string, FeatureFacts>;
	/** Was asked for and answered, if only with nothing. */
	readonly answered: ReadonlySet<string>;
	/** What others call them. */
	readonly published: ReadonlyMap<string, PublishedLabel>;
	/** What is known of them in a phrase each: there before the facts are. */
	readonly phrases: ReadonlyMap<string, string>;
}>(() => nothing);

const { setState: set, getState: get } = useFacts;
const atOnce = 150;
const asked = new Set<string>();

/** Labels and phrases at once, which are only looked up; facts in parts, strongest features first, so that the first cards fill while the others come. */
export function loadFactsFor(circuit: string, nodes: readonly CircuitNode[]): void {
	if (isComparing()) return;
	if (get().circuit !== circuit) {
		asked.clear();
		set({ ...nothing, circuit });
	}
	const wanted = nodes
		.filter(({ kind }) => kind === "feature")
		.toSorted((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution))
		.map(({ id }) => withoutPosition(id));
	const missing = [...new Set(wanted)].filter((id) => !asked.has(id));
	for (const id of missing) asked.add(id);
	if (missing.length === 0) return;
	void fetchNames(circuit);
	void fetchParts(circuit, missing);
}

/** What one circuit of a comparison calls its features, by what they are called there; the strongest first. */
export interface ComparedFeatures {
	readonly circuit: string;
	readonly features: ReadonlyMap<string, string>;
}

let comparisons = 0;

/** Of two circuits, in place of the open one's. */
export function loadFactsOfBoth(sides: readonly ComparedFeatures[]): void {
	asked.clear();
	set(nothing);
	const mine = ++comparisons;
	const isWanted = () => mine === comparisons && isComparing();
	for (const side of sides) fetchCompared(side, isWanted).catch(reportError);
}

async function fetchCompared({ circuit, features }: ComparedFeatures, isWanted: () => boolean): Promise<void> {
	const [labels, phrases] = await Promise.all([
		client.call("features.labels", { name: circuit }),
		client.call("features.phrases", { name: circuit }),
	]);
	const rename = <T>(found: Readonly<Record<string, T>>) =>
		[...features].flatMap(([id, own]) => (found[own] === undefined ? [] : [[id, found[own]] as const]));
	if (!isWanted()) return;
	set((state) => ({
		published: new Map([...state.published, ...rename(labels)]),
		phrases: new Map([...state.phrases, ...rename(phrases)]),
	}));
	const all = [...features];
	for (let first = 0; first < all.length; first += atOnce) {
		const part = all.slice(first, first + atOnce);
		const found = await client.call("features.facts", { name: circuit, features: part.map(([, own]) => own) });
		if (!isWanted()) return;
		set(({ facts, answered, phrases: known }) => ({
			facts: new Map([...facts, ...rename(found)]),
			answered: new Set([...answered, ...part.map(([id]) => id)]),
			phrases: withPhrases(known, rename(found)),
		}));
	}
}

/** More is known of these features of the open circuit; of all that no text but a sample has told of, where none are named. */
export function refreshFacts(ids?: readonly string[]): void {
	const { circuit, facts } = get();
	if (circuit === null) return;
	const mayImprove = (id: string) => !facts.get(id)?.contexts.length || facts.get(id)?.origin?.kind === "sample";
	const wanted = ids?.filter((id) => asked.has(id)) ?? [...asked].filter(mayImprove);
	if (!ids) void fetchNames(circuit);
	if (wanted.length > 0) void fetchParts(circuit, wanted);
}

/** Somebody looks at this one now: it does not wait for its part. */
export function hurryFacts(id: string): void {
	const { circuit, answered } = get();
	if (circuit !== null && !answered.has(id)) void fetchParts(circuit, [id]);
}

async function fetchNames(circuit: string): Promise<void> {
	try {
		const [labels, phrases] = await Promise.all([
			client.call("features.labels", { name: circuit }),
			client.call("features.phrases", { name: circuit }),
		]);
		if (get().circuit !== circuit) return;
		set({
			published: new Map(Object.entries(labels)),
			phrases: new Map([...get().phrases, ...Object.entries(phrases)]),
		});
	} catch (error) {
		reportError(error);
	}
}

/** The same map where nothing is said otherwise: names of a large circuit are not made anew for every part. */
function withPhrases(
	phrases: ReadonlyMap<string, string>,
	found: readonly (readonly [string, FeatureFacts])[],
): ReadonlyMap<string, string> {
	const news = found.flatMap(([id, facts]) => {
		const phrase = phraseOf(facts);
		return phrase === undefined || phrase === phrases.get(id) ? [] : [[id, phrase] as const];
	});
	return news.length === 0 ? phrases : new Map([...phrases, ...news]);
}

async function fetchParts(circuit: string, ids: readonly string[]): Promise<void> {
	for (let first = 0; first < ids.length; first += atOnce) {
		const part = ids.slice(first, first + atOnce);
		try {
			const found = await client.call("features.facts", { name: circuit, features: part });
			if (get().circuit !== circuit) return;
			set(({ facts, answered, phrases }) => ({
				facts: new Map([...facts, ...Object.entries(found)]),
				answered: new Set([...answered, ...part]),
				phrases: withPhrases(phrases, Object.entries(found)),
			}));
		} catch (error) {
			for (const id of ids.slice(first)) asked.delete(id);
			reportError(error);
			return;
		}
	}
}
