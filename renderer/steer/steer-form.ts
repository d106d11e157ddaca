import { selectedNodes } from "../actions/selection.ts";
import { pinnable } from "../document/commands.ts";
import type { SteerChange } from "./asked-changes.ts";

export interface SteerForm {
	readonly prompt: string;
	readonly changes: readonly SteerChange[];
	readonly tokens: number;
	readonly temperature: number;
	readonly topK: number;
	readonly seed: number;
}

let last: SteerForm | undefined;

/** As it was left, but about the features and supernodes that are selected now, where some are. */
export function startForm(prompt: string): SteerForm {
	const changes = selectedNodes().flatMap(({ id, kind, name = id, members }): SteerChange[] => {
		const features = pinnable(members);
		if (kind !== "group") return features.map((feature) => addedChange(feature));
		return features.length > 0 ? [addedSupernode(id, name, features)] : [];
	});
	const before = last ?? { prompt, changes: [], tokens: 30, temperature: 0.7, topK: 0, seed: 0 };
	return changes.length > 0 ? { ...before, prompt, changes: eachOnce(changes) } : before;
}

/** One feature may stand at several positions. */
const eachOnce = (changes: readonly SteerChange[]) => [
	...new Map(changes.map((change) => [change.feature, change])).values(),
];

/** Remembers a form until the window is left. */
export const keepForm = (form: SteerForm): SteerForm => (last = form);

export const addedChange = (feature: string): SteerChange => ({ feature, how: "scale", value: 3 });

export const addedSupernode = (id: string, name: string, features: readonly string[]): SteerChange => ({
	...addedChange(id),
	supernode: { name, features },
});
