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

/** Features whose labels are asked for. Plain data. */
export interface LabelFetchRequest {
	/** Of a circuit; all of its features where none are named. */
	readonly circuit: string;
	/** Ids without position. */
	readonly features?: readonly string[];
	readonly refresh: boolean;
}

export interface LabelImportRequest {
	readonly paths: readonly string[];
	/** Folders of dictionaries whose sources are read beside those of the catalogue. */
	readonly dictionaryDirs: readonly string[];
}

/** What goes on quietly. */
export interface BackgroundWork {
	readonly contexts: number;
	readonly labels: number;
}
