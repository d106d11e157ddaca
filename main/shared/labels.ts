import { z } from "zod";
import { id, text } from "./request-fields.ts";
/** What an import of export files did. */
export interface LabelImportSummary {
	readonly files: number;
	/** Files of which something was used, and those that an earlier import had read. */
	readonly read: number;
	readonly known: number;
	/** New ones. */
	readonly labels: number;
	readonly facts: number;
	readonly sources: readonly string[];
	/** What was left out and why, in sentences. */
	readonly notes: readonly string[];
	readonly seconds: number;
}

/** What asking Neuronpedia gave. */
export interface LabelFetchSummary {
	/** Features that were asked for now, that something is published of, and that had been asked for before. */
	readonly asked: number;
	readonly found: number;
	readonly known: number;
	readonly notes: readonly string[];
}

/** Which key there is, never the key itself. */
export interface NeuronpediaStatus {
	readonly key: "none" | "environment" | "stored" | "session";
	/** Whether the system's secret store can be used here. */
	readonly canStore: boolean;
}

/** Features whose labels are asked for. */
export const labelFetchRequest = z.object({
	/** Of a circuit; all of its features where none are named. */
	circuit: id.min(1),
	/** Ids without position. */
	features: z.exactOptional(z.array(id).max(100_000).readonly()),
	refresh: z.boolean(),
});
export type LabelFetchRequest = Readonly<z.infer<typeof labelFetchRequest>>;

export const labelImportRequest = z.object({
	paths: z.array(text.min(1)).min(1).max(10_000).readonly(),
	/** Folders of dictionaries whose sources are read beside those of the catalogue. */
	dictionaryDirs: z.array(text).max(1000).readonly(),
});
export type LabelImportRequest = Readonly<z.infer<typeof labelImportRequest>>;

/** What goes on quietly. */
export interface BackgroundWork {
	readonly contexts: number;
	readonly labels: number;
}
