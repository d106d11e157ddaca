import type { ClusterRequest, ClusterResult } from "#shared/cluster";
import type { CollectRequest, CollectTotals } from "#shared/collection";
import type { Conventions } from "#shared/conventions";
import type { CheckRequest, DictionaryCheck } from "#shared/dictionary-check";
import type { EdgeExplanation, EdgeRequest } from "#shared/edge-explanation";
import type { AppErrorCode } from "#shared/errors";
import type { FeatureFacts } from "#shared/feature-facts";
import type { Rates, RunCost, Speed } from "#shared/forecast";
import type { Piece } from "#shared/piece";
import type { ProviderCheck, ProviderCheckRequest } from "#shared/provider-check";
import type { ResponseRequest, ResponseResult } from "#shared/response";
import type { SampleRequest, SampleResult } from "#shared/sample";
import type { SiteName } from "#shared/site";
import type { SteeringRequest, SteeringResult } from "#shared/steering";
import type { Progress, TraceResult } from "#shared/trace";
import type { ProviderChoice, TraceRequest } from "#shared/trace-request";
import type { QualityComparison, QualityRequest, TrainingRequest, TrainingResult } from "#shared/training";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import type { CalibrationRequest } from "../circuits/forecast/calibrate.ts";

/** What the engine can be asked: method → parameters and result. A handler that is missing does not compile. */
export interface EngineMethods {
	trace: { params: TraceRequest; result: TraceResult };
	/** Facts of some features from their weights alone: contexts are empty, frequencies 0. */
	logitFacts: { params: LogitFactsRequest; result: readonly DictionaryFacts[] };
	/** Where every feature is active in a corpus; blocks are handed out through the memory. */
	collect: { params: CollectRequest; result: CollectTotals };
	/** What some features of one dictionary do on a small text; what was computed is kept for the next call. */
	sampleFacts: { params: SampleRequest; result: SampleResult };
	/** Trains a dictionary and measures it; every point of the curves is told as `report`. */
	train: { params: TrainingRequest; result: TrainingResult };
	/** Whether a dictionary was loaded right, on a short text. */
	checkDictionary: { params: CheckRequest; result: DictionaryCheck };
	compareDictionaries: { params: QualityRequest; result: QualityComparison };
	/** Token positions grouped by what the residual stream holds there. */
	cluster: { params: ClusterRequest; result: ClusterResult };
	/** What a set of features does over a corpus. */
	validate: { params: ValidationRequest; result: ValidationReport };
	/** A text with features changed, beside the same without. */
	generate: { params: SteeringRequest; result: SteeringResult };
	/** How the model answers when features are scaled. */
	respond: { params: ResponseRequest; result: ResponseResult };
	/** What carries an edge, and what taking its source out does. */
	explainEdge: { params: EdgeRequest; result: EdgeExplanation };
	/** Whether a provider computes what the processor computes, and how fast. */
	checkProvider: { params: ProviderCheckRequest; result: ProviderCheck };
	requireProvider: { params: ProviderChoice; result: string };
	/** How fast this machine is at each kind of work that is forecast. */
	calibrate: { params: CalibrationRequest; result: Rates };
	providers: { params: null; result: EngineDescription };
}

export interface LogitFactsRequest {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	readonly conventions?: Conventions;
	readonly features: readonly { readonly site: SiteName; readonly feature: number }[];
}

export interface DictionaryFacts {
	readonly site: SiteName;
	readonly dictionary: string;
	readonly facts: readonly FeatureFacts[];
}

export interface EngineDescription {
	readonly onnxruntime: string;
	/** Whether each bundled provider works here, and why not. */
	readonly providers: readonly { readonly name: string; readonly works: boolean; readonly reason?: string }[];
}

/** What all processes of the app may take together, and what those beside the engine hold. */
export interface MemoryLimit {
	readonly limitBytes: number;
	readonly othersBytes: number;
}

export type EngineMethod = keyof EngineMethods;

/** From main to the engine. */
export type EngineCommand =
	| {
			readonly type: "call";
			readonly id: number;
			readonly method: EngineMethod;
			readonly params: unknown;
			/** Absent where nothing limits it. */
			readonly memory?: MemoryLimit;
			/** What the run is forecast with; where it is absent, what most machines do. */
			readonly speed?: Speed;
	  }
	| { readonly type: "cancel"; readonly id: number }
	/** Answers `recall` and `keep`; `failure` stops the call. */
	| {
			readonly type: "memory";
			readonly request: number;
			readonly limit?: MemoryLimit;
			readonly piece?: Piece;
			readonly failure?: EngineFailure;
	  };

/** From the engine to main. */
export type EngineEvent =
	| { readonly type: "ready" }
	/** Instead of `ready`: it will not work, and why. */
	| { readonly type: "init-failure"; readonly failure: EngineFailure }
	| { readonly type: "progress"; readonly id: number; readonly progress: Progress }
	/** `cost`: of a run that was forecast and computed all of it anew. */
	| { readonly type: "ok"; readonly id: number; readonly result: unknown; readonly cost?: RunCost }
	| { readonly type: "err"; readonly id: number; readonly failure: EngineFailure }
	| { readonly type: "recall"; readonly id: number; readonly request: number; readonly key: string }
	| {
			readonly type: "keep";
			readonly id: number;
			readonly request: number;
			readonly key: string;
			readonly piece: Piece;
	  };

export interface EngineFailure {
	readonly code: AppErrorCode;
	readonly message: string;
	readonly data: Readonly<Record<string, unknown>>;
	readonly stack?: string;
}
