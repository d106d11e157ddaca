/** What drawings are made of, in plain data: written as SVG or PDF by main/export and painted on the canvas by the renderer. */
export type Shape = RectShape | TextShape | LineShape | SegmentsShape | CurveShape | PolygonShape;

export interface RectShape {
	readonly type: "rect";
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
	readonly radius?: number;
	readonly fill?: string;
	readonly opacity?: number;
	readonly stroke?: string;
	readonly lineWidth?: number;
	readonly dash?: readonly number[];
	/** Round ends: dashes become dots. */
	readonly dots?: boolean;
}

export interface TextShape {
	readonly type: "text";
	readonly x: number;
	/** Of the baseline. */
	readonly y: number;
	readonly text: string;
	readonly size: number;
	readonly fill: string;
	readonly bold?: boolean;
	readonly italic?: boolean;
	readonly align?: "middle" | "end";
}

export interface LineShape {
	readonly type: "line";
	readonly x1: number;
	readonly y1: number;
	readonly x2: number;
	readonly y2: number;
	readonly stroke: string;
	readonly lineWidth: number;
}

/** Straight strokes of one kind: hatching, crop marks. */
export interface SegmentsShape {
	readonly type: "segments";
	/** x1 y1 x2 y2 of each in turn. */
	readonly points: readonly number[];
	readonly stroke: string;
	readonly lineWidth: number;
	readonly dash?: readonly number[];
}

/** A cubic Bézier curve: x1 y1, its two handles, x2 y2. */
export interface CurveShape {
	readonly type: "curve";
	readonly points: readonly [number, number, number, number, number, number, number, number];
	readonly stroke: string;
	readonly lineWidth: number;
	readonly opacity?: number;
	readonly dash?: readonly number[];
}

export interface PolygonShape {
	readonly type: "polygon";
	/** x y of each corner in turn. */
	readonly points: readonly number[];
	readonly fill: string;
	readonly opacity?: number;
}

interface TextStyle {
	readonly bold?: boolean;
	readonly italic?: boolean;
	readonly align?: "middle" | "end";
	readonly size?: number;
}

export const usualSize = 9.5;

export function text(x: number, y: number, content: string, fill: string, style: TextStyle = {}): TextShape {
	return { type: "text", x, y, text: content, fill, size: usualSize, ...style };
}

/** The same elsewhere. */
export function moveShape(shape: Shape, dx: number, dy: number): Shape {
	switch (shape.type) {
		case "rect":
		case "text":
			return { ...shape, x: shape.x + dx, y: shape.y + dy };
		case "line":
			return { ...shape, x1: shape.x1 + dx, x2: shape.x2 + dx, y1: shape.y1 + dy, y2: shape.y2 + dy };
		case "curve":
			return { ...shape, points: moved(shape.points, dx, dy) as unknown as typeof shape.points };
		default:
			return { ...shape, points: moved(shape.points, dx, dy) };
	}
}

const moved = (points: readonly number[], dx: number, dy: number) =>
	points.map((value, i) => value + (i % 2 === 0 ? dx : dy));
