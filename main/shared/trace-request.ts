import { z } from "zod";
import { conventions } from "./conventions.ts";

const text = z.string().max(1_000_000);
const texts = z.array(text).max(1_000_000).readonly();
const count = z.number().int().min(1);
/** Features without position, such as `mlp_3.17`. */
const pins = z.array(text).max(100_000).readonly();

export const providerChoice = z.enum(["auto", "cpu", "webgpu", "cuda", "directml", "coreml"]);
export type ProviderChoice = z.infer<typeof providerChoice>;
/** A person chose it: where the app chooses, the CPU is as good an answer as any. */
export const isWish = (provider: ProviderChoice): boolean => provider !== "auto" && provider !== "cpu";

/** What every method begins with: a model, its dictionaries and a prompt, and where it may run. */
const selectionFields = {
	modelDir: text,
	dictionaryDirs: z.array(text).min(1).readonly(),
	/** How the dictionaries are read, where that is decided by hand. */
	conventions: z.exactOptional(conventions),
	/** Layers shown, as a Python slice `A:B`; absent means all. */
	layers: z.exactOptional(text),
	/** Overrides the dictionaries' `prepend_bos`. */
	bos: z.exactOptional(z.enum(["on", "off"])),
	prompt: text,
	provider: providerChoice,
};

/** Which features of a site become down nodes. */
const nodeChoice = z.discriminatedUnion("by", [
	/** The `count` largest |attribution| of each site. */
	z.object({ by: z.literal("count"), count }),
	z.object({ by: z.literal("threshold"), threshold: z.number().min(0) }),
	/** The smallest set that holds this share of the site's Σ|attribution|. */
	z.object({ by: z.literal("share"), share: z.number().gt(0).max(1) }),
	/** Features whose activation is above what a collection says of so many percent of its tokens. */
	z.object({ by: z.literal("percentile"), percentile: z.number().min(0).max(100) }),
]);

/**
 * What stands for a dictionary's errors: the strongest alone and the rest as one node a site (`chosen`), all as one
 * node a site (`pooled`), each alone (`all`), or each alone with nothing leading into it (`sources`).
 */
export const errorChoice = z.enum(["chosen", "sources", "pooled", "all"]);

/** How gradients explain one prompt. */
const gradientFields = {
	/** Supplies the baseline activations; same token length as the prompt. */
	patchPrompt: z.exactOptional(text),
	/** `cross_entropy`, `logit(X)`, `logprob(X)`, `logit_difference(X,Y)`; X is a token's text or number. */
	metric: text,
	choice: nodeChoice,
	/** Up nodes kept for each down node and pair of sites, by |edge|. */
	upNodes: count,
	lastPositionOnly: z.boolean(),
	/** Absent means all, as in runs from before there was a choice. */
	errors: z.exactOptional(errorChoice),
	/** Steps of integrated gradients; absent means plain gradients. */
	integratedGradients: z.exactOptional(count),
	/** Lists every active feature and error, also those outside the circuit. */
	allNodes: z.boolean(),
	/** Keeps nodes that are on no path from a token to a logit. */
	keepUnconnected: z.boolean(),
};

/** Direct effects on a metric, from gradients. */
const gradientRequest = z.object({
	method: z.literal("gradient"),
	...selectionFields,
	...gradientFields,
	/** Traces only what leads into or out of this one node. */
	from: z.exactOptional(z.object({ node: text, direction: z.enum(["upstream", "downstream"]) })),
});

/** Sources that the circuit keeps of each target, by |effect|. */
const upNodes = count;

/** Features taken out one at a time, and what that does one layer on. All of each prompt's tokens are run. */
const ablationRequest = z.object({
	method: z.literal("ablation"),
	...selectionFields,
	upNodes,
	/** Ablated at their layer; other layers go on with what was affected. None: all that are active. */
	pins,
	/** Share of the first layer's active features that is ablated, drawn with `seed`. Absent or 1 takes all. */
	thinning: z.exactOptional(z.number().gt(0).max(1)),
	seed: z.number().int(),
	/** Effects up to `2^thresholdExp` are dropped; absent keeps all that are not zero. */
	thresholdExp: z.exactOptional(z.number()),
	/** Effects at every position and not at the last alone. */
	allPositions: z.boolean(),
	/** Tokens listed at either end of each feature's logit effects; 0 leaves them out. */
	logitTokens: z.number().int().min(0),
	/** Effects are averaged over the prompt and these. */
	morePrompts: texts,
	/** Longer prompts are cut to so many tokens, or as many as the model reads; where absent, they are refused. */
	maxLength: z.exactOptional(count),
});

/** Derivatives between the features of residual dictionaries that follow one another. All tokens are run. */
const jacobianRequest = z.object({
	method: z.literal("jacobian"),
	...selectionFields,
	upNodes,
	/** Sources that are asked about. None: all that are active. */
	pins,
	lastPositionOnly: z.boolean(),
});

/** Gradients of several prompts, joined by what comes back. */
const consensusRequest = z.object({
	method: z.literal("consensus"),
	...selectionFields,
	...gradientFields,
	/** Traced beside the prompt. */
	morePrompts: texts,
	/** The circuit holds what so many prompts have. */
	atLeast: count,
});

/**
 * Everything that decides the numbers of a trace, and where it may run, by the method that finds the circuit. Plain data:
 * any face of the app asks with it, and it is stored with the run.
 */
export const traceRequest = z.discriminatedUnion("method", [
	gradientRequest,
	ablationRequest,
	jacobianRequest,
	consensusRequest,
]);

/** A run that read a circuit from another program's file; nothing was traced. */
const importedRun = z.object({ method: z.literal("imported"), file: text });

/** What a run was asked to do, as it is stored. */
export const runRequest = z.discriminatedUnion("method", [...traceRequest.options, importedRun]);

const selection = z.object(selectionFields);
export const gradientChoice = z.object(gradientFields);

export type ErrorChoice = z.infer<typeof errorChoice>;
export const errorWords = {
	chosen: "the strongest",
	sources: "sources alone",
	pooled: "one a site",
	all: "all",
} as const satisfies Record<ErrorChoice, string>;
export type NodeChoice = Readonly<z.infer<typeof nodeChoice>>;
export type Selection = Readonly<z.infer<typeof selection>>;
export type GradientChoice = Readonly<z.infer<typeof gradientChoice>>;
export type GradientRequest = Readonly<z.infer<typeof gradientRequest>>;
export type AblationRequest = Readonly<z.infer<typeof ablationRequest>>;
export type JacobianRequest = Readonly<z.infer<typeof jacobianRequest>>;
export type ConsensusRequest = Readonly<z.infer<typeof consensusRequest>>;
export type TraceRequest = Readonly<z.infer<typeof traceRequest>>;
export type TraceMethod = TraceRequest["method"];
export type RunRequest = Readonly<z.infer<typeof runRequest>>;

/** The part of a request that any other method could begin with. */
export const selectionOf = (request: TraceRequest): Selection => selection.parse(request);

/** How a request's gradients are taken; undefined where its method takes none. */
export const gradientChoiceOf = (request: TraceRequest): GradientChoice | undefined =>
	"metric" in request ? gradientChoice.parse(request) : undefined;

/** Whether a second prompt supplied what activations are compared with. */
export const isPaired = (request: Readonly<Record<string, unknown>> | undefined): boolean =>
	request?.["patchPrompt"] !== undefined;

/** The share that a run explains; null where it was traced from one node, whose edges say nothing of the metric's. */
export const explainedBy = ({
	request,
	explained,
}: {
	readonly request: RunRequest;
	readonly explained: number | null;
}): number | null => ("from" in request && request.from !== undefined ? null : explained);

/** What was traced; undefined where nothing was. */
export const tracedBy = (request: RunRequest | undefined): TraceRequest | undefined =>
	request?.method === "imported" ? undefined : request;

/** One text for each request, whoever wrote it and in whatever order: the same text asks for the same numbers. */
export const writeRequest = (request: RunRequest): string =>
	// What is absent means all, and was so before there was a choice.
	JSON.stringify(runRequest.parse(request), (key, value) => (key === "errors" && value === "all" ? undefined : value));
