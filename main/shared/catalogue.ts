import { bundles, models, releases } from "./catalogue-rows.ts";
import type { SiteKind } from "./site.ts";

/** What is published, and can be fetched by name. The rows themselves are in `catalogue-rows.ts`. */

export interface CatalogueModel {
	/** As in `--model gpt2`. */
	readonly name: string;
	readonly title: string;
	/** On the Hugging Face hub. */
	readonly repo: string;
	readonly layers: number;
	readonly width: number;
	readonly parameters: number;
	/** Of the weights in safetensors form. */
	readonly bytes: number;
	readonly licence: string;
	/** Its name on Neuronpedia, where features of its dictionaries are explained. */
	readonly neuronpedia?: string;
}

/** A set of dictionaries that one repository holds. */
export interface CatalogueRelease {
	/** The name that SAELens gives it. */
	readonly name: string;
	/** Shorter names that mean the same. */
	readonly aliases?: readonly string[];
	readonly title: string;
	/** Name of a `CatalogueModel`. */
	readonly model: string;
	readonly repo: string;
	/** As the source states it; absent where it states none. */
	readonly licence?: string;
	readonly paper?: string;
	readonly format: "saelens" | "early-hook-z";
	readonly kind: "standard" | "topk";
	/** Kept at each position; topk only. */
	readonly k?: number;
	readonly rule: ReleaseRule;
	readonly dictionaries: readonly CatalogueDictionary[];
}

/** How a release's dictionaries see the model where their own files do not say so, or say it wrongly. */
export interface ReleaseRule {
	/** Trained on a residual stream whose mean over its width is zero (`center_writing_weights`). */
	readonly centred: boolean;
	/** `<|endoftext|>` before the text. */
	readonly bos: boolean;
	/** Trained on TransformerLens's processed model: `z` without the value biases (`fold_value_biases`). */
	readonly valueBiases?: "folded";
}

export interface CatalogueDictionary {
	/** In the repository: a folder, or a file of the early hook_z sets. */
	readonly path: string;
	/** As its trainers name the place, e.g. `blocks.3.hook_resid_pre`; shown beside our number of the layer. */
	readonly hook: string;
	readonly site: { readonly kind: SiteKind; readonly layer: number };
	readonly features: number;
	/** Of Neuronpedia, e.g. `3-res-jb`. */
	readonly neuronpedia?: string;
	/** Features active on a token, and share of variance explained, as the source states them. */
	readonly l0?: number;
	readonly explainedVariance?: number;
	/** Activations are multiplied by it before encoding and divided by it after decoding (`expected_average_only_in`). */
	readonly normFactor?: number;
}

/** A small public text over which features are shown where nothing else is known of them. */
export interface CatalogueText {
	readonly name: string;
	readonly title: string;
	/** A dataset on the Hugging Face hub, and the file in it: Parquet with a column `text`. */
	readonly repo: string;
	readonly path: string;
	readonly revision: string;
	readonly bytes: number;
	readonly licence: string;
}

/** Releases that are used together, under one name. */
export interface CatalogueBundle {
	readonly name: string;
	readonly title: string;
	readonly releases: readonly string[];
}

/** The releases that a name means: its own, an alias, or a bundle. Empty where there is none. */
export function findReleases(name: string): readonly CatalogueRelease[] {
	const bundle = bundles.find((one) => one.name === name);
	return releases.filter(
		(one) => one.name === name || one.aliases?.includes(name) || bundle?.releases.includes(one.name),
	);
}

/** The name of a release that people type and read. */
export const shortName = ({ name, aliases }: Pick<CatalogueRelease, "name" | "aliases">) => aliases?.[0] ?? name;

/** The row that a repository's dictionary has, by its path there. */
export function findPublished(
	repo: string,
	path: string,
): { readonly release: CatalogueRelease; readonly dictionary: CatalogueDictionary } | undefined {
	for (const release of releases) {
		if (release.repo !== repo) continue;
		const dictionary = release.dictionaries.find((one) => one.path === path);
		if (dictionary) return { release, dictionary };
	}
	return undefined;
}

/**
 * The row of a model, by its name, its repository, its title, or what Neuronpedia and TransformerLens call it
 * (`gpt2-small`), however it is spelt.
 */
export function findModelRow(name: string): CatalogueModel | undefined {
	const spelt = spellAlike(name);
	return models.find(
		({ name: own, repo, title, neuronpedia = own }) =>
			repo.toLowerCase() === name.toLowerCase() || [own, title, neuronpedia].some((one) => spellAlike(one) === spelt),
	);
}

/** `GPT-2 small`, `gpt2_small` and `gpt2-small` are one name. */
const spellAlike = (name: string) => name.toLowerCase().replace(/[\s_-]+/g, "");

/** Bytes of a dictionary's files in 32-bit floats, about: encoder, decoder, biases and how often each feature is active. */
export function forecastDictionaryBytes({ features }: CatalogueDictionary, width: number): number {
	return 4 * (2 * features * width + 2 * features + width) + 5000;
}
