import { useCallback } from "react";
import { buildLegend, type LegendOf } from "#shared/drawing/legend";
import { moveShape } from "#shared/drawing/shapes";
import { findTheme, type Theme } from "#shared/drawing/theme";
import { useComparison } from "../document/comparison-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { useShownRun } from "../document/shown-run.ts";
import { useView } from "../document/view-store.ts";
import { Drawn } from "./Drawn.tsx";
import { dotsBelow, letterScale } from "./marks.ts";

/** Entries of the legend that are of edges. */
const signs = 2;

/** What the signs mean, as the canvas shows them now: cards near, marks far away. */
export function Legend() {
	const metricName = useShownRun()?.metricName || "cross_entropy";
	const of = useView(({ camera }) => (camera && camera.zoom < dotsBelow * letterScale() ? "marks" : "cards"));
	const comparing = useComparison((state) => state.comparison !== null);
	const all = buildLegend(findTheme("light"), metricName, of);
	// In a comparison colours tell whose it is: of the signs the dash is left.
	const entries = comparing ? all.slice(0, signs) : all;
	return (
		<div className="legend" role="img" aria-label={`Legend: ${entries.map(({ label }) => label).join(", ")}.`}>
			{entries.map(({ short, label }, i) => (
				<span key={short} title={label}>
					<Sign metricName={metricName} of={of} index={i} />
					<span className="legend-word">{short}</span>
				</span>
			))}
		</div>
	);
}

function Sign({
	metricName,
	of,
	index,
}: {
	readonly metricName: string;
	readonly of: LegendOf;
	readonly index: number;
}) {
	const comparing = useComparison((state) => state.comparison !== null);
	const draw = useCallback(
		(theme: Theme) => {
			const { both } = theme.sides;
			const shown = comparing ? { ...theme, raise: both, lower: both } : theme;
			return (buildLegend(shown, metricName, of)[index]?.sign ?? []).map((shape) => moveShape(shape, 2, 1));
		},
		[metricName, of, index, comparing],
	);
	return <Drawn width={34} height={18} draw={draw} />;
}

/** What a person hid, so that it is not forgotten. */
export function HiddenNote() {
	const { left } = useDerived((state) => state.filtered);
	const parts = [
		left.hidden > 0 ? `${left.hidden} hidden by you` : "",
		left.errors > 0 ? `${left.errors} errors hidden` : "",
	].filter((part) => part !== "");
	if (parts.length === 0) return null;
	return (
		<div className="canvas-status">
			<span data-left>{parts.join(" · ")}</span>
		</div>
	);
}
