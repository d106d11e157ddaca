import type { Shape, TextShape } from "#shared/drawing/shapes";

/** Shapes as elements of SVG; how letters are written is for the caller to say. */
export function writeShapes(shapes: readonly Shape[], writeText: (shape: TextShape) => string): string {
	return shapes.map((shape) => writeShape(shape, writeText)).join("");
}

function writeShape(shape: Shape, writeText: (shape: TextShape) => string): string {
	switch (shape.type) {
		case "rect": {
			const { x, y, width, height, radius, fill, opacity, stroke, lineWidth, dash, dots } = shape;
			const at = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
			const outline = stroke === undefined ? "" : ` stroke="${stroke}" stroke-width="${lineWidth ?? 1}"`;
			return `<rect ${at}${radius ? ` rx="${round(radius)}"` : ""} fill="${fill ?? "none"}"${opacity === undefined ? "" : ` fill-opacity="${round(opacity)}"`}${outline}${writeDash(dash)}${dots ? ' stroke-linecap="round"' : ""}/>`;
		}
		case "line": {
			const { x1, y1, x2, y2, stroke, lineWidth } = shape;
			return `<path d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" stroke="${stroke}" stroke-width="${lineWidth}"/>`;
		}
		case "segments": {
			const { points, stroke, lineWidth, dash } = shape;
			const d = points.map((value, i) => `${i % 4 === 0 ? "M" : i % 4 === 2 ? "L" : " "}${round(value)}`).join("");
			return d === "" ? "" : `<path d="${d}" stroke="${stroke}" stroke-width="${lineWidth}"${writeDash(dash)}/>`;
		}
		case "curve": {
			const { points, stroke, lineWidth, opacity, dash } = shape;
			const [x1, y1, ...rest] = points.map(round);
			const shade = opacity === undefined || opacity === 1 ? "" : ` stroke-opacity="${round(opacity)}"`;
			return `<path d="M${x1} ${y1}C${rest.join(" ")}" fill="none" stroke="${stroke}" stroke-width="${round(lineWidth)}"${shade}${writeDash(dash)}/>`;
		}
		case "polygon": {
			const { points, fill, opacity } = shape;
			const shade = opacity === undefined || opacity === 1 ? "" : ` fill-opacity="${round(opacity)}"`;
			return `<path d="M${points.map(round).join(" ")}z" fill="${fill}"${shade}/>`;
		}
		case "text":
			return writeText(shape);
	}
}

const writeDash = (dash: readonly number[] | undefined) => (dash ? ` stroke-dasharray="${dash.join(" ")}"` : "");

const round = (number: number) => Math.round(number * 100) / 100;
