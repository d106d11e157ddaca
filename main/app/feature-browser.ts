import type { FeaturePage, FeatureQuery, FeatureRow } from "#shared/contract/results";
import type { FeatureFacts } from "#shared/feature-facts";
import { type Dictionary, loadDictionary } from "../sae/dictionary.ts";
import { loadShippedFacts } from "../store/shipped-facts.ts";
import type { Store } from "../store/store.ts";
import { reference } from "./locations.ts";

const shownWords = 5;

/** All features of a dictionary, to be looked through: searched by words and labels, sorted, page by page. */
export class FeatureBrowser {
	readonly #store: Store;
	readonly #dictionaries = new Map<string, Pick<Dictionary, "hash" | "dSae" | "siteName" | "name">>();
	/** Facts of the dictionary that was last looked at. */
	#facts: { readonly hash: string; readonly all: readonly FeatureFacts[] } | undefined;

	constructor(store: Store) {
		this.#store = store;
	}

	/** A corpus was read: what was known is old. */
	forget(): void {
		this.#facts = undefined;
	}

	browse({ dictionary: dir, search, by, sort, descending, offset, limit }: FeatureQuery): FeaturePage {
		const { hash, dSae, siteName, name } = this.#open(dir);
		const all = this.#load(hash, dSae);
		const labels = this.#store.labelsOf(hash);
		const words = search.trim().toLowerCase().replaceAll("·", " ");
		const found =
			words === "" ? all : all.filter((facts) => matches(facts, labels.get(facts.feature) ?? "", words, by));
		const value = {
			feature: ({ feature }: FeatureFacts) => feature,
			frequency: ({ frequency }: FeatureFacts) => frequency,
			maxActivation: ({ maxActivation }: FeatureFacts) => maxActivation,
			label: ({ feature }: FeatureFacts) => labels.get(feature) ?? "",
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
					label: labels.get(facts.feature) ?? null,
					raises: facts.raises.slice(0, shownWords).map(({ token }) => token),
					context: context ?? null,
				};
			}),
			collection: this.#store.collections.withDictionary(hash)?.tokens ?? null,
		};
	}

	/** One feature with everything known, by the dictionary's folder. */
	facts(dir: string, feature: number): FeatureFacts | undefined {
		const { hash, dSae } = this.#open(dir);
		return this.#load(hash, dSae).find((facts) => facts.feature === feature);
	}

	hashOf(dir: string): string {
		return this.#open(dir).hash;
	}

	#open(dir: string) {
		const known = this.#dictionaries.get(dir);
		if (known) return known;
		const { hash, dSae, siteName, name } = loadDictionary(dir);
		const opened = { hash, dSae, siteName, name };
		this.#dictionaries.set(dir, opened);
		return opened;
	}

	#load(hash: string, dSae: number): readonly FeatureFacts[] {
		if (this.#facts?.hash === hash) return this.#facts.all;
		const numbers = Array.from({ length: dSae }, (_, feature) => feature);
		const stored = this.#store.loadFacts(hash, numbers);
		const rest = stored.size === dSae ? [] : numbers.filter((feature) => !stored.has(feature));
		const shipped = rest.length > 0 ? loadShippedFacts(reference.facts, hash, rest) : new Map<number, FeatureFacts>();
		const all = numbers.flatMap((feature) => stored.get(feature) ?? shipped.get(feature) ?? []);
		this.#facts = { hash, all };
		return all;
	}
}

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
