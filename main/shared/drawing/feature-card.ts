import type { CircuitNode } from "../circuit.ts";
import { showEffect } from "../effect.ts";
import type { FeatureContext, FeatureFacts, TokenEffect } from "../feature-facts.ts";
import { hasPosition, withoutPosition } from "../node-id.ts";
import type { Box, Size } from "./box.ts";
import { describeJoined } from "./card-content.ts";
import { hatch, rungs } from "./hatching.ts";
import { type NodeStyle, nodeStyle } from "./node-style.ts";
import { type RectShape, type Shape, text, usualSize } from "./shapes.ts";
import { cellWidth, countCells, cutText, formatNumber, showToken } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** What a card shows beside the node itself. */
export interface CardContent {
	readonly facts?: FeatureFacts;
	/** Text of the prompt's token at the node's position, or of the node's own token. */
	readonly token: string;
	/** What the node does to the target; positive raises it. */
	readonly effect: number;
	/** What the feature is called. */
	readonly label?: string;
	/** The label is not a person's own, and is drawn so. */
	readonly labelIsPublished?: boolean;
	/** Positions that are drawn as one. */
	readonly folded?: number;
}

/** A node as a card: one of a circuit, or many nodes under one name. */
export type CardNode = Pick<CircuitNode, "id" | "site" | "position" | "joined" | "activation" | "attribution"> & {
	readonly kind: CircuitNode["kind"] | "group";
};

/** Everything that is known of a feature, or its name alone: what fits many to a page. */
export const cardDetails = ["full", "compact"] as const;
export type CardDetail = (typeof cardDetails)[number];

const featureWidth = 212;
const smallWidth = 104;
const compactWidth = { feature: 128, small: 72 };
const padding = 9;
const rowHeight = 15;
const shownContexts = 2;

/** Rows of a card from top to bottom; the size follows from them alone. */
function listRows(
	node: Pick<CardNode, "kind">,
	{ facts }: Pick<CardContent, "facts">,
): readonly ("title" | "context" | "raises" | "lowers")[] {
	if ((node.kind !== "feature" && node.kind !== "group") || !facts) return ["title"];
	return [
		"title",
		...facts.contexts.slice(0, shownContexts).map(() => "context" as const),
		...(facts.raises.length > 0 ? (["raises"] as const) : []),
		...(facts.lowers.length > 0 ? (["lowers"] as const) : []),
	];
}

/** A card's size with what is known of its feature. */
export function measureCard(node: Pick<CardNode, "kind">, content: Pick<CardContent, "facts">): Size {
	return sizeOfRows(node.kind, listRows(node, content).length);
}

/** A card's size when everything is known of its feature: what the canvas reserves, so that nothing jumps later. */
export function measureFullCard(
	{ kind, bare }: { readonly kind: CardNode["kind"]; readonly bare?: true },
	detail: CardDetail = "full",
): Size {
	if (detail === "compact")
		return { width: kind === "feature" || kind === "group" ? compactWidth.feature : compactWidth.small, height: 30 };
	return sizeOfRows(kind, (kind === "feature" || kind === "group") && !bare ? 3 + shownContexts : 1);
}

function sizeOfRows(kind: CardNode["kind"], rows: number): Size {
	const width = kind === "feature" || kind === "group" ? featureWidth : smallWidth;
	return { width, height: 30 + (rows - 1) * rowHeight + (rows > 1 ? 6 : 0) };
}

/** The card with its upper left corner at the origin. */
export function drawCard(
	node: CardNode,
	content: CardContent,
	theme: Theme,
	size: Size = measureCard(node, content),
	detail: CardDetail = "full",
): readonly Shape[] {
	const shapes: Shape[] = [...drawFrame(node, size, theme)];
	if (detail === "compact" && (node.kind === "feature" || node.kind === "group"))
		return [...shapes, ...drawCompactTitle(node, content, size.width, theme)];
	shapes.push(...drawTitle(node, content, size.width, theme));
	let y = 34;
	let context = 0;
	for (const row of listRows(node, content)) {
		if (row === "title") continue;
		if (y + rowHeight > size.height) break;
		if (row === "context") shapes.push(...drawContext(content.facts?.contexts[context++] as FeatureContext, y, theme));
		else shapes.push(...drawEffects(content.facts?.[row] ?? [], y, row, theme));
		y += rowHeight;
	}
	return shapes;
}

export function styleOf(node: Pick<CardNode, "kind" | "site">): NodeStyle | "group" {
	return node.kind === "group" ? "group" : nodeStyle({ ...node, kind: node.kind });
}

export function colourOf(node: Pick<CardNode, "kind" | "site">, theme: Theme): string {
	const style = styleOf(node);
	return style === "group" ? theme.text : theme.kinds[style];
}

/** Attention and MLP solid, residual dashed, errors dotted; tokens are round, logits and groups have a double outline. */
export function drawFrame(node: CardNode, { width, height }: Size, theme: Theme): readonly Shape[] {
	const stroke = colourOf(node, theme);
	const residual = node.kind === "feature" && nodeStyle({ ...node, kind: node.kind }) === "resid";
	const frame: RectShape = {
		type: "rect",
		x: 0,
		y: 0,
		width,
		height,
		radius: node.kind === "token" ? height / 2 : 4,
		fill: theme.card,
		stroke,
		lineWidth: 1.4,
		...(node.kind === "error" && { dash: [1.5, 3], dots: true }),
		...(residual && { dash: [6, 3] }),
	};
	if (node.kind === "feature") return [frame, ...drawBar(node, height, stroke, theme)];
	if (node.kind === "logit" || node.kind === "group") {
		const inner = { x: 3, y: 3, width: width - 6, height: height - 6, radius: 2 };
		return [frame, { type: "rect", ...inner, stroke, lineWidth: 0.7 }];
	}
	return [frame];
}

/** The bar at a feature's side; where there is no colour, attention's is solid, an MLP's hatched, the stream's a ladder. */
function drawBar(node: CardNode, height: number, stroke: string, theme: Theme): readonly Shape[] {
	const style = nodeStyle({ ...node, kind: "feature" });
	if (!theme.pure || style === "attn")
		return [{ type: "line", x1: 0.7, y1: 4, x2: 0.7, y2: height - 4, stroke, lineWidth: 4 }];
	const bar = { x: -1.3, y: 4, width: 5.5, height: height - 8 };
	const pattern = style === "mlp" ? hatch(bar, 1.9, stroke, 0.7) : rungs(bar, 3.4, stroke, 1.2);
	return [{ type: "rect", ...bar, fill: theme.card, stroke, lineWidth: 0.5 }, pattern];
}

/** Name and place above; what it is called, or its token and attribution, below. */
function drawCompactTitle(node: CardNode, content: CardContent, width: number, theme: Theme): readonly Shape[] {
	const { token, label, labelIsPublished, folded } = content;
	const room = (size: number) => Math.floor((width - 2 * padding) / (size * cellWidth));
	const at = node.kind === "group" ? "" : folded === undefined ? placeOf(node) : `×${folded}`;
	const name = node.kind === "group" ? (label ?? node.id) : withoutPosition(node.id);
	const shown = cutText(name, room(9.5) - (at === "" ? 0 : at.length + 1));
	const effect = showEffect(content.effect);
	const second =
		label !== undefined && node.kind !== "group"
			? cutText(label, room(8))
			: `${cutText(node.kind === "group" ? token : showToken(token), room(8) - effect.length - 2)}  ${effect}`;
	return [
		text(padding, 13, shown, theme.text, { bold: true }),
		...(at === "" ? [] : [text(width - 6, 13, at, theme.quiet, { size: 8, align: "end" })]),
		text(padding, 24, second, label === undefined || labelIsPublished ? theme.quiet : theme.text, {
			size: 8,
			...(labelIsPublished && { italic: true }),
		}),
	];
}

const placeOf = ({ id, position }: CardNode): string => (hasPosition(id) ? `@${position}` : "");

function drawTitle(node: CardNode, content: CardContent, width: number, theme: Theme): readonly Shape[] {
	const { token, label, labelIsPublished, folded } = content;
	const room = (cells: number, size = usualSize) => Math.floor(cells / (size * cellWidth));
	const chip =
		folded !== undefined ? `${folded} positions` : hasPosition(node.id) ? cutText(showToken(token), 9) : "any token";
	if (node.kind === "group")
		return [
			text(padding, 13.5, cutText(label ?? node.id, room(width - 2 * padding, 10.5)), theme.text, {
				bold: true,
				size: 10.5,
			}),
			text(padding, 24.5, `${token}  ${showEffect(content.effect)}`, theme.quiet, { size: 7.8 }),
		];
	if (node.kind === "token" || node.kind === "logit") {
		const second = node.kind === "logit" ? `logit ${formatNumber(node.activation)}` : `position ${node.position}`;
		const shown = cutText(showToken(token), room(width - 2 * padding));
		return [
			text(width / 2, 13.5, shown, theme.text, { bold: true, align: "middle" }),
			text(width / 2, 24, second, theme.quiet, { size: 7.5, align: "middle" }),
		];
	}
	const name = withoutPosition(node.id);
	const at = folded === undefined ? placeOf(node) : "";
	if (node.kind === "error") {
		const place =
			node.joined !== undefined && folded === undefined ? describeJoined(node.joined) : `${at} ${chip}`.trim();
		return [
			text(width / 2, 13.5, name, theme.quiet, { align: "middle", size: fitSize(name, width - 10) }),
			text(width / 2, 24, place, theme.quiet, { size: fitSize(place, width - 10, 7.5), align: "middle" }),
		];
	}
	const chipWidth = countCells(chip) * 8 * cellWidth + 8;
	const numbers = `a ${formatNumber(node.activation)}  ${showEffect(content.effect)}`;
	const left = width - padding - chipWidth;
	const second = label === undefined ? numbers : cutText(label, room(left - 30 - padding, 8.4));
	return [
		text(padding, 13.5, name, theme.text, { bold: true, size: 10.5 }),
		label === undefined
			? text(padding, 24.5, second, theme.quiet, { size: 7.8 })
			: labelIsPublished
				? text(padding, 24.5, second, theme.quiet, { size: 8.4, italic: true })
				: text(padding, 24.5, second, theme.text, { size: 8.4 }),
		theme.pure
			? { type: "rect", x: left, y: 7, width: chipWidth, height: 13, radius: 2.5, stroke: theme.text, lineWidth: 0.5 }
			: { type: "rect", x: left, y: 7, width: chipWidth, height: 13, radius: 2.5, fill: theme.heat, opacity: 0.16 },
		text(left + chipWidth / 2, 16.4, chip, theme.text, { size: 8, align: "middle" }),
		...(at === "" ? [] : [text(left - 5, 16.4, at, theme.quiet, { size: 8, align: "end" })]),
	];
}

/** The usual size of letters, or a smaller one where a name would not fit. */
function fitSize(name: string, width: number, usual = usualSize): number {
	return Math.min(usual, Math.floor((10 * width) / (countCells(name) * cellWidth)) / 10);
}

/** Tokens side by side around the strongest, each on a ground as blue as it is active. */
function drawContext({ tokens, activations, peak }: FeatureContext, y: number, theme: Theme): readonly Shape[] {
	const cell = 8 * cellWidth;
	const room = Math.floor((featureWidth - 2 * padding) / cell);
	const shown = tokens.map((token) =>
		cutText(
			token.startsWith(" ") || token === ""
				? ` ${showToken(token.slice(1))}`.slice(token === "" ? 1 : 0)
				: showToken(token),
			14,
		),
	);
	let [first, last] = [peak, peak];
	let used = countCells(shown[peak] ?? "");
	for (let grown = true; grown; ) {
		grown = false;
		for (const side of [first - 1, last + 1]) {
			const cells = shown[side] === undefined ? Number.POSITIVE_INFINITY : countCells(shown[side]);
			if (used + cells > room) continue;
			used += cells;
			grown = true;
			if (side < first) first = side;
			else last = side;
		}
	}
	const strongest = Math.max(...activations, 1e-9);
	let x = padding;
	const grounds: Shape[] = [];
	const letters: Shape[] = [];
	for (let i = first; i <= last; i++) {
		const width = countCells(shown[i] ?? "") * cell;
		const heat = (activations[i] ?? 0) / strongest;
		if (heat > 0.02 && width > 0) grounds.push(drawHeat({ x, y: y - 1, width, height: 12 }, heat, theme));
		letters.push(text(x, y + 8, shown[i] ?? "", theme.text, { size: 8 }));
		x += width;
	}
	return [...grounds, ...letters];
}

/** A ground as strong as an activation: a shade, or strokes as close to one another. */
function drawHeat(box: Box, heat: number, theme: Theme): Shape {
	if (theme.pure) return hatch(box, 1.6 + 6 * (1 - heat), theme.heat, 0.3);
	return { type: "rect", ...box, fill: theme.heat, opacity: 0.08 + 0.5 * heat };
}

function drawEffects(
	effects: readonly TokenEffect[],
	y: number,
	row: "raises" | "lowers",
	theme: Theme,
): readonly Shape[] {
	const isHatched = theme.pure === true && row === "lowers";
	const cell = 8 * cellWidth;
	let x = padding;
	const shapes: Shape[] = [];
	for (const { token } of effects) {
		const shown = cutText(showToken(token), 12);
		const width = countCells(shown) * cell + 6;
		if (x + width > featureWidth - padding) break;
		const box = { x, y: y - 1, width, height: 12 };
		if (isHatched)
			shapes.push(
				{ type: "rect", ...box, radius: 2, fill: theme.card, stroke: theme.lower, lineWidth: 0.6 },
				hatch({ x: x + 1, y, width: width - 2, height: 10 }, 3, theme.lower, 0.25),
				text(x + 3, y + 8, shown, theme.text, { size: 8 }),
			);
		else
			shapes.push(
				{ type: "rect", ...box, radius: 2, fill: row === "raises" ? theme.raise : theme.lower },
				text(x + 3, y + 8, shown, theme.onSign, { size: 8 }),
			);
		x += width + 3;
	}
	return shapes;
}
