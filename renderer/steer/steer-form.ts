import type { FeatureChange } from "#shared/steering";
import { selectedFeatures } from "../actions/selection.ts";

/** What becomes of one feature. */
export interface SteerChange {
	readonly feature: string;
	readonly how: "ablate" | "scale" | "clamp";
	readonly value: number;
}

export interface SteerForm {
	readonly prompt: string;
	readonly changes: readonly SteerChange[];
	readonly tokens: number;
	readonly temperature: number;
	readonly topK: number;
	readonly seed: number;
}

let last: SteerForm | undefined;

/** As it was left, but about the features that are selected now, where some are. */
export function startForm(prompt: string): SteerForm {
	const changes = selectedFeatures().map(addedChange);
	const before = last ?? { prompt, changes: [], tokens: 30, temperature: 0.7, topK: 0, seed: 0 };
	return changes.length > 0 ? { ...before, prompt, changes } : before;
}

/** Remembers a form until the window is left. */
export const keepForm = (form: SteerForm): SteerForm => (last = form);

export const addedChange = (feature: string): SteerChange => ({ feature, how: "scale", value: 3 });

/** The change as it is asked for. */
export function askedChange({ feature, how, value }: SteerChange): FeatureChange {
	return how === "clamp" ? { feature, clamp: value } : { feature, scale: how === "ablate" ? 0 : value };
}
