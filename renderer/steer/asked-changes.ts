import type { FeatureChange } from "#shared/steering";

/** What becomes of one feature, or of all features of a supernode alike. */
export interface SteerChange {
	/** The feature, or the supernode's id. */
	readonly feature: string;
	/** Of a supernode: its name and features. */
	readonly supernode?: { readonly name: string; readonly features: readonly string[] };
	readonly how: "ablate" | "scale" | "clamp";
	readonly value: number;
}

/** Changes as they are asked for: a supernode's feature by feature. What is said of a feature itself goes first. */
export function askedChanges(changes: readonly SteerChange[]): readonly FeatureChange[] {
	const own = new Set(changes.flatMap(({ feature, supernode }) => (supernode ? [] : [feature])));
	const asked = new Map<string, FeatureChange>();
	for (const { feature: id, supernode, how, value } of changes)
		for (const feature of supernode ? supernode.features.filter((one) => !own.has(one)) : [id])
			asked.set(
				feature,
				how === "clamp" ? { feature, clamp: value } : { feature, scale: how === "ablate" ? 0 : value },
			);
	return [...asked.values()];
}
