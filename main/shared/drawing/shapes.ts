import { escapeXml } from "./svg-text.ts";

/** What drawings are made of, in plain data: written as SVG here and painted on the canvas by the renderer. */
export type Shape = RectShape | TextShape | LineShape;

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

export function writeSvg(shapes: readonly Shape[]): string {
	return shapes.map(writeShape).join("");
}

function writeShape(shape: Shape): string {
	switch (shape.type) {
		case "rect": {
			const { x, y, width, height, radius, fill, opacity, stroke, lineWidth, dash, dots } = shape;
			const at = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
			const outline = stroke === undefined ? "" : ` stroke="${stroke}" stroke-width="${lineWidth ?? 1}"`;
			const dashes = dash ? ` stroke-dasharray="${dash.join(" ")}"` : "";
			return `<rect ${at}${radius ? ` rx="${radius}"` : ""} fill="${fill ?? "none"}"${opacity === undefined ? "" : ` fill-opacity="${round(opacity)}"`}${outline}${dashes}${dots ? ' stroke-linecap="round"' : ""}/>`;
		}
		case "line": {
			const { x1, y1, x2, y2, stroke, lineWidth } = shape;
			return `<path d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" stroke="${stroke}" stroke-width="${lineWidth}"/>`;
		}
		case "text": {
			const { x, y, text: content, size, fill, bold, italic, align } = shape;
			const anchor = align === undefined ? "" : ` text-anchor="${align}"`;
			// Isolated, so that a token that is written from right to left stays in its place.
			return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}"${bold ? ' font-weight="600"' : ""}${italic ? ' font-style="italic"' : ""}${anchor} xml:space="preserve" style="unicode-bidi:isolate">${escapeXml(content)}</text>`;
		}
	}
}

const round = (number: number) => Math.round(number * 100) / 100;
