import type { ProviderChoice } from "./trace.ts";

/** How the model answers when one feature is scaled: 0 ablates it, 1 leaves it as it is. */
export interface ResponseRequest {
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	readonly prompt: string;
	readonly metric: string;
	readonly bos?: "on" | "off";
	readonly provider: ProviderChoice;
	/** A feature; without a position it is scaled wherever it is active. */
	readonly node: string;
	readonly coefficients: readonly number[];
}

export interface ResponseResult {
	readonly node: string;
	readonly metric: string;
	/** Positions where it is active and was scaled. */
	readonly positions: readonly number[];
	/** One for each coefficient, in their order. */
	readonly points: readonly ResponsePoint[];
}

export interface ResponsePoint {
	readonly coefficient: number;
	/** Value of the metric. */
	readonly value: number;
	/** Tokens whose probability at the last position changes most against coefficient 1. */
	readonly gains: readonly TokenChange[];
	readonly losses: readonly TokenChange[];
}

export interface TokenChange {
	readonly token: string;
	readonly before: number;
	readonly after: number;
}
