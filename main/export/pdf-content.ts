import type { Shape, TextShape } from "#shared/drawing/shapes";
import type { PdfFonts } from "./pdf-fonts.ts";

/** What a page needs beside its operators. */
export interface PdfResources {
	readonly fonts: PdfFonts;
	/** Sets opacities for strokes and fills; returns the operator. */
	setOpacity(fill: number, stroke: number): string;
}

/** Length of a quarter of a circle's handles, as a share of its radius. */
const circle = 0.5523;

/** Shapes as PDF operators; y grows downwards, as in the drawing. */
export function writePdfShapes(shapes: readonly Shape[], resources: PdfResources): string {
	return shapes.map((shape) => writeShape(shape, resources)).join("");
}

function writeShape(shape: Shape, resources: PdfResources): string {
	switch (shape.type) {
		case "rect": {
			const { fill, stroke, opacity = 1, lineWidth = 1, dash, dots } = shape;
			const paint = fill !== undefined && stroke !== undefined ? "B" : fill !== undefined ? "f" : "S";
			if (fill === undefined && stroke === undefined) return "";
			return [
				...(opacity === 1 ? [] : ["q", resources.setOpacity(opacity, 1)]),
				...(fill === undefined ? [] : [`${colour(fill)} rg`]),
				...(stroke === undefined ? [] : [writePen(stroke, lineWidth, dash, dots)]),
				outlineRect(shape),
				paint,
				...(opacity === 1 ? [] : ["Q"]),
				"",
			].join("\n");
		}
		case "line":
			return `${writePen(shape.stroke, shape.lineWidth)}\n${n(shape.x1)} ${n(shape.y1)} m ${n(shape.x2)} ${n(shape.y2)} l S\n`;
		case "segments": {
			const { points, stroke, lineWidth, dash } = shape;
			let path = "";
			for (let i = 0; i + 3 < points.length; i += 4)
				path += `${n(points[i])} ${n(points[i + 1])} m ${n(points[i + 2])} ${n(points[i + 3])} l\n`;
			return path === "" ? "" : `${writePen(stroke, lineWidth, dash)}\n${path}S\n`;
		}
		case "curve": {
			const { points, stroke, lineWidth, opacity = 1, dash } = shape;
			const [x, y, ...rest] = points.map(n);
			const path = `${writePen(stroke, lineWidth, dash)}\n${x} ${y} m ${rest.join(" ")} c S`;
			return opacity === 1 ? `${path}\n` : `q\n${resources.setOpacity(1, opacity)}\n${path}\nQ\n`;
		}
		case "polygon": {
			const { points, fill, opacity = 1 } = shape;
			let path = "";
			for (let i = 0; i + 1 < points.length; i += 2)
				path += `${n(points[i])} ${n(points[i + 1])} ${i === 0 ? "m" : "l"} `;
			const drawn = `${colour(fill)} rg\n${path}f`;
			return opacity === 1 ? `${drawn}\n` : `q\n${resources.setOpacity(opacity, 1)}\n${drawn}\nQ\n`;
		}
		case "text":
			return writeText(shape, resources.fonts);
	}
}

function outlineRect({ x, y, width, height, radius = 0 }: Extract<Shape, { readonly type: "rect" }>): string {
	if (radius === 0) return `${n(x)} ${n(y)} ${n(width)} ${n(height)} re`;
	const r = Math.min(radius, width / 2, height / 2);
	const k = r * (1 - circle);
	const [right, bottom] = [x + width, y + height];
	return [
		`${n(x + r)} ${n(y)} m ${n(right - r)} ${n(y)} l`,
		`${n(right - k)} ${n(y)} ${n(right)} ${n(y + k)} ${n(right)} ${n(y + r)} c`,
		`${n(right)} ${n(bottom - r)} l`,
		`${n(right)} ${n(bottom - k)} ${n(right - k)} ${n(bottom)} ${n(right - r)} ${n(bottom)} c`,
		`${n(x + r)} ${n(bottom)} l`,
		`${n(x + k)} ${n(bottom)} ${n(x)} ${n(bottom - k)} ${n(x)} ${n(bottom - r)} c`,
		`${n(x)} ${n(y + r)} l`,
		`${n(x)} ${n(y + k)} ${n(x + k)} ${n(y)} ${n(x + r)} ${n(y)} c h`,
	].join("\n");
}

function writePen(stroke: string, lineWidth: number, dash: readonly number[] = [], dots = false): string {
	return `${colour(stroke)} RG ${n(lineWidth)} w ${dots ? 1 : 0} J [${dash.map(n).join(" ")}] 0 d`;
}

/** Letters as text of embedded fonts, so that they can be searched and copied. */
function writeText(shape: TextShape, fonts: PdfFonts): string {
	const { text, size, fill, x, y, align } = shape;
	const set = fonts.typesetter.set(text, shape);
	const left = x - (align === undefined ? 0 : (align === "middle" ? set.width / 2 : set.width) * size);
	const parts = set.runs.map((run) => {
		const across = left + run.x * size * set.squeeze;
		const shown = fonts.show(run, size);
		const drawn = `/${shown.name} ${n(size)} Tf ${n(set.squeeze)} 0 0 -1 ${n(across)} ${n(y)} Tm ${shown.operator}`;
		return run.isShaped ? `/Span <</ActualText <${utf16(run.text)}>>> BDC ${drawn} EMC` : drawn;
	});
	return parts.length === 0 ? "" : `BT ${colour(fill)} rg\n${parts.join("\n")}\nET\n`;
}

function utf16(text: string): string {
	return `feff${Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, "0")).join("")}`;
}

const known = new Map<string, string>();

/** `#2347d8` as three shares. */
function colour(hex: string): string {
	const before = known.get(hex);
	if (before !== undefined) return before;
	const shares = [1, 3, 5].map((at) => n(Number.parseInt(hex.slice(at, at + 2), 16) / 255)).join(" ");
	known.set(hex, shares);
	return shares;
}

/** Numbers without exponents, which PDF does not know. */
function n(number: number | undefined): string {
	return String(Math.round((number ?? 0) * 1000) / 1000);
}
