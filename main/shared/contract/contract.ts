import { z } from "zod";
import type { Circuit } from "../circuit.ts";
import type { CollectionSummary } from "../collection.ts";
import { conventions } from "../conventions.ts";
import type { CircuitDocument } from "../document.ts";
import type { EdgeExplanation } from "../edge-explanation.ts";
import { dataFormats } from "../exchange/data-formats.ts";
import type { FeatureFacts } from "../feature-facts.ts";
import type { BackgroundWork, NeuronpediaStatus } from "../labels.ts";
import type { PublishedLabel, PublishedSummary } from "../published.ts";
import { reportFormats } from "../report.ts";
import type { ResponseResult } from "../response.ts";
import { traceRequest } from "../trace-request.ts";
import { type Catalogue, type Download, downloadRequest } from "./catalogue.ts";
import { editDiff, place } from "./document-schema.ts";
import { exportRequest } from "./export-request.ts";
import type { ExportPreview, MadeData, MadeExport, MadeFiles } from "./export-result.ts";
import type { Job } from "./job.ts";
import type {
	AppDescription,
	CircuitChange,
	CircuitSummary,
	EngineProviders,
	FeatureDescription,
	FeatureInspection,
	FeaturePage,
	FolderListing,
	FoundBy,
	ImportSummary,
	LibraryFolder,
	LoadedCircuit,
	PromptReading,
	ReportSummary,
	RunForecast,
	TimelineStep,
	TokenChoice,
} from "./results.ts";
import { settings } from "./settings.ts";
import { type Task, taskAsked } from "./task.ts";

/** Says what a method returns. Results come from our own service; what comes in is what must be validated. */
const result = <T>() => z.custom<T>();
const nothing = z.object({});
const circuitName = z.string().min(1).max(200);
const named = z.object({ name: circuitName });
const importOptions = z.object({
	circuit: z.exactOptional(circuitName),
	maxNodes: z.exactOptional(z.number().int().min(1).max(200_000)),
	maxEdges: z.exactOptional(z.number().int().min(1).max(2_000_000)),
});
const exportView = z.record(z.string(), z.unknown()).nullable();
const model = z.object({ modelDir: z.string(), dictionaryDirs: z.array(z.string()) });

/** Everything that a face of the app can ask of its service. Handlers and clients are mapped types of this table. */
export const contract = {
	"app.describe": { params: nothing, result: result<AppDescription>() },
	"app.providers": { params: nothing, result: result<EngineProviders>() },
	"settings.load": { params: nothing, result: settings },
	"settings.save": { params: settings.partial(), result: settings },

	"library.list": { params: nothing, result: result<readonly LibraryFolder[]>() },
	"library.add": { params: z.object({ path: z.string() }), result: result<LibraryFolder>() },
	"library.remove": { params: z.object({ path: z.string() }), result: result<null>() },
	/** Folders of the machine that the service runs on. */
	"library.browse": { params: z.object({ path: z.string().nullable() }), result: result<FolderListing>() },

	/** Everything that can be fetched by name, and what of it is here. */
	"catalogue.list": { params: nothing, result: result<Catalogue>() },
	"downloads.list": { params: nothing, result: result<readonly Download[]>() },
	"downloads.start": {
		/** `download` names it, so that asking twice starts it once. */
		params: z.object({ download: z.string().min(8).max(80), request: downloadRequest }),
		result: result<Download>(),
	},
	"downloads.pause": { params: z.object({ download: z.string() }), result: result<null>() },
	/** Goes on with one that is paused or has failed. */
	"downloads.resume": { params: z.object({ download: z.string() }), result: result<null>() },
	/** Ends it and throws away what is not whole. */
	"downloads.cancel": { params: z.object({ download: z.string() }), result: result<null>() },
	/** Forgets one that has ended. */
	"downloads.dismiss": { params: z.object({ download: z.string() }), result: result<null>() },

	"prompt.read": {
		params: model.extend({ prompt: z.string().max(1_000_000), bos: z.exactOptional(z.enum(["on", "off"])) }),
		result: result<PromptReading>(),
	},
	"prompt.complete": {
		params: z.object({ modelDir: z.string(), query: z.string().max(200), limit: z.number().int().min(1).max(100) }),
		result: result<readonly TokenChoice[]>(),
	},
	"trace.forecast": { params: traceRequest, result: result<RunForecast>() },

	"jobs.start": {
		/** `job` names it, so that asking twice starts it once. */
		params: z.object({ job: z.string().min(8).max(80), circuit: z.exactOptional(circuitName), request: traceRequest }),
		result: result<Job>(),
	},
	"jobs.list": { params: nothing, result: result<readonly Job[]>() },
	"jobs.cancel": { params: z.object({ job: z.string() }), result: result<null>() },
	/** Forgets a job that has ended. */
	"jobs.dismiss": { params: z.object({ job: z.string() }), result: result<null>() },

	"tasks.start": {
		/** `task` names it, so that asking twice starts it once; `circuit` gets its report. */
		params: z.object({ task: z.string().min(8).max(80), circuit: circuitName.nullable(), asked: taskAsked }),
		result: result<Task>(),
	},
	/** Throws `usage` of what asks a server and not this machine. */
	"tasks.forecast": { params: z.object({ asked: taskAsked }), result: result<RunForecast>() },
	"tasks.list": { params: nothing, result: result<readonly Task[]>() },
	"tasks.cancel": { params: z.object({ task: z.string() }), result: result<null>() },
	/** Forgets a task that has ended; its report stays. */
	"tasks.dismiss": { params: z.object({ task: z.string() }), result: result<null>() },
	/** Stored results of one kind, newest first; without a circuit those that belong to none. */
	"reports.list": {
		params: z.object({ kind: z.string().max(40), circuit: circuitName.nullable() }),
		result: result<readonly ReportSummary[]>(),
	},
	/** Measures, as soon as nobody else asks for anything, whether these were loaded right; the event `checks` tells. */
	"checks.want": {
		params: model.extend({
			conventions: z.exactOptional(conventions),
			bos: z.exactOptional(z.enum(["on", "off"])),
		}),
		result: result<null>(),
	},
	"reports.delete": { params: z.object({ report: z.number().int() }), result: result<null>() },
	"collections.list": { params: nothing, result: result<readonly CollectionSummary[]>() },
	"collections.delete": { params: z.object({ collection: z.number().int() }), result: result<null>() },

	"circuits.list": { params: nothing, result: result<readonly CircuitSummary[]>() },
	"circuits.create": { params: named, result: result<null>() },
	/** The text of a graph, of any kind that `imports.path` reads. */
	"circuits.import": {
		params: z.object({
			text: z.string().max(200_000_000),
			file: z.string().min(1).max(400),
			circuit: z.exactOptional(circuitName),
		}),
		result: result<ImportSummary>(),
	},
	/** A file on the service's machine, of any kind that holds circuits. */
	"imports.path": {
		params: importOptions.extend({ path: z.string().min(1).max(4096) }),
		result: result<readonly ImportSummary[]>(),
	},
	/** A file that comes piece by piece: its first 1,024 bytes, base64, tell whether it is worth sending. */
	"imports.begin": {
		params: z.object({
			file: z.string().min(1).max(400),
			bytes: z.number().int().min(0).max(8e9),
			head: z.string().max(2000),
		}),
		result: result<string>(),
	},
	"imports.add": {
		params: z.object({ upload: z.string(), offset: z.number().int().min(0), data: z.string().max(8_000_000) }),
		result: result<null>(),
	},
	"imports.finish": {
		params: importOptions.extend({ upload: z.string() }),
		result: result<readonly ImportSummary[]>(),
	},
	/** The person changed their mind. */
	"imports.drop": { params: z.object({ upload: z.string() }), result: result<null>() },
	"circuits.load": { params: named, result: result<LoadedCircuit>() },
	/** Every edge into or out of these nodes, also those that were too many to be loaded. */
	"circuits.edgesOf": {
		params: named.extend({ nodes: z.array(z.string()).max(20_000) }),
		result: result<{ readonly edges: Circuit["edges"] }>(),
	},
	"circuits.rename": { params: z.object({ from: circuitName, to: circuitName }), result: result<null>() },
	"circuits.delete": { params: named, result: result<null>() },
	"circuits.branch": {
		params: z.object({ from: circuitName, to: circuitName, step: z.exactOptional(z.number().int()) }),
		result: result<null>(),
	},
	"circuits.edit": {
		params: named.extend({ diff: editDiff, label: z.string().min(1).max(200), edit: z.string().min(8).max(80) }),
		result: result<CircuitChange>(),
	},
	"circuits.undo": { params: named, result: result<CircuitChange>() },
	"circuits.redo": { params: named, result: result<CircuitChange>() },
	"circuits.goTo": { params: named.extend({ step: z.number().int() }), result: result<CircuitChange>() },
	"circuits.nameStep": {
		params: named.extend({ step: z.number().int(), label: z.string().trim().min(1).max(200) }),
		result: result<null>(),
	},
	"circuits.stateAt": { params: named.extend({ step: z.number().int() }), result: result<CircuitDocument>() },
	"circuits.timeline": { params: named, result: result<readonly TimelineStep[]>() },
	"circuits.saveLayout": { params: named.extend({ places: z.array(place) }), result: result<null>() },
	"circuits.saveView": { params: named.extend({ view: z.record(z.string(), z.unknown()) }), result: result<null>() },

	/** Draws the open circuit into files that wait to be fetched; `view` is how the window looks at it. */
	"exports.make": {
		params: named.extend({ request: exportRequest, view: exportView }),
		result: result<MadeExport>(),
	},
	/** Circuits for other programs; several go into a project. */
	"exports.data": {
		params: z.object({
			names: z.array(circuitName).min(1).max(10_000),
			format: z.enum(dataFormats),
			history: z.boolean(),
		}),
		result: result<MadeData>(),
	},
	/** The open circuit's report: its figure, story, tables and scores, what did not hold, and how to have it again. */
	"exports.report": {
		params: named.extend({
			formats: z.array(z.enum(reportFormats)).min(1).max(reportFormats.length),
			view: exportView,
		}),
		result: result<MadeFiles>(),
	},
	/** The same small, with what lies where. */
	"exports.preview": {
		params: named.extend({ request: exportRequest, view: exportView }),
		result: result<ExportPreview>(),
	},
	/** A part of a file, base64, from this byte on. */
	"exports.read": {
		params: z.object({ export: z.string(), file: z.number().int().min(0), offset: z.number().int().min(0) }),
		result: result<string>(),
	},
	"exports.forget": { params: z.object({ export: z.string() }), result: result<null>() },

	/** By id without position. Features that no dictionary knows are left out. */
	"features.facts": {
		params: named.extend({ features: z.array(z.string()).max(20_000) }),
		result: result<Readonly<Record<string, FeatureFacts>>>(),
	},
	/** What is published of a circuit's features, by id without position: looked up, never fetched. */
	"features.labels": { params: named, result: result<Readonly<Record<string, PublishedLabel>>>() },
	/** What is stored of a circuit's features, each in a short phrase (`#shared/phrase`), by id without position. */
	"features.phrases": { params: named, result: result<Readonly<Record<string, string>>>() },
	/**
	 * These are on the screen, the most important first: what is not known of them is gathered in the background, as far as
	 * the settings allow. Comes as `known`.
	 */
	"features.shown": { params: named.extend({ features: z.array(z.string()).max(20_000) }), result: result<null>() },
	"features.browse": {
		params: z.object({
			dictionary: z.string(),
			conventions: z.exactOptional(conventions),
			search: z.string().max(200),
			by: z.enum(["all", "token", "context", "label"]),
			sort: z.enum(["feature", "frequency", "maxActivation", "label"]),
			descending: z.boolean(),
			offset: z.number().int().min(0),
			limit: z.number().int().min(1).max(500),
		}),
		result: result<FeaturePage>(),
	},
	/** All that is known of one feature of a dictionary, whether or not a circuit holds it. */
	"features.inspect": {
		params: z.object({
			dictionary: z.string(),
			conventions: z.exactOptional(conventions),
			feature: z.number().int().min(0),
			percentile: z.number().min(0).max(100),
		}),
		result: result<FeatureInspection>(),
	},
	"features.describe": { params: named.extend({ node: z.string() }), result: result<FeatureDescription>() },
	/** What is stored of Neuronpedia's, by source. */
	"labels.list": { params: nothing, result: result<readonly PublishedSummary[]>() },
	"neuronpedia.status": { params: nothing, result: result<NeuronpediaStatus>() },
	/** The key is kept by the system where it can, else until the program ends; no answer ever holds it. */
	"neuronpedia.setKey": {
		params: z.object({
			key: z
				.string()
				.trim()
				.regex(
					/^[\x21-\x7e]{1,400}$/,
					"This is no key: it has blanks or special letters. Copy it again from your account.",
				),
		}),
		result: result<NeuronpediaStatus>(),
	},
	"neuronpedia.forgetKey": { params: nothing, result: result<NeuronpediaStatus>() },
	/** The metric, the next token and watched features when features are scaled: 0 ablates them, 1 leaves them. On the circuit's last run. */
	"features.respond": {
		params: named.extend({
			nodes: z.array(z.string()).min(1).max(32),
			together: z.boolean(),
			coefficients: z.array(z.number().min(-100).max(100)).min(1).max(64),
			watch: z.array(z.string()).max(16),
			watchTokens: z.array(z.string()).max(16),
		}),
		result: result<ResponseResult>(),
	},
	/** What carries an edge of a gradient circuit, and with `measure` what taking its source out does; on the run that gave it. */
	"edges.explain": {
		params: named.extend({ source: z.string().max(400), target: z.string().max(400), measure: z.boolean() }),
		result: result<EdgeExplanation>(),
	},
	/** Which runs gave a node or an edge. */
	"provenance.find": {
		params: named.extend({ source: z.exactOptional(z.string()), target: z.string() }),
		result: result<readonly FoundBy[]>(),
	},
} as const;

export type Contract = typeof contract;
export type Method = keyof Contract;
export type Params<M extends Method> = z.infer<Contract[M]["params"]>;
export type Result<M extends Method> = z.infer<Contract[M]["result"]>;

/** What the service tells every face unasked. */
export interface Events {
	/** Without `partial`: what is found comes as `job-found`. */
	readonly job: Job;
	/** What a running trace has found since the last such event, or all of it. */
	readonly "job-found": Pick<Circuit, "nodes" | "edges"> & { readonly id: string; readonly replaces?: true };
	readonly "job-gone": { readonly id: string };
	readonly circuit: CircuitChange;
	/** The list of circuits changed: one was made, renamed, deleted. */
	readonly circuits: {
		readonly renamed?: { readonly from: string; readonly to: string };
		readonly deleted?: string;
		/** Another process wrote to the database: any circuit may have changed. */
		readonly external?: true;
	};
	readonly settings: Result<"settings.load">;
	readonly library: Record<string, never>;
	readonly download: Download;
	readonly "download-gone": { readonly id: string };
	readonly task: Task;
	readonly "task-gone": { readonly id: string };
	/** A corpus was read or forgotten: what is known of features has changed. */
	readonly features: Record<string, never>;
	/** It was measured whether a dictionary was loaded right: a report of the kind `check` is new. */
	readonly checks: Record<string, never>;
	/** More is known: of these features of a dictionary, by its hash; of any where there is none. */
	readonly known: { readonly dictionary?: string; readonly features?: readonly number[] };
	/** How many features wait for contexts and for Neuronpedia in the background. */
	readonly background: BackgroundWork;
}

/** One function for each method; `Context` is what it gets beside its parameters. */
export type Handlers<Context> = {
	readonly [M in Method]: (params: Params<M>, context: Context) => Promise<Result<M>>;
};

/** Methods that must not be asked twice when it is not known whether they arrived. */
export const once: ReadonlySet<Method> = new Set<Method>([
	"circuits.create",
	"circuits.import",
	"imports.path",
	"imports.finish",
	"circuits.rename",
	"circuits.branch",
	"circuits.undo",
	"circuits.redo",
	"circuits.goTo",
]);

export interface CallOptions {
	/** An `AbortSignal`, or whatever else tells that the answer is not wanted any more. */
	readonly signal?: CancelSignal;
	progress?(progress: unknown): void;
}

interface CancelSignal {
	readonly aborted: boolean;
	addEventListener(type: "abort", listener: () => void): void;
}

/** How a face of the app reaches its service, whatever lies between. */
export interface Client {
	/** Rejects with an `AppError`. */
	call<M extends Method>(method: M, params: Params<M>, options?: CallOptions): Promise<Result<M>>;
	/** Returns what ends the subscription. */
	on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): () => void;
}
