import { bundles, releases } from "./catalogue-rows.ts";
import type { DownloadRequest } from "./download.ts";

/** What somebody needs who sees GPT-2 for the first time: the model, and every kind of site in two of its layers. */
const bundle = "oai-v5-32k";
/** Where the literature's circuits end: name movers, and the MLPs that compare years. */
const layers: ReadonlySet<number> = new Set([9, 10]);

export const starter: DownloadRequest = {
	models: ["gpt2"],
	sets: releases
		.filter(({ name }) => bundles.find((one) => one.name === bundle)?.releases.includes(name))
		.map(({ name, dictionaries }) => ({
			release: name,
			paths: dictionaries.filter(({ site }) => layers.has(site.layer)).map(({ path }) => path),
		})),
};

export interface SamplePrompt {
	readonly title: string;
	/** What is known of it. */
	readonly known: string;
	readonly prompt: string;
	/** Tokens whose logits are compared; without them the prompt's last token is explained. */
	readonly target?: string;
	readonly against?: string;
}

/** Prompts whose circuits in GPT-2 small others have described. */
export const samplePrompts: readonly SamplePrompt[] = [
	{
		title: "Induction",
		known: "what came after it before comes again",
		prompt: "Mr. and Mrs. Dursley lived in Privet Drive. Mr. Dursley",
	},
	{
		title: "Indirect object",
		known: "who gets it: the name that is not repeated",
		prompt: "When Mary and John went to the store, John gave a drink to",
		...{ target: " Mary", against: " John" },
	},
	{
		title: "Greater than",
		known: "a war ends after it began",
		prompt: "The war lasted from the year 1732 to the year 17",
		...{ target: "40", against: "20" },
	},
	{ title: "Copyright", known: "the sign in brackets", prompt: "Copyright (C)" },
];
