import type { AttributionsPiece } from "#shared/piece";
import type { NodeChoice } from "#shared/trace-request";

/** Indices into the entries of the features that become down nodes, largest |attribution| first. `isAbove` knows the percentiles. */
export function chooseNodes(
	{ attributions, positions }: AttributionsPiece,
	choice: NodeChoice,
	onlyPosition?: number,
	isAbove?: (entry: number) => boolean,
): readonly number[] {
	const entries = Array.from(attributions.keys()).filter(
		(i) => onlyPosition === undefined || positions[i] === onlyPosition,
	);
	return takeStrongest(attributions, entries, choice, isAbove);
}

/** Those of `entries` whose |value| a rule takes, largest first and never zero. */
export function takeStrongest(
	values: Float32Array,
	entries: readonly number[],
	choice: NodeChoice,
	isAbove: (entry: number) => boolean = () => true,
): readonly number[] {
	const size = (i: number) => Math.abs(values[i] as number);
	const sorted = entries.filter((i) => size(i) > 0).sort((a, b) => size(b) - size(a) || a - b);
	switch (choice.by) {
		case "count":
			return sorted.slice(0, choice.count);
		case "percentile":
			return sorted.filter(isAbove);
		case "threshold":
			return sorted.filter((i) => size(i) > choice.threshold);
		case "share": {
			const enough = choice.share * sorted.reduce((sum, i) => sum + size(i), 0);
			let held = 0;
			return sorted.filter((i) => {
				const wanted = held < enough;
				held += size(i);
				return wanted;
			});
		}
	}
}
