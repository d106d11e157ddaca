import { z } from "zod";
import { errorChoices, type TraceRequest, traceMethods } from "../trace.ts";
import { conventions } from "./conventions-schema.ts";

const text = z.string().max(1_000_000);
const count = z.number().int().min(1).max(1_000_000);

const nodeChoice = z.discriminatedUnion("by", [
	z.object({ by: z.literal("count"), count }),
	z.object({ by: z.literal("threshold"), threshold: z.number().min(0) }),
	z.object({ by: z.literal("share"), share: z.number().gt(0).max(1) }),
	z.object({ by: z.literal("percentile"), percentile: z.number().min(0).max(100) }),
]);

/** A trace as any face of the app may ask for it. */
export const traceRequest: z.ZodType<TraceRequest> = z.object({
	modelDir: text,
	dictionaryDirs: z.array(text).min(1),
	conventions: z.exactOptional(conventions),
	prompt: text,
	patchPrompt: z.exactOptional(text),
	metric: text,
	layers: z.exactOptional(z.string().max(40)),
	bos: z.exactOptional(z.enum(["on", "off"])),
	choice: nodeChoice,
	upNodes: count,
	lastPositionOnly: z.boolean(),
	errors: z.exactOptional(z.enum(errorChoices)),
	integratedGradients: z.exactOptional(z.number().int().min(1).max(1000)),
	allNodes: z.boolean(),
	keepUnconnected: z.boolean(),
	provider: z.enum(["auto", "cpu", "webgpu", "cuda"]),
	memoryLimitBytes: z.exactOptional(z.number().min(0)),
	method: z.exactOptional(z.enum(traceMethods)),
	ablation: z.exactOptional(
		z.object({
			pins: z.array(z.string().max(200)).max(100_000),
			thinning: z.exactOptional(z.number().gt(0).max(1)),
			seed: z.number().int(),
			thresholdExp: z.exactOptional(z.number().min(-200).max(200)),
			allPositions: z.boolean(),
			logitTokens: z.number().int().min(0).max(1000),
			morePrompts: z.array(text).max(10_000),
			maxLength: z.exactOptional(count),
		}),
	),
	consensus: z.exactOptional(z.object({ morePrompts: z.array(text).max(10_000), atLeast: count })),
	from: z.exactOptional(z.object({ node: z.string().max(200), direction: z.enum(["upstream", "downstream"]) })),
}) as z.ZodType<TraceRequest>;
