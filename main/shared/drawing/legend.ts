import { headLength, headWidth } from "./edge-stroke.ts";
import { drawFrame } from "./feature-card.ts";
import type { Shape } from "./shapes.ts";
import type { Theme } from "./theme.ts";

/** A sign in a space of 30 × 16, and what it means. */
export interface LegendEntry {
	readonly sign: readonly Shape[];
	readonly label: string;
}

/** What the signs of a drawing mean; the canvas and every export say it with the same signs. */
export function buildLegend(theme: Theme, metricName: string): readonly LegendEntry[] {
	const goal = metricName === "cross_entropy" ? "the target's probability" : metricName;
	const frame = (node: Parameters<typeof drawFrame>[0]): readonly Shape[] =>
		drawFrame(node, { width: 30, height: 15 }, theme);
	const node = { id: "", position: 0, activation: 0, attribution: 0 };
	return [
		{ sign: drawSign(theme.raise, []), label: `raises ${goal}` },
		{ sign: drawSign(theme.lower, [6, 3.5]), label: `lowers ${goal}` },
		{ sign: frame({ ...node, kind: "feature", site: "attn" }), label: "attention" },
		{ sign: frame({ ...node, kind: "feature", site: "mlp" }), label: "MLP" },
		{ sign: frame({ ...node, kind: "feature", site: "resid" }), label: "residual" },
		{ sign: frame({ ...node, kind: "error" }), label: "error: what the dictionary misses" },
	];
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
