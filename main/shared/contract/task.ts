import { z } from "zod";
import type { ClusterRequest, ClusterResult } from "../cluster.ts";
import type { CollectionChoice } from "../collection.ts";
import { conventions } from "../conventions.ts";
import type { LabelFetchRequest, LabelFetchSummary, LabelImportRequest, LabelImportSummary } from "../labels.ts";
import type { SteeringRequest, SteeringResult } from "../steering.ts";
import { providerChoice } from "../trace-request.ts";
import {
	type QualityComparison,
	type QualityRequest,
	type TrainingRequest,
	type TrainingResult,
	trainedKinds,
} from "../training.ts";
import { baselines, type ValidationReport, type ValidationRequest } from "../validation.ts";
import type { Work } from "./work.ts";

/** Long work whose result is no circuit: what is asked and what comes of it, by kind. */
export interface TaskKinds {
	validate: { request: ValidationRequest; result: ValidationReport };
	generate: { request: SteeringRequest; result: SteeringResult };
	collect: { request: CollectionChoice; result: CollectedSummary };
	cluster: { request: ClusterRequest; result: ClusterResult };
	train: { request: TrainingRequest; result: TrainingResult };
	compare: { request: QualityRequest; result: QualityComparison };
	/** Asks Neuronpedia; whoever starts it agrees to that. */
	fetchLabels: { request: LabelFetchRequest; result: LabelFetchSummary };
	importLabels: { request: LabelImportRequest; result: LabelImportSummary };
}
export type TaskKind = keyof TaskKinds;

export interface CollectedSummary {
	readonly sequences: number;
	readonly tokens: number;
	readonly activations: number;
	readonly tokensPerSecond: number;
	readonly notes: readonly string[];
}

/** Long work beside traces. */
export interface Task<K extends TaskKind = TaskKind> extends Work {
	readonly kind: K;
	/** The circuit that its report belongs to. */
	readonly circuit: string | null;
	readonly request: TaskKinds[K]["request"];
	/** What is told while it runs, oldest first; of a validation only the newest. */
	readonly reports: readonly unknown[];
	readonly result?: TaskKinds[K]["result"];
}

const text = z.string().max(100_000);
const count = z.number().int().min(1).max(10_000_000);
const bos = z.enum(["on", "off"]);
const provider = providerChoice;
const layers = z.exactOptional(z.string().max(40));
const column = z.exactOptional(z.string().max(200));
const id = z.string().max(200);
const model = {
	modelDir: text,
	dictionaryDirs: z.array(text).min(1),
	conventions: z.exactOptional(conventions),
};

const requests = {
	validate: z.object({
		...model,
		layers,
		bos: z.exactOptional(bos),
		provider,
		pins: z.array(id).max(100_000),
		corpus: text,
		column,
		sequences: count,
		maxLength: count,
		baseline: z.enum(baselines),
		errors: z.enum(["keep", "remove"]),
		tokens: count,
		leaveOneOut: z.boolean(),
		curve: z.number().int().min(0).max(100),
		controls: z.number().int().min(0).max(100),
		seed: z.number().int(),
		edges: z.exactOptional(z.array(z.tuple([id, id])).max(1_000_000)),
	}),
	generate: z.object({
		...model,
		bos: z.exactOptional(bos),
		provider,
		prompt: text,
		changes: z.array(
			z.union([z.object({ feature: id, scale: z.number() }), z.object({ feature: id, clamp: z.number() })]),
		),
		tokens: count,
		temperature: z.number().min(0).max(100),
		topK: z.number().int().min(0),
		seed: z.number().int(),
		listed: z.number().int().min(0).max(100),
	}),
	collect: z.object({
		...model,
		layers,
		bos: z.exactOptional(bos),
		provider,
		corpus: text,
		column,
		maxLength: count,
		maxTokens: z.exactOptional(z.number().int().min(1)),
	}),
	cluster: z.object({
		modelDir: text,
		site: id,
		bos,
		corpus: text,
		column,
		maxLength: count,
		positions: count,
		clusters: count,
		seed: z.number().int(),
		provider,
	}),
	train: z.object({
		modelDir: text,
		site: id,
		corpus: text,
		column,
		bos,
		maxLength: count,
		kind: z.enum(trainedKinds),
		features: count,
		k: count,
		l1: z.number().min(0),
		rate: z.number().gt(0),
		steps: count,
		batch: count,
		seed: z.number().int(),
		output: text,
		provider,
	}),
	compare: z.object({
		...model,
		bos: z.exactOptional(bos),
		corpus: text,
		column,
		sequences: count,
		maxLength: count,
		provider,
	}),
	fetchLabels: z.object({
		circuit: id.min(1),
		features: z.exactOptional(z.array(id).max(100_000)),
		refresh: z.boolean(),
	}),
	importLabels: z.object({ paths: z.array(text.min(1)).min(1).max(10_000), dictionaryDirs: z.array(text).max(1000) }),
} satisfies { readonly [K in TaskKind]: z.ZodType };

/** A task as any face of the app may ask for it. */
export const taskAsked = z.discriminatedUnion(
	"kind",
	(Object.keys(requests) as TaskKind[]).map((kind) =>
		z.object({ kind: z.literal(kind), request: requests[kind] }),
	) as unknown as [z.ZodObject<{ kind: z.ZodLiteral<TaskKind>; request: z.ZodType }>],
);
