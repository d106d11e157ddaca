import { z } from "zod";
import { type ClusterRequest, type ClusterResult, clusterRequest } from "../cluster.ts";
import { type CollectionChoice, collectionChoice } from "../collection.ts";
import {
	type LabelFetchRequest,
	type LabelFetchSummary,
	type LabelImportRequest,
	type LabelImportSummary,
	labelFetchRequest,
	labelImportRequest,
} from "../labels.ts";
import { type SteeringRequest, type SteeringResult, steeringRequest } from "../steering.ts";
import {
	type QualityComparison,
	type QualityRequest,
	qualityRequest,
	type TrainingRequest,
	type TrainingResult,
	trainingRequest,
} from "../training.ts";
import { type ValidationReport, type ValidationRequest, validationRequest } from "../validation.ts";
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

const requests = {
	validate: validationRequest,
	generate: steeringRequest,
	collect: collectionChoice,
	cluster: clusterRequest,
	train: trainingRequest,
	compare: qualityRequest,
	fetchLabels: labelFetchRequest,
	importLabels: labelImportRequest,
} satisfies { readonly [K in TaskKind]: z.ZodType<TaskKinds[K]["request"]> };

const asked = <K extends TaskKind>(kind: K) => z.object({ kind: z.literal(kind), request: requests[kind] });

/** A task as any face of the app may ask for it. */
export const taskAsked = z.discriminatedUnion("kind", [
	asked("validate"),
	asked("generate"),
	asked("collect"),
	asked("cluster"),
	asked("train"),
	asked("compare"),
	asked("fetchLabels"),
	asked("importLabels"),
]);

/** A kind of task with a request of that kind. */
export type TaskAsked<K extends TaskKind = TaskKind> = {
	readonly [One in K]: { readonly kind: One; readonly request: TaskKinds[One]["request"] };
}[K];
