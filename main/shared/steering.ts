import { z } from "zod";
import { bos, count, id, modelFields, text } from "./request-fields.ts";
import { providerChoice } from "./trace-request.ts";

/** A feature and what becomes of its activation at every position: `× factor`, or a number whatever it was. */
const featureChange = z.union([
	z.object({ feature: id, scale: z.number() }),
	z.object({ feature: id, clamp: z.number() }),
]);
export type FeatureChange = Readonly<z.infer<typeof featureChange>>;

export const steeringRequest = z.object({
	...modelFields,
	bos: z.exactOptional(bos),
	provider: providerChoice,
	prompt: text,
	changes: z.array(featureChange).readonly(),
	/** Tokens to generate; fewer where the model's context ends before. */
	tokens: count,
	/** 0 takes the likeliest token. */
	temperature: z.number().min(0).max(100),
	/** Only so many of the likeliest tokens are drawn from; 0 is all. */
	topK: z.number().int().min(0),
	seed: z.number().int(),
	/** Tokens listed at each step as boosted and as suppressed. */
	listed: z.number().int().min(0).max(100),
});
export type SteeringRequest = Readonly<z.infer<typeof steeringRequest>>;

export interface SteeringResult {
	readonly prompt: { readonly tokens: readonly string[]; readonly tokenIds: readonly number[] };
	readonly steps: readonly SteeringStep[];
	readonly notes: readonly string[];
	readonly provider: string;
	readonly seconds: number;
}

/** One token further in both texts; null where a text has ended. */
export interface SteeringStep {
	readonly steered: DrawnToken | null;
	readonly plain: DrawnToken | null;
	/** Probabilities without and with the changes, after the steered text so far; the largest rise first. */
	readonly boosted: readonly SteeredToken[];
	readonly suppressed: readonly SteeredToken[];
}

export interface DrawnToken {
	readonly id: number;
	readonly token: string;
	/** Under its own text and model. */
	readonly probability: number;
}

export interface SteeredToken {
	readonly token: string;
	readonly before: number;
	readonly after: number;
}
