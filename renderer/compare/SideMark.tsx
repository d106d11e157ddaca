import { useCallback } from "react";
import type { Side } from "#shared/compare-circuits";
import { drawMark } from "#shared/drawing/node-mark";
import { moveShape } from "#shared/drawing/shapes";
import type { Theme } from "#shared/drawing/theme";
import { Drawn } from "../canvas/Drawn.tsx";

/** Colour and form of what one circuit has, or both, as the canvas draws it. */
export function SideMark({ side }: { readonly side: Side }) {
	const draw = useCallback((theme: Theme) => [moveShape(drawMark(side, 4.5, theme), 8, 7)], [side]);
	return <Drawn className="side-mark" width={16} height={14} draw={draw} />;
}
