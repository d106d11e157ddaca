import type { Shape, TextShape } from "#shared/drawing/shapes";

export const monospace = '"JetBrains Mono Variable", "DejaVu Sans Mono", Menlo, Consolas, monospace';

/** As a canvas wants it. */
export const fontOf = ({ italic, bold, size }: Pick<TextShape, "italic" | "bold" | "size">) =>
	`${italic ? "italic " : ""}${bold ? "600 " : ""}${size}px ${monospace}`;

/** Drawings of `#shared/drawing` on a canvas: the same shapes that exports write as SVG. */
export function paintShapes(context: CanvasRenderingContext2D, shapes: readonly Shape[]): void {
	for (const shape of shapes) {
		if (shape.type === "rect") {
			const { x, y, width, height, radius = 0, fill, opacity = 1, stroke, lineWidth = 1, dash, dots } = shape;
			context.beginPath();
			if (radius > 0) context.roundRect(x, y, width, height, radius);
			else context.rect(x, y, width, height);
			if (fill !== undefined) {
				context.globalAlpha = opacity;
				context.fillStyle = fill;
				context.fill();
				context.globalAlpha = 1;
			}
			if (stroke !== undefined) {
				context.strokeStyle = stroke;
				context.lineWidth = lineWidth;
				context.lineCap = dots ? "round" : "butt";
				context.setLineDash(dash ? [...dash] : []);
				context.stroke();
				context.setLineDash([]);
			}
		} else if (shape.type === "text") {
			context.font = fontOf(shape);
			context.textAlign = shape.align === "middle" ? "center" : shape.align === "end" ? "right" : "left";
			context.direction = "ltr";
			context.fillStyle = shape.fill;
			context.fillText(shape.text, shape.x, shape.y);
		} else if (shape.type === "polygon") {
			context.fillStyle = shape.fill;
			context.globalAlpha = shape.opacity ?? 1;
			context.fill(tracePath(shape));
			context.globalAlpha = 1;
		} else {
			context.strokeStyle = shape.stroke;
			context.lineWidth = shape.lineWidth;
			context.globalAlpha = (shape.type === "curve" ? shape.opacity : undefined) ?? 1;
			context.setLineDash(shape.type === "line" ? [] : [...(shape.dash ?? [])]);
			context.stroke(tracePath(shape));
			context.setLineDash([]);
			context.globalAlpha = 1;
		}
	}
}

function tracePath(shape: Exclude<Shape, { readonly type: "rect" | "text" }>): Path2D {
	const path = new Path2D();
	if (shape.type === "line") {
		path.moveTo(shape.x1, shape.y1);
		path.lineTo(shape.x2, shape.y2);
		return path;
	}
	const { points } = shape;
	const at = (i: number) => points[i] ?? 0;
	if (shape.type === "curve") {
		path.moveTo(at(0), at(1));
		path.bezierCurveTo(at(2), at(3), at(4), at(5), at(6), at(7));
		return path;
	}
	for (let i = 0; i + 1 < points.length; i += 2) {
		const begins = shape.type === "polygon" ? i === 0 : i % 4 === 0;
		if (begins) path.moveTo(at(i), at(i + 1));
		else path.lineTo(at(i), at(i + 1));
	}
	if (shape.type === "polygon") path.closePath();
	return path;
}
