import type { Side } from "../compare-circuits.ts";
import type { NodeStyle } from "./node-style.ts";
import type { RectShape, Shape } from "./shapes.ts";
import type { Theme } from "./theme.ts";

/**
 * A node too small for a card, its middle at the origin: form tells the kind as well as colour does. Attention is round,
 * an MLP square, the residual stream a diamond, an error a ring, a token a pill, a logit or group a larger square.
 */
export function drawMark(style: NodeStyle | "group" | Side, radius: number, theme: Theme): Shape {
	if (style === "left" || style === "right" || style === "both") return drawSide(style, radius, theme);
	const fill = style === "group" ? theme.text : theme.kinds[style];
	if (style === "resid") {
		const reach = 1.3 * radius;
		return { type: "polygon", points: [0, -reach, reach, 0, 0, reach, -reach, 0], fill };
	}
	if (style === "error") {
		const { fill: _, ...ring } = box(0.8 * radius, 0.8 * radius, 0.8 * radius, fill);
		return { ...ring, stroke: fill, lineWidth: radius / 3 };
	}
	if (style === "token") return box(1.6 * radius, 0.8 * radius, 0.8 * radius, fill);
	if (style === "attn") return box(1.1 * radius, 1.1 * radius, 1.1 * radius, fill);
	return style === "mlp" ? box(radius, radius, 0, fill) : box(1.3 * radius, 1.3 * radius, 0, fill);
}

/** In a comparison form tells who has it: a triangle points to the left or right circuit, a dot is of both. */
function drawSide(side: Side, radius: number, theme: Theme): Shape {
	const fill = theme.sides[side];
	if (side === "both") return box(0.95 * radius, 0.95 * radius, 0.95 * radius, fill);
	const [tip, back] = side === "left" ? [-1.4 * radius, 0.8 * radius] : [1.4 * radius, -0.8 * radius];
	return { type: "polygon", points: [tip, 0, back, -1.25 * radius, back, 1.25 * radius], fill };
}

function box(across: number, down: number, radius: number, fill: string): RectShape {
	return { type: "rect", x: -across, y: -down, width: 2 * across, height: 2 * down, radius, fill };
}
