import type { Box } from "./box.ts";
import type { Shape } from "./shapes.ts";

/** A thing that is drawn whole: a card, an edge, a lane, a note, or a part of the frame around them. */
export interface DrawnItem {
	readonly kind: "lane" | "edge" | "node" | "note" | "frame";
	/** Where its own origin lies. */
	readonly x: number;
	readonly y: number;
	/** Of its own units; absent means 1. */
	readonly scale?: number;
	readonly shapes: readonly Shape[];
	/** What it covers, in the drawing's units. */
	readonly box: Box;
	/** What it is, for who points at it or listens. */
	readonly title?: string;
}

/** A picture in plain data, in units of 1/72 inch where it is printed one to one: SVG, PDF and pixels are made of it. */
export interface Drawing {
	readonly width: number;
	readonly height: number;
	/** Null where the paper is to be seen. */
	readonly background: string | null;
	/** What lies below comes first. */
	readonly items: readonly DrawnItem[];
	readonly title: string;
}
