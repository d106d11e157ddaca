import type { AttributionsPiece } from "#shared/piece";
import type { NodeChoice } from "#shared/trace-request";

/** Indices into the entries of the features that become down nodes, largest |attribution| first. `isAbove` knows the percentiles. */
export function chooseNodes(
	{ attributions, positions }: AttributionsPiece,
	choice: NodeChoice,
	onlyPosition?: number,
	isAbove: (entry: number) => boolean = () => true,
): readonly number[] {
	const size = (i: number) => Math.abs(attributions[i] as number);
	const entries = Array.from(attributions.keys()).filter(
		(i) => size(i) > 0 && (onlyPosition === undefined || positions[i] === onlyPosition),
	);
	entries.sort((a, b) => size(b) - size(a) || a - b);
	switch (choice.by) {
		case "count":
			return entries.slice(0, choice.count);
		case "percentile":
			return entries.filter(isAbove);
		case "threshold":
			return entries.filter((i) => size(i) > choice.threshold);
		case "share": {
			const enough = choice.share * entries.reduce((sum, i) => sum + size(i), 0);
			let held = 0;
			return entries.filter((i) => {
				const wanted = held < enough;
				held += size(i);
				return wanted;
			});
		}
	}
}
