import type { FeaturePage, FeatureQuery, FeatureRow } from "#shared/contract/results";
import type { FeatureFacts } from "#shared/feature-facts";
import type { PublishedKnowledge } from "#shared/published";
import type { Store } from "../store/store.ts";
import type { App } from "./app.ts";
import type { DictionaryFolders, KnownDictionary } from "./dictionary-folders.ts";
import { pickFacts, readKnownFacts } from "./known-facts.ts";

const shownWords = 5;

/** A dictionary's folder, and how it is read. */
type DictionaryQuery = Pick<FeatureQuery, "dictionary" | "conventions">;

/** All features of a dictionary, to be looked through: searched by words and labels, sorted, page by page. */
export class FeatureBrowser {
	readonly #store: Store;
	readonly #folders: DictionaryFolders;
	/** What is known of the dictionary that was last looked at. */
	#known:
		| { readonly hash: string; readonly all: readonly FeatureFacts[]; readonly published: ReadonlyMap<number, string> }
		| undefined;

	constructor({ store, folders }: Pick<App, "store" | "folders">) {
		this.#store = store;
		this.#folders = folders;
	}

	/** A corpus was read: what was known is old. */
	forget(): void {
		this.#known = undefined;
	}

	browse({ search, by, sort, descending, offset, limit, ...where }: FeatureQuery): FeaturePage {
		const { hash, dSae, siteName, name } = this.#open(where);
		const { all, published } = this.#load(where);
		const own = this.#store.labels.ofDictionary(hash);
		const labelOf = (feature: number) => own.get(feature) ?? published.get(feature);
		const words = search.trim().toLowerCase().replaceAll("·", " ");
		const found = words === "" ? all : all.filter((facts) => matches(facts, labelOf(facts.feature) ?? "", words, by));
		const value = {
			feature: ({ feature }: FeatureFacts) => feature,
			frequency: ({ frequency }: FeatureFacts) => frequency,
			maxActivation: ({ maxActivation }: FeatureFacts) => Math.abs(maxActivation),
			label: ({ feature }: FeatureFacts) => labelOf(feature) ?? "",
		}[sort];
		const sign = descending ? -1 : 1;
		const sorted = found.toSorted((a, b) => {
			const [x, y] = [value(a), value(b)];
			return x === y ? a.feature - b.feature : x < y ? -sign : sign;
		});
		return {
			site: siteName,
			name,
			features: dSae,
			known: all.length,
			total: found.length,
			rows: sorted.slice(offset, offset + limit).map((facts): FeatureRow => {
				const [context] = facts.contexts;
				return {
					id: `${siteName}.${facts.feature}`,
					feature: facts.feature,
					frequency: facts.frequency,
					maxActivation: facts.maxActivation,
					label: labelOf(facts.feature) ?? null,
					labelIsPublished: !own.has(facts.feature),
					raises: facts.raises.slice(0, shownWords).map(({ token }) => token),
					context: context ?? null,
				};
			}),
			collection: this.#store.collections.withDictionary(hash)?.tokens ?? null,
		};
	}

	/** One feature with everything known. */
	facts(where: DictionaryQuery, feature: number): FeatureFacts | undefined {
		return this.#load(where).all.find((facts) => facts.feature === feature);
	}

	/** What is published of it; null where its dictionary is not on Neuronpedia. */
	published(where: DictionaryQuery, feature: number): PublishedKnowledge | null {
		const { source } = this.#open(where);
		return source ? this.#store.published.know(source, feature) : null;
	}

	hashOf(where: DictionaryQuery): string {
		return this.#open(where).hash;
	}

	#open({ dictionary, conventions }: DictionaryQuery): KnownDictionary {
		return this.#folders.open(dictionary, conventions);
	}

	#load(where: DictionaryQuery) {
		const { hash, dSae, source } = this.#open(where);
		if (this.#known?.hash === hash) return this.#known;
		const numbers = Array.from({ length: dSae }, (_, feature) => feature);
		const known = readKnownFacts(this.#store, { hash, source }, numbers);
		const published = source ? this.#store.published.labelsOfSource(source) : new Map<number, string>();
		const all = numbers.flatMap((feature) => {
			const labelled = published.has(feature) ? { feature, ...nothingSeen } : undefined;
			return pickFacts(known, feature) ?? labelled ?? [];
		});
		this.#known = { hash, all, published };
		return this.#known;
	}
}

const nothingSeen = { frequency: 0, maxActivation: 0, contexts: [], raises: [], lowers: [] };

function matches(
	{ contexts, raises, lowers }: FeatureFacts,
	label: string,
	words: string,
	by: FeatureQuery["by"],
): boolean {
	const token = () =>
		raises.some((one) => one.token.toLowerCase().includes(words)) ||
		lowers.some((one) => one.token.toLowerCase().includes(words)) ||
		contexts.some(({ tokens, peak }) => (tokens[peak] ?? "").toLowerCase().includes(words));
	const context = () => contexts.some(({ tokens }) => tokens.join("").toLowerCase().includes(words));
	switch (by) {
		case "token":
			return token();
		case "context":
			return context();
		case "label":
			return label.toLowerCase().includes(words);
		case "all":
			return label.toLowerCase().includes(words) || token() || context();
	}
}
