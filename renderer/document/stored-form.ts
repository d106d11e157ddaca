import { z } from "zod";
import { errorChoice } from "#shared/trace-request";

const text = z.string();
const flag = (usual: boolean) => z.boolean().catch(usual);
const number = (usual: number, { min, max }: { readonly min: number; readonly max: number }) =>
	z.number().min(min).max(max).catch(usual);
const count = (usual: number, min = 1) => z.number().int().min(min).max(1_000_000).catch(usual);

/** What the trace panel asks for, as it is kept when the app is closed: what is not understood is as usual. */
const traceForm = z.object({
	modelDir: text.catch(""),
	/** Folders of dictionary sets. */
	setDirs: z.array(text).readonly().catch([]),
	prompt: text.catch(""),
	metric: z.enum(["cross_entropy", "logit", "logprob", "logit_difference"]).catch("cross_entropy"),
	/** Tokens of the other metrics, as text or number. */
	target: text.catch(""),
	against: text.catch(""),
	/** Null: no pair. */
	patchPrompt: text.nullable().catch(null),
	/** Layers shown, both included; null: all. */
	layers: z.tuple([z.number().int(), z.number().int()]).readonly().nullable().catch(null),
	/** Gradients of several prompts are a consensus. */
	method: z.enum(["gradient", "ablation", "jacobian"]).catch("gradient"),
	/** Prompts beside the first, one a line; null: none. */
	morePrompts: text.nullable().catch(null),
	/** Share of the prompts that the consensus must have. */
	atLeast: number(0.5, { min: 0, max: 1 }),
	/** Of ablation and Jacobian: the pinned features alone, or all that are active. */
	ablatePins: flag(false),
	/** Those that the open circuit was traced with: taken where nothing is pinned. */
	tracedPins: z.array(text).readonly().catch([]),
	/** Share of the first layer's active features. */
	thinning: number(1, { min: 0.001, max: 1 }),
	/** Effects up to `2^thresholdExp` are dropped; off where they are all kept. */
	cutSmall: flag(true),
	thresholdExp: number(-4, { min: -200, max: 200 }),
	allPositions: flag(false),
	logitTokens: count(10, 0),
	choice: z.enum(["count", "threshold", "share", "percentile"]).catch("count"),
	percentile: number(99.99, { min: 0, max: 100 }),
	downNodes: count(6),
	threshold: number(0.01, { min: 0, max: Number.MAX_VALUE }),
	share: number(0.8, { min: 0.001, max: 1 }),
	upNodes: count(6),
	integratedGradients: count(0, 0),
	lastPositionOnly: flag(false),
	keepUnconnected: flag(false),
	errors: errorChoice.catch("chosen"),
	bos: z.enum(["auto", "on", "off"]).catch("auto"),
	/** How dictionaries are read; "auto" is as they say. */
	center: z.enum(["auto", "on", "off"]).catch("auto"),
	valueBiases: z.enum(["auto", "folded", "kept"]).catch("auto"),
	/** 0: the one that is known. */
	normFactor: number(0, { min: 0, max: 1e9 }),
	/** Into the open circuit, or into a new one. */
	extend: flag(false),
	/** The circuit that it belongs to: it was opened with what that was traced with, and may have been changed since. */
	circuit: text.nullable().catch(null),
});

export type TraceForm = Readonly<z.infer<typeof traceForm>>;

/** Reads what was stored of a form; nothing, or whatever else, is the usual form. */
export function readTraceForm(stored: unknown): TraceForm {
	return traceForm.catch(() => traceForm.parse({})).parse(stored);
}
