import type { FeatureFacts } from "./feature-facts.ts";

export const neuronpediaUrl = "https://www.neuronpedia.org";

/** A dictionary as Neuronpedia names it: model `gpt2-small`, source `6-res_post_128k-oai`. */
export interface PublishedSource {
	readonly model: string;
	readonly name: string;
}

/** One line for people and for keys. */
export const sourceId = ({ model, name }: PublishedSource): string => `${model}/${name}`;

/** From `gpt2-small/6-res-jb`; undefined for a text that is no such id. */
export function parseSourceId(id: string): PublishedSource | undefined {
	const [, model, name] = /^([^/\s]+)\/([^/\s]+)$/.exec(id.trim()) ?? [];
	return model === undefined || name === undefined ? undefined : { model, name };
}

/** What somebody, most often a language model, says that a feature responds to. */
export interface PublishedExplanation {
	readonly text: string;
	/** Model that wrote it, method that asked the model, person who ran it. */
	readonly model?: string;
	readonly method?: string;
	readonly author?: string;
	readonly score?: number;
}

/** What one answer, or one line of a pack, tells of a feature. */
export interface PublishedFeature {
	readonly feature: number;
	readonly explanations?: readonly PublishedExplanation[];
	/** Parts of the facts; those that are absent leave what is stored. */
	readonly facts?: Partial<Omit<FeatureFacts, "feature" | "origin">>;
}

/** The explanation that is shown where there is room for one, and where it comes from. */
export interface PublishedLabel {
	readonly text: string;
	/** As `sourceId` writes it. */
	readonly source: string;
	readonly at: number;
}

/** What a feature is called: by a person's own word, else by what is published. */
export type ShownLabel =
	| { readonly text: string; readonly by: "person" }
	| (PublishedLabel & { readonly by: "neuronpedia" });

/** Everything that is published of a feature, as it is stored. */
export interface PublishedKnowledge {
	readonly source: string;
	readonly explanations: readonly (PublishedExplanation & { readonly at: number })[];
	/** When Neuronpedia was last asked; null where all comes from packs. */
	readonly askedAt: number | null;
}

/** What is stored of one source. */
export interface PublishedSummary {
	readonly source: string;
	readonly labels: number;
	readonly facts: number;
	readonly asked: number;
	/** When something was stored last. */
	readonly at: number;
}

/** The best known first: by score where there is one, else as they were stored. */
export function pickExplanation<E extends PublishedExplanation>(explanations: readonly E[]): E | undefined {
	return explanations.reduce<E | undefined>(
		(best, one) => (best === undefined || (one.score ?? -1) > (best.score ?? -1) ? one : best),
		undefined,
	);
}
