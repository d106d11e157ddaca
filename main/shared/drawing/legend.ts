import { attributionGraph } from "../effect.ts";
import { headLength, headWidth } from "./edge-stroke.ts";
import { type CardNode, drawFrame, styleOf } from "./feature-card.ts";
import { drawMark } from "./node-mark.ts";
import { moveShape, type Shape } from "./shapes.ts";
import type { Theme } from "./theme.ts";

/** A sign in a space of 30 × 16, and what it means. */
export interface LegendEntry {
	readonly sign: readonly Shape[];
	readonly label: string;
	/** The same where there is little room. */
	readonly short: string;
}

/** How near nodes are: near they are cards, far away marks. */
export type LegendOf = "cards" | "marks";

/** What the signs of a drawing mean; the canvas and every export say it with the same signs. */
export function buildLegend(theme: Theme, metricName: string, of: LegendOf = "cards"): readonly LegendEntry[] {
	const goal = nameGoal(metricName);
	const node = { id: "", position: 0, activation: 0, attribution: 0 };
	const frame = (one: Pick<CardNode, "kind" | "site">): readonly Shape[] =>
		of === "cards"
			? drawFrame({ ...node, ...one }, { width: 30, height: 15 }, theme)
			: [moveShape(drawMark(styleOf(one), 5, theme), 15, 8)];
	return [
		{ sign: drawSign(theme.raise, []), label: `raises ${goal}`, short: "raises" },
		{ sign: drawSign(theme.lower, [6, 3.5]), label: `lowers ${goal}`, short: "lowers" },
		{ sign: frame({ kind: "feature", site: "attn" }), label: "attention", short: "attention" },
		{ sign: frame({ kind: "feature", site: "mlp" }), label: "MLP", short: "MLP" },
		{ sign: frame({ kind: "feature", site: "resid" }), label: "residual", short: "residual" },
		{ sign: frame({ kind: "error" }), label: "error: what the dictionary misses", short: "error" },
	];
}

/** What raising is about. Graphs of other programs say what a source adds to its target, whatever the metric was. */
function nameGoal(metricName: string): string {
	if (metricName === "cross_entropy") return "the target's probability";
	if (metricName === attributionGraph) return "what it leads to";
	return metricName;
}

function drawSign(colour: string, dash: readonly number[]): readonly Shape[] {
	const half = headWidth / 2;
	return [
		{
			type: "curve",
			points: [0, 8, 8, 8, 16, 8, 25, 8],
			stroke: colour,
			lineWidth: 2,
			...(dash.length > 0 && { dash }),
		},
		{ type: "polygon", points: [31, 8, 31 - headLength, 8 - half, 31 - headLength, 8 + half], fill: colour },
	];
}
