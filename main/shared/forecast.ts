import { z } from "zod";

/** What takes time, in units that a machine does at a steady rate. */
export interface Work {
	/** Multiplications and additions in products with weights. */
	readonly products: number;
	/** The same between positions: scores and what they weigh. */
	readonly attention: number;
	/** Bytes of weights and encoders that are read for little work on each, or copied. */
	readonly read: number;
	/** Operators in the graphs that are loaded. */
	readonly loaded: number;
	/** Operators that are run. */
	readonly steps: number;
	/** Numbers of sparse entries, results and pieces that JavaScript handles one by one. */
	readonly entries: number;
}

const seconds = z.number().gt(0).max(1);

/** Seconds a unit of each, on one machine. */
export const rates = z.object({
	products: seconds,
	attention: seconds,
	read: seconds,
	loaded: seconds,
	steps: seconds,
	entries: seconds,
} satisfies { readonly [K in keyof Work]: z.ZodType });
export type Rates = Readonly<z.infer<typeof rates>>;

/** Everything whose cost is forecast. */
export const forecastKinds = [
	"gradient",
	"consensus",
	"ablation",
	"jacobian",
	"validate",
	"respond",
	"generate",
	"collect",
	"cluster",
	"train",
	"compare",
	"check",
] as const;
export type ForecastKind = (typeof forecastKinds)[number];

/** What was measured on this machine, and what decides whether it still holds. */
export const calibration = z.object({
	onnxruntime: z.string(),
	threads: z.number().int(),
	provider: z.string(),
	rates,
	/** Milliseconds since 1970. */
	at: z.number(),
});
export type Calibration = Readonly<z.infer<typeof calibration>>;

/** All that is known of this machine's speed. Newest runs last; measured seconds over those that were forecast. */
export const machineSpeed = z.object({
	calibrations: z.array(calibration).max(16).readonly(),
	ratios: z.partialRecord(z.enum(forecastKinds), z.array(z.number().gt(0)).max(16).readonly()),
});
export type MachineSpeed = Readonly<z.infer<typeof machineSpeed>>;

/** What a call of the engine is forecast with. */
export interface Speed {
	readonly rates: Rates;
	/** By which forecasts of a kind are multiplied. */
	readonly corrections: Readonly<Partial<Record<ForecastKind, number>>>;
}

/** A run that has ended, for the next forecast of its kind. */
export interface RunCost {
	readonly kind: ForecastKind;
	/** Without the correction. */
	readonly forecastSeconds: number;
	readonly seconds: number;
}

const [keptRatios, least, most] = [5, 0.5, 2];

/** Shorter runs are mostly start, which tells nothing of the long ones that a forecast is for. */
const leastSeconds = 1;

/** With the ratio of one more run. */
export function learnRatio(speed: MachineSpeed, { kind, forecastSeconds, seconds: took }: RunCost): MachineSpeed {
	if (took < leastSeconds) return speed;
	const ratio = took / Math.max(1e-3, forecastSeconds);
	const before = speed.ratios[kind] ?? [];
	return { ...speed, ratios: { ...speed.ratios, [kind]: [...before, ratio].slice(-keptRatios) } };
}

/** The median of the last runs, within what can be the machine's and no other run's doing. */
export function correctionsOf({ ratios }: MachineSpeed): Speed["corrections"] {
	return Object.fromEntries(
		Object.entries(ratios).flatMap(([kind, values]) => {
			const sorted = values.toSorted((a, b) => a - b);
			const middle = sorted[Math.floor(sorted.length / 2)];
			return middle === undefined ? [] : [[kind, Math.min(most, Math.max(least, middle))]];
		}),
	);
}
