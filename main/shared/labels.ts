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
