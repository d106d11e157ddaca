import type { Box } from "./box.ts";
import type { Drawing } from "./drawing.ts";
import type { Shape } from "./shapes.ts";

/** A page as it is printed, in points. */
export interface Page {
	readonly width: number;
	readonly height: number;
	/** What it is called: `A1`, `map`. */
	readonly label: string;
	/** The part of the drawing that it shows; absent on the map. */
	readonly view?: PageView;
	/** Over it, in the page's own points. */
	readonly marks: readonly Shape[];
}

export interface PageView {
	/** Points a unit of the drawing. */
	readonly scale: number;
	/** Where the drawing's own corner lies on the page; mostly outside. */
	readonly x: number;
	readonly y: number;
	/** What is seen of it, on the page. */
	readonly clip: Box;
}

/** The whole drawing on one page of its own size. */
export function buildSinglePage(drawing: Drawing, scale: number): Page {
	const [width, height] = [drawing.width * scale, drawing.height * scale];
	return { width, height, label: "1", marks: [], view: { scale, x: 0, y: 0, clip: { x: 0, y: 0, width, height } } };
}
