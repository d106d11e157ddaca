import { z } from "zod";
import type { Circuit, CircuitNode } from "./circuit.ts";
import { strengthsOf } from "./circuit-strengths.ts";
import type { TokenEffect } from "./feature-facts.ts";
import { bos, column, count, id, modelFields, text } from "./request-fields.ts";
import { gradientChoice, gradientChoiceOf, providerChoice, type TraceRequest } from "./trace-request.ts";

export const baselines = ["zero", "mean", "resample", "patch"] as const;
/** What takes a feature's place: nothing, its mean over all texts, its activation in the next text, or in the prompt's own patch. */
export type Baseline = (typeof baselines)[number];

/** A prompt to measure, with the prompt that it is compared with. */
const promptCase = z.object({ prompt: text, patch: z.exactOptional(text), metric: z.exactOptional(text) });
export type PromptCase = Readonly<z.infer<typeof promptCase>>;

/** Prompts, and what is measured at the end of each that does not say so itself. */
const promptSource = z.object({
	/** As the trace names it: `logit_difference(X,Y)` and so on. */
	metric: text,
	cases: z.exactOptional(z.array(promptCase).min(1).max(10_000).readonly()),
	/** In place of them, a file: lines, templates, JSON lines or CSV (`prompt-file.ts`). */
	file: z.exactOptional(text),
});
export type PromptSource = Readonly<z.infer<typeof promptSource>>;

/** What a trace was about: its prompts with its metric; where it had none, how well each prompt's last token is predicted. */
export function tracedPrompts(traced: TraceRequest): PromptSource {
	const more = "morePrompts" in traced ? traced.morePrompts : [];
	const patch = "patchPrompt" in traced ? traced.patchPrompt : undefined;
	return {
		metric: "metric" in traced ? traced.metric : "cross_entropy",
		cases: [...new Set([traced.prompt, ...more])].map((prompt) => ({ prompt, ...(patch !== undefined && { patch }) })),
	};
}

/** The strongest features of a prompt that was traced by gradients, to be patched; undefined where there are none at a position. */
export function strongestNodes(
	traced: TraceRequest,
	nodes: readonly CircuitNode[],
	count: number,
): ValidationRequest["patching"] {
	const { metric, cases = [] } = tracedPrompts(traced);
	const features = nodes
		.filter(({ kind, id, attribution }) => kind === "feature" && id.includes("@") && attribution !== 0)
		.toSorted((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution));
	if (traced.method !== "gradient" || features.length === 0) return undefined;
	return {
		case: cases[0] as PromptCase,
		metric,
		nodes: features.slice(0, count).map(({ id, attribution }) => [id, attribution] as const),
	};
}

/** How a circuit was traced, and what came of it, to be compared with traces of other prompts; undefined where no gradients were taken. */
export function askStability(traced: TraceRequest, circuit: Circuit): ValidationRequest["stability"] {
	const choice = gradientChoiceOf(traced);
	if (!choice) return undefined;
	const { nodes, edges } = strengthsOf(circuit);
	return {
		choice,
		...(traced.layers !== undefined && { layers: traced.layers }),
		reference: { nodes: [...nodes], edges: [...edges] },
	};
}

/** What a validation ran on, in words. */
export function describeTexts(
	{ corpus, prompts }: Pick<ValidationRequest, "corpus" | "prompts">,
	count: number,
): string {
	const name = (path: string) => path.split(/[\\/]/).at(-1) ?? path;
	if (corpus !== undefined) return `${count} sequences of ${name(corpus)}`;
	const many = count === 1 ? "1 prompt" : `${count} prompts`;
	return prompts?.file === undefined ? `${many} of the trace` : `${many} of ${name(prompts.file)}`;
}

/** What it is, how strong the trace has it, and whether it is known to belong to the circuit. */
const scoredList = z
	.array(z.tuple([z.string().max(500), z.number(), z.boolean()]).readonly())
	.max(1_000_000)
	.readonly();

const strengthList = z
	.array(z.tuple([z.string().max(500), z.number()]).readonly())
	.max(1_000_000)
	.readonly();

/** Everything that decides the numbers of a validation. Plain data: it is stored with the report. */
export const validationRequest = z.object({
	...modelFields,
	layers: z.exactOptional(z.string().max(40)),
	bos: z.exactOptional(bos),
	provider: providerChoice,
	/** The circuit's features, as ids; positions are left aside. */
	pins: z.array(id).max(100_000).readonly(),
	/** A text, JSONL, Parquet or Arrow file, whose next tokens are predicted; this or `prompts`. */
	corpus: z.exactOptional(text),
	column,
	/** Prompts whose metric is measured. */
	prompts: z.exactOptional(promptSource),
	/** Documents or prompts, from the first on. */
	sequences: count,
	/** Tokens of each, `<|endoftext|>` included; longer ones are cut. */
	maxLength: count,
	baseline: z.enum(baselines),
	/** `remove` puts zero in the place of what the dictionaries miss. */
	errors: z.enum(["keep", "remove"]),
	/** Tokens listed at either end of the changes of probability. */
	tokens: count,
	leaveOneOut: z.boolean(),
	/** Points of the curve over circuit size; 0 leaves it out. */
	curve: z.number().int().min(0).max(100),
	/** Random circuits to compare with; 0 leaves them out. */
	controls: z.number().int().min(0).max(100),
	seed: z.number().int(),
	/** Direct effects that count as the circuit's, by source and target: with them, all other edges between its features are cut. */
	edges: z.exactOptional(
		z
			.array(z.tuple([id, id]).readonly())
			.max(1_000_000)
			.readonly(),
	),
	/** Edges by feature, the strongest first (`rankEdges`): the circuit with more and more of them, as MIB measures it. */
	edgeCurve: z.exactOptional(
		z
			.array(z.tuple([id, id]).readonly())
			.max(1_000_000)
			.readonly(),
	),
	/** So many random subsets of what is outside the circuit are left out, and the worst are searched for. */
	subsets: z.exactOptional(z.number().int().min(0).max(1000)),
	/** Nodes of a traced prompt with their attributions: each is patched, to see whether that comes out as they say. */
	patching: z.exactOptional(
		z.object({
			case: promptCase,
			metric: text,
			nodes: z
				.array(z.tuple([id, z.number()]).readonly())
				.min(1)
				.max(10_000)
				.readonly(),
		}),
	),
	/** Each prompt is traced anew as the circuit was, and compared with it. */
	stability: z.exactOptional(
		z.object({
			choice: gradientChoice,
			layers: z.exactOptional(z.string().max(40)),
			/** The circuit's features and edges with what they amount to (`strengthsOf`). */
			reference: z.object({ nodes: strengthList, edges: strengthList }),
		}),
	),
	/** What is known to be the circuit, and how strongly the trace has each feature and edge. */
	known: z.exactOptional(z.object({ name: text, nodes: scoredList, edges: scoredList })),
});
export type ValidationRequest = Readonly<z.infer<typeof validationRequest>>;

/**
 * Figures as they are after some of the sequences. Losses are in nats a prediction; where a metric was measured, they are
 * its mean over the prompts.
 */
export interface ValidationReport {
	/** What was measured at the end of each prompt; absent over a corpus. Prompts with metrics of their own are `each prompt's own`. */
	readonly metric?: string;
	readonly sequences: number;
	readonly tokens: number;
	readonly predictions: number;
	/** What was amiss in the corpus, in words. */
	readonly notes: readonly string[];
	readonly baseLoss: number;
	/** With all pinned features ablated at once. */
	readonly ablatedLoss: number;
	/** KL(base ‖ ablated), mean over positions. */
	readonly kl: number;
	/** Mean change of a token's probability at a position. */
	readonly increases: readonly TokenEffect[];
	readonly decreases: readonly TokenEffect[];
	/** Loss with all features at the baseline, with all but the circuit's, with the circuit's alone. */
	readonly emptyLoss: number;
	readonly circuitLoss: number;
	readonly complementLoss: number;
	/** `m(M) − m(∅)`, a prediction or prompt: what faithfulness and all shares are divided by. */
	readonly effect?: Figure;
	/** `(m(C) − m(∅)) / (m(M) − m(∅))`; null where it is not finite. That `effect` may be zero is for who tells people (`asTold`). */
	readonly faithfulness: Figure | null;
	/** The same with the circuit's features at the baseline instead. */
	readonly completeness: Figure | null;
	/** The faithfulness of the circuit without each pin, most needed first; what a pin is worth is how far it falls. */
	readonly leaveOneOut?: readonly { readonly pin: string; readonly faithfulness: number }[];
	/** The circuit grown pin by pin, most needed first. */
	readonly curve?: readonly ({ readonly size: number } & Figure)[];
	/** Circuits of random features, as many at each site. */
	readonly controls?: readonly number[];
	/** The circuit with only its own edges. */
	readonly edges?: Partial<Figure> & { readonly loss: number; readonly kept: number; readonly cut: number };
	readonly edgeCurve?: EdgeCurve;
	readonly subsets?: ComplementSubsets;
	readonly patching?: PatchingAgreement;
	readonly known?: KnownAgreement;
	readonly stability?: Stability;
	readonly provider: string;
	readonly seconds: number;
	/** Stored parts that were used again. */
	readonly reused: number;
}

/** A share with its 95% bootstrap interval over sequences. */
export interface Figure {
	readonly value: number;
	readonly interval: readonly [number, number];
}

/** Why the end of the curve is not the circuit with all of its edges, for people. */
export const prunedWords =
	"At 100% it may differ from the circuit with its edges only: features from which no kept edge leads on to a logit are left out, even where they reach it through errors.";

/** The circuit with its strongest edges alone. */
export interface EdgeCurve {
	/** Edges that there are. */
	readonly edges: number;
	/** At each share of MIB's: what is measured, and the faithfulness; null where it is not finite. */
	readonly points: readonly {
		readonly share: number;
		readonly edges: number;
		readonly measured: number;
		readonly faithfulness: Figure | null;
	}[];
	/** Area under the faithfulness, and between it and 1. */
	readonly cpr: Figure | null;
	readonly cmd: Figure | null;
}

/** What is left of the effect where subsets of what is outside the circuit are put at their baseline: 1 is all of it. */
export interface ComplementSubsets {
	/** Features outside that do anything. */
	readonly features: number;
	/** Subsets drawn at random, and all that were tried. */
	readonly draws: number;
	readonly tried: number;
	readonly mean?: Figure;
	/** Of each that was drawn. */
	readonly shares: readonly number[];
	readonly lowest: SubsetFigure;
	readonly highest: SubsetFigure;
}

export interface SubsetFigure extends Figure {
	/** Features left out. */
	readonly removed: number;
	/** Found by the gradient, not drawn. */
	readonly searched: boolean;
}

/** Whether attributions say what patching does. Each correlation is null where one side does not vary. */
export interface PatchingAgreement {
	readonly nodes: readonly PatchedNode[];
	/** Intervals resample nodes. */
	readonly spearman: Figure | null;
	readonly kendall: Figure | null;
	readonly pearson: Figure | null;
}

export interface PatchedNode {
	readonly id: string;
	/** By the attribution, and when it was patched alone: change of what is measured. */
	readonly predicted: number;
	readonly exact: number;
}

/** How well the strength of nodes and edges tells those that are known to be in the circuit from the others. */
export interface KnownAgreement {
	readonly name: string;
	readonly nodes: Detection;
	readonly edges: Detection;
}

export interface Detection {
	readonly known: number;
	/** All others that could have been in the circuit: features of the dictionaries, pairs that a direct path joins. */
	readonly others: number;
	/** Known ones that the trace does not have at all. */
	readonly missing: number;
	/** Area under the ROC curve, and average precision; null where there are none of either. */
	readonly auroc: number | null;
	readonly averagePrecision: number | null;
}

/** How much of the circuit comes back where prompts are traced anew. */
export interface Stability {
	/** All prompts, and how often they were drawn again. */
	readonly prompts: number;
	readonly draws: number;
	/** Of these, the ones on which no feature has an effect on the metric: nothing comes back there. */
	readonly skipped?: number;
	/** Each prompt's circuit beside the one that is validated. */
	readonly similar: { readonly nodes: Steadiness; readonly edges: Steadiness };
	/** The strongest over prompts that are drawn again beside the strongest over all of them. */
	readonly resampled: { readonly nodes: Steadiness; readonly edges: Steadiness };
}

export interface Steadiness {
	/** `|A ∩ B| / |A ∪ B|`, on the mean. */
	readonly jaccard: Figure;
	/** Spearman's ρ of the strengths of what both have, on the mean; null where it is defined of none. */
	readonly rank: Figure | null;
	/** How many both have, on the mean of those (prompts or draws) whose ranks are defined. */
	readonly shared?: number;
}
