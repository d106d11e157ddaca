import type { SceneEdge } from "./scene.ts";
import type { Theme } from "./theme.ts";

/** How an edge is drawn. */
export interface EdgeStroke {
	readonly colour: string;
	readonly width: number;
	readonly opacity: number;
	/** Empty means solid. */
	readonly dash: readonly number[];
}

/** Of an arrow's head, in the drawing's units. */
export const headLength = 7;
export const headWidth = 6.8;

export type EdgeLook = Pick<SceneEdge, "manual" | "raises" | "share"> & Partial<Pick<SceneEdge, "side">>;

const raises: readonly number[] = [];
const lowers = [6, 3.5];
const byHand = [1.5, 4];

/** So many edges that are seen together are drawn as they are; where there are more, the weaker step back behind the strong. */
const unfaded = 250;

/** How far weak edges fade: 0 where few are seen together. */
export const fadeOf = (edges: number): number => Math.min(1.2, Math.max(0, Math.log10(edges / unfaded)));

/** Solid raises, dashed lowers; stronger is wider, and more opaque where there is more than black and white. */
export function edgeStroke(edge: EdgeLook, theme: Theme, fade = 0): EdgeStroke {
	if (edge.manual) return { colour: theme.quiet, width: 1.6, opacity: theme.pure ? 1 : 0.9, dash: byHand };
	const [sign, dash] = edge.raises ? [theme.raise, raises] : [theme.lower, lowers];
	// Where circuits are compared, the dash alone tells the sign.
	const colour = edge.side ? theme.sides[edge.side] : sign;
	if (theme.pure) return { colour, width: 0.25 + 2.5 * edge.share ** 0.75, opacity: 1, dash };
	const opacity = Math.max(0.03, (0.14 + 0.8 * Math.sqrt(edge.share)) ** (1 + fade));
	return { colour, width: 0.7 + 2 * edge.share, opacity, dash };
}
