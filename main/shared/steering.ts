import type { Conventions } from "./conventions.ts";
import type { ProviderChoice } from "./trace-request.ts";

/** A feature and what becomes of its activation at every position: `× factor`, or a number whatever it was. */
export type FeatureChange =
	| { readonly feature: string; readonly scale: number }
	| { readonly feature: string; readonly clamp: number };

export interface SteeringRequest {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	/** How they are read, where that is decided by hand. */
	readonly conventions?: Conventions;
	readonly bos?: "on" | "off";
	readonly provider: ProviderChoice;
	readonly prompt: string;
	readonly changes: readonly FeatureChange[];
	/** Tokens to generate; fewer where the model's context ends before. */
	readonly tokens: number;
	/** 0 takes the likeliest token. */
	readonly temperature: number;
	/** Only so many of the likeliest tokens are drawn from; 0 is all. */
	readonly topK: number;
	readonly seed: number;
	/** Tokens listed at each step as boosted and as suppressed. */
	readonly listed: number;
}

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
