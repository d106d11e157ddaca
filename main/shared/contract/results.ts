import type { CoFiring } from "../collection.ts";
import type { Conventions, ReadingRule } from "../conventions.ts";
import type { CircuitDocument } from "../document.ts";
import type { DocumentDiff } from "../document-diff.ts";
import type { Thumbnail } from "../drawing/thumbnail.ts";
import type { FeatureFacts } from "../feature-facts.ts";
import type { PublishedKnowledge } from "../published.ts";
import type { SiteName } from "../site.ts";
import type { RunRequest, TraceRequest } from "../trace-request.ts";
import type { Failure } from "./frames.ts";

/** What contract methods return. Plain data: it crosses processes as JSON. */

export interface AppDescription {
	readonly version: string;
	readonly versions: Readonly<Record<string, string>>;
	readonly host: "electron" | "loopback" | "direct";
	readonly platform: string;
	readonly databasePath: string;
	/** The bundled model and a prompt to begin with. */
	readonly reference: {
		readonly modelDir: string;
		readonly dictionaryDir: string;
		readonly prompt: string;
		/** A text that neither has seen. */
		readonly sample: string;
		/** The model written by hand whose circuit is known, and a prompt that shows it. */
		readonly groundTruth: {
			readonly modelDir: string;
			readonly dictionaryDir: string;
			readonly prompt: string;
			readonly target: string;
		};
	};
	/** Traces that were cut off when the program last ended. */
	readonly interrupted: readonly { readonly circuit: string | null; readonly request: TraceRequest }[];
	readonly memoryBytes: number;
}

export interface CircuitSummary {
	readonly name: string;
	readonly nodes: number;
	readonly edges: number;
	readonly runs: number;
	readonly createdAt: number;
	readonly updatedAt: number;
	readonly branchOf: string | null;
}

/** A circuit with what describes it. */
export interface LoadedCircuit {
	readonly name: string;
	/** Newest step of its history. */
	readonly step: number;
	/** With the strongest of its edges, where there are more than a page takes. */
	readonly document: CircuitDocument;
	/** Edges of the circuit. */
	readonly edges: number;
	/** What the next undo and redo would do; null where there is nothing. */
	readonly undo: string | null;
	readonly redo: string | null;
	/** How many steps undo could take back, one after the other. */
	readonly undoable: number;
	/** How it was last looked at, as the renderer saved it. */
	readonly view: unknown;
	/** The run that described it last; null where nothing but edits made it. */
	readonly run: RunDescription | null;
	readonly runs: number;
}

export interface RunDescription {
	readonly id: number;
	readonly request: RunRequest;
	readonly prompt: string;
	readonly modelName: string;
	/** Of the model's files; null where an imported graph names none. */
	readonly modelHash: string | null;
	readonly metricName: string;
	readonly metric: number;
	/** It compared two prompts. */
	readonly paired: boolean;
	readonly explained: number | null;
	readonly seconds: number;
	readonly provider: string;
	readonly providerFallback: string | null;
	readonly startedAt: number;
	readonly tokens: readonly string[];
	readonly tokenIds: readonly number[];
	readonly dictionaries: readonly {
		readonly site: string;
		readonly name: string;
		readonly hash: string;
		/** Null where the run is older than rules are. */
		readonly rule: ReadingRule | null;
	}[];
	/** Texts of the vocabulary numbers that logit nodes use. */
	readonly logitTokens: Readonly<Record<string, string>>;
}

export interface CircuitChange {
	readonly name: string;
	readonly step: number;
	readonly label: string;
	readonly diff: DocumentDiff;
	readonly undo: string | null;
	readonly redo: string | null;
	/** How many steps undo could take back, one after the other. */
	readonly undoable: number;
	/** Where nodes changed: what describes the circuit now. */
	readonly described?: { readonly run: RunDescription | null; readonly runs: number };
}

export interface TimelineStep {
	readonly step: number;
	readonly run: number | null;
	readonly label: string;
	readonly at: number;
	readonly kind: "change" | "undo" | "redo";
	readonly nodes: number;
	readonly edges: number;
	/** The state after this step. */
	readonly thumbnail: Thumbnail;
}

export interface PromptReading {
	readonly tokenIds: readonly number[];
	/** One text for each id. */
	readonly tokens: readonly string[];
	/** Whether `<|endoftext|>` was put first. */
	readonly bos: boolean;
	readonly contextLength: number;
}

export interface TokenChoice {
	readonly id: number;
	readonly text: string;
}

/** What a run will take, before it is asked for. */
export interface RunForecast {
	/** Positions that the model runs on. */
	readonly tokens: number;
	readonly sites: readonly string[];
	/** Layers that the model has. */
	readonly layers: number;
	/** Expected peak of all processes together. */
	readonly bytes: number;
	readonly seconds: number;
	/** Free memory of this machine now. */
	readonly freeBytes: number;
	readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

export interface LibraryFolder {
	readonly path: string;
	/** The repository that it is of, where it lies in the hub's cache. */
	readonly repo?: string;
	readonly bundled: boolean;
	readonly models: readonly LibraryModel[];
	readonly sets: readonly LibrarySet[];
	/** Folders that look like a model or a dictionary and cannot be used, and why. */
	readonly refused: readonly { readonly path: string; readonly reason: string }[];
}

export interface LibraryModel {
	readonly dir: string;
	readonly name: string;
	/** What people call it, where that is known. */
	readonly title?: string;
	readonly layers: number;
	readonly width: number;
	readonly vocabulary: number;
	readonly contextLength: number;
	readonly parameters: number;
	readonly bytes: number;
}

/** Dictionaries that lie in one folder. */
export interface LibrarySet {
	readonly dir: string;
	/** What people call it, where it is published. */
	readonly title?: string;
	/** Its name in the catalogue. */
	readonly release?: string;
	readonly dictionaries: readonly {
		readonly dir: string;
		readonly name: string;
		readonly site: SiteName;
		readonly kind: string;
		readonly features: number;
		readonly width: number;
		/** How it is read unless people decide otherwise. */
		readonly rule: ReadingRule;
		/** What they can decide. */
		readonly choices: readonly (keyof Conventions)[];
	}[];
}

export interface FolderListing {
	readonly path: string;
	readonly parent: string | null;
	readonly folders: readonly string[];
}

export interface FeatureDescription {
	/** Id without position. */
	readonly id: string;
	readonly facts: FeatureFacts | null;
	readonly dictionary: { readonly name: string; readonly hash: string } | null;
	/** Activation at each position of the prompt, from the stored run; null where it is not known. */
	readonly activations: readonly number[] | null;
	readonly otherCircuits: readonly { readonly name: string; readonly updatedAt: number }[];
	/** Page of this feature on Neuronpedia, where the dictionary names one. */
	readonly neuronpedia: string | null;
	/** What is published of it; null where its dictionary is not on Neuronpedia. */
	readonly published: PublishedKnowledge | null;
	/** Why nothing can be asked about it, as a sentence; null where something can, or of the bundled dictionaries. */
	readonly unpublished: string | null;
}

/** What one run found of a node or an edge. */
export interface FoundBy {
	readonly run: number;
	readonly value: number;
	readonly at: number;
	readonly metricName: string;
	readonly method: RunRequest["method"];
	readonly prompt: string;
}

/** Which features of a dictionary are looked at. */
export interface FeatureQuery {
	/** Folder of the dictionary. */
	readonly dictionary: string;
	/** How it is read, where that is decided by hand: what is known belongs to it read so. */
	readonly conventions?: Conventions;
	readonly search: string;
	/** Where the words are looked for. */
	readonly by: "all" | "token" | "context" | "label";
	readonly sort: "feature" | "frequency" | "maxActivation" | "label";
	readonly descending: boolean;
	readonly offset: number;
	readonly limit: number;
}

export interface FeaturePage {
	readonly site: SiteName;
	readonly name: string;
	/** Features that the dictionary has, that something is known of, and that fit the search. */
	readonly features: number;
	readonly known: number;
	readonly total: number;
	readonly rows: readonly FeatureRow[];
	/** Tokens of the newest collection that holds this dictionary. */
	readonly collection: number | null;
}

export interface FeatureRow {
	/** Without position. */
	readonly id: string;
	readonly feature: number;
	readonly frequency: number;
	readonly maxActivation: number;
	readonly label: string | null;
	/** Where the label is not a person's own. */
	readonly labelIsPublished: boolean;
	readonly raises: readonly string[];
	readonly context: FeatureFacts["contexts"][number] | null;
}

export interface FeatureInspection {
	readonly facts: FeatureFacts;
	readonly published: PublishedKnowledge | null;
	/** Activation at the percentile asked for; null without a collection. */
	readonly threshold: number | null;
	readonly coFiring: readonly CoFiring[];
}

/** A stored result that is no circuit. */
export interface ReportSummary {
	readonly id: number;
	readonly kind: string;
	readonly request: unknown;
	readonly body: unknown;
	readonly at: number;
}

export interface ImportSummary {
	readonly circuit: string;
	readonly nodes: number;
	readonly edges: number;
	readonly notes: readonly string[];
}

export interface EngineProviders {
	readonly onnxruntime: string;
	readonly providers: readonly { readonly name: string; readonly works: boolean; readonly reason?: string }[];
}

export type { Failure };
