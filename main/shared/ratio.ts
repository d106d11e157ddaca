import type { EdgeCurve, Figure, ValidationReport } from "./validation.ts";

/** What people read in place of a ratio whose denominator may as well be zero. */
export const tooSmallToDivide = "the circuit’s effect is too small to divide by";

/** Whether an amount may be zero, going by the interval that it lies in. */
export const mayBeZero = ([low, high]: Figure["interval"]): boolean => !(low > 0 || high < 0);

/** Whether what the shares of a validation are divided by may be zero; of reports that did not say what it is nothing is known. */
export const effectMayBeZero = ({ effect }: Pick<ValidationReport, "effect">): boolean =>
	effect !== undefined && mayBeZero(effect.interval);

/**
 * A validation as it is told to people. The report itself keeps every figure, for programs; where the effect may be zero,
 * whoever reads gets no share of it, for then the quotient can be anything.
 */
export function asTold(report: ValidationReport): ValidationReport {
	if (!effectMayBeZero(report)) return report;
	const { leaveOneOut: _, curve: __, controls: ___, subsets: ____, edges, edgeCurve, ...others } = report;
	return {
		...others,
		faithfulness: null,
		completeness: null,
		...(edges && { edges: { loss: edges.loss, kept: edges.kept, cut: edges.cut } }),
		...(edgeCurve && { edgeCurve: withoutShares(edgeCurve) }),
	};
}

const withoutShares = ({ edges, points }: EdgeCurve): EdgeCurve => ({
	edges,
	points: points.map((point) => ({ ...point, faithfulness: null })),
	cpr: null,
	cmd: null,
});
