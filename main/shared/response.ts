import type { Conventions } from "./conventions.ts";
import type { ProviderChoice } from "./trace-request.ts";

/** How the model answers when features are scaled: 0 ablates them, 1 leaves them as they are. */
export interface ResponseRequest {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	/** How they are read, where that is decided by hand. */
	readonly conventions?: Conventions;
	readonly prompt: string;
	readonly metric: string;
	readonly bos?: "on" | "off";
	readonly provider: ProviderChoice;
	/** Features, one curve for each; without a position they are scaled wherever they are active. */
	readonly nodes: readonly string[];
	/** Scales all of them at once: one curve. */
	readonly together: boolean;
	readonly coefficients: readonly number[];
	/** Features whose activation is read; without a position at the last one. */
	readonly watch: readonly string[];
	/** Tokens (text or number) whose probability after the prompt is read. */
	readonly watchTokens: readonly string[];
}

export interface ResponseResult {
	readonly metric: string;
	/** What `watched` of every point holds: ids of features, then tokens. */
	readonly watched: readonly string[];
	readonly curves: readonly ResponseCurve[];
	/** What is in doubt of how the dictionaries were read. */
	readonly notes: readonly string[];
}

export interface ResponseCurve {
	readonly nodes: readonly string[];
	/** Positions where any of them is active and was scaled. */
	readonly positions: readonly number[];
	/** One for each coefficient, in their order. */
	readonly points: readonly ResponsePoint[];
}

export interface ResponsePoint {
	readonly coefficient: number;
	/** Value of the metric. */
	readonly value: number;
	/** Activations of the watched features, then probabilities of the watched tokens. */
	readonly watched: readonly number[];
	/** Tokens whose probability at the last position changes most against coefficient 1. */
	readonly gains: readonly TokenChange[];
	readonly losses: readonly TokenChange[];
}

export interface TokenChange {
	readonly token: string;
	readonly before: number;
	readonly after: number;
}
