import { formatPercent } from "./drawing/svg-text.ts";

/**
 * How much of the effects comes from features, and from errors where that is no share of a whole: the signed effects of
 * both make 100%, so that one of them is above that where they pull in opposite directions.
 */
export function describeExplained(share: number): string {
	const [features, errors] = [formatPercent(share), formatPercent(Math.abs(1 - share))];
	if (Math.round(100 * share) > 100) return `features explain ${features}, and errors take ${errors} back`;
	if (Math.round(100 * share) < 0)
		return `features explain ${features}: they pull against errors, which carry ${errors}`;
	return `features explain ${features}`;
}
