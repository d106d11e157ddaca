import { type Box, overlaps } from "#shared/drawing/box";
import { nameStyle } from "#shared/drawing/feature-card";
import type { SceneNode } from "#shared/drawing/scene";
import { screenLetter, wrapText } from "#shared/drawing/screen-card";
import type { TextShape } from "#shared/drawing/shapes";
import { cellWidth, countCells } from "#shared/drawing/svg-text";
import type { Theme } from "#shared/drawing/theme";
import { cutName, type NodeName } from "#shared/naming";
import { letterScale } from "./marks.ts";
import type { PaintOptions } from "./paint.ts";
import { fontOf } from "./paint-shapes.ts";

const mostLabels = 200;
const mostCells = 24;
const letter = () => screenLetter * letterScale();
const nameLine = () => letter() + 2;
/** Marks in view from which on names stand farther apart, so that the picture is still seen. */
const crowd = 250;

interface Label {
	readonly lines: readonly string[];
	readonly box: Box;
}

function placeLabel(lines: readonly string[], cx: number, y: number): Label {
	const width = Math.max(...lines.map(countCells)) * letter() * cellWidth + 6;
	return { lines, box: { x: cx - width / 2, y, width, height: lines.length * nameLine() + 1 } };
}

/** Names of the strongest marks, as many as fit without covering one another or a card. */
export function* paintNames(
	context: CanvasRenderingContext2D,
	marks: readonly SceneNode[],
	cards: readonly SceneNode[],
	{ scene, camera, density, theme, contentOf }: PaintOptions,
): Generator<undefined, void> {
	const { x: left, y: top, zoom } = camera;
	context.setTransform(density, 0, 0, density, 0, 0);
	context.textAlign = "center";
	const taken: Box[] = cards.map(({ x, y, width, height }) => ({
		...{ x: (x - left) * zoom, y: (y - top) * zoom },
		...{ width: width * zoom, height: height * zoom },
	}));
	const apart = marks.length > crowd ? Math.min(40, (18 * marks.length) / crowd) : 4;
	let painted = 0;
	for (const [i, one] of byImportance(marks).entries()) {
		if (painted >= mostLabels) return;
		if (i % 40 === 39) yield;
		const { name } = contentOf(one);
		const [cx, cy] = [(one.x + one.width / 2 - left) * zoom, (one.y + one.height / 2 - top) * zoom];
		const away = Math.max(5, 18 * zoom) + 1;
		const whole = cutName(nameOnCanvas(name, scene.columns.length > 0), mostCells);
		const narrow = wrapText(whole, Math.max(8, Math.ceil(countCells(whole) / 2) + 1));
		const label = [
			placeLabel([whole], cx, cy + away),
			...(marks.length > crowd ? [] : [placeLabel(narrow, cx, cy + away)]),
			placeLabel([whole], cx, cy - away - nameLine()),
		].find(({ box }) => !taken.some((other) => overlaps(other, box)));
		if (!label) continue;
		const { x, y, width, height } = label.box;
		taken.push({ x: x - apart, y: y - apart / 2, width: width + 2 * apart, height: height + apart });
		paintLabel(context, label, nameStyle(name.kind), theme);
		painted++;
	}
}

/** On a ground, so that it is read over edges and marks. */
function paintLabel(
	context: CanvasRenderingContext2D,
	{ lines, box }: Label,
	style: Pick<TextShape, "bold" | "italic">,
	theme: Theme,
): void {
	context.globalAlpha = 0.82;
	context.fillStyle = theme.background;
	context.beginPath();
	context.roundRect(box.x, box.y, box.width, box.height, 3);
	context.fill();
	context.globalAlpha = 1;
	context.fillStyle = theme.text;
	context.font = fontOf({ size: letter(), ...style });
	for (const [i, line] of lines.entries())
		context.fillText(line, box.x + box.width / 2, box.y + i * nameLine() + letter() - 0.5);
}

/** Lanes say of which layer a node is, and columns where. */
function nameOnCanvas({ at, ...name }: NodeName, hasColumns: boolean): NodeName {
	const place = name.kind === "plain" ? at : hasColumns ? undefined : at?.match(/@\d+$/)?.[0];
	return { ...name, ...(place !== undefined && { at: place }) };
}

/** More are not asked whether they have room. */
const mostAsked = 600;

/** Logits first, the others by strength; errors are marks alone. */
function byImportance(nodes: readonly SceneNode[]): readonly SceneNode[] {
	const weigh = ({ node }: SceneNode) =>
		node.kind === "logit" ? Number.POSITIVE_INFINITY : Math.abs(node.attribution);
	const named = nodes.filter(({ node }) => node.kind !== "error");
	const least = Float64Array.from(named, weigh).sort().at(-mostAsked) ?? 0;
	return named
		.filter((one) => weigh(one) >= least)
		.sort((a, b) => (weigh(a) === weigh(b) ? 0 : weigh(b) - weigh(a)))
		.slice(0, mostAsked);
}
