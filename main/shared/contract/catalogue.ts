import { z } from "zod";
import type { CatalogueBundle, CatalogueModel, CatalogueRelease, CatalogueText } from "../catalogue.ts";
import type { DownloadForecast, DownloadProgress, DownloadRequest } from "../download.ts";
import type { SiteName } from "../site.ts";
import type { Failure } from "./frames.ts";

/** Everything that can be fetched by name, with what of it is on this machine. */
export interface Catalogue {
	/** The folder of the hub's cache. */
	readonly cache: string;
	readonly cacheExists: boolean;
	/** On its disk; null where the system does not say. */
	readonly freeBytes: number | null;
	readonly models: readonly CatalogueModelRow[];
	readonly sets: readonly CatalogueSetRow[];
	readonly bundles: readonly CatalogueBundle[];
	readonly texts: readonly CatalogueTextRow[];
}

export interface CatalogueModelRow extends CatalogueModel {
	/** Its folder, where it is whole. */
	readonly path: string | null;
	/** Files that are missing where it is there in part. */
	readonly missing: readonly string[];
}

export interface CatalogueTextRow extends Omit<CatalogueText, "path"> {
	/** Its file, where it is whole. */
	readonly path: string | null;
}

export interface CatalogueSetRow
	extends Pick<CatalogueRelease, "name" | "title" | "model" | "repo" | "format" | "kind"> {
	readonly aliases: readonly string[];
	/** Null where the source states none. */
	readonly licence: string | null;
	readonly paper: string | null;
	readonly k: number | null;
	/** Why it cannot be fetched on this machine. */
	readonly refusal: string | null;
	/** How its dictionaries see the model. */
	readonly rule: { readonly centred: boolean; readonly bos: boolean; readonly valueBiases: "folded" | null };
	readonly dictionaries: readonly CatalogueDictionaryRow[];
}

export interface CatalogueDictionaryRow {
	readonly path: string;
	/** Where the model is read, as its trainers name it: their layers may be numbered otherwise. */
	readonly hook: string;
	/** Its name on Neuronpedia, as `10-res-jb`; null where it is not there. */
	readonly neuronpedia: string | null;
	readonly site: SiteName;
	/** As shown. */
	readonly layer: number;
	readonly features: number;
	/** About, before it is there. */
	readonly bytes: number;
	/** Where it lies, where it is whole. */
	readonly folder: string | null;
	readonly missing: readonly string[];
}

/** A download that runs, waits to go on, or has ended. It belongs to the app: windows and restarts leave it. */
export interface Download {
	readonly id: string;
	/** For people, as "GPT-2 small, OpenAI v5 32k". */
	readonly title: string;
	readonly request: DownloadRequest;
	readonly state: "running" | "paused" | "done" | "failed";
	readonly progress: DownloadProgress | null;
	readonly failure: Failure | null;
	/** Milliseconds since 1970. */
	readonly at: number;
}

const name = z.string().min(1).max(200);

export const downloadRequest = z.object({
	models: z.array(name).max(20).readonly(),
	sets: z
		.array(
			z.object({
				release: name,
				paths: z.exactOptional(z.array(z.string().min(1).max(400)).min(1).max(200).readonly()),
			}),
		)
		.max(100)
		.readonly(),
	texts: z.exactOptional(z.array(name).max(20).readonly()),
}) satisfies z.ZodType<DownloadRequest>;

export type { DownloadForecast, DownloadRequest };
