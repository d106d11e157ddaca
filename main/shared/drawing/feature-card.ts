import type { CircuitNode } from "../circuit.ts";
import type { FeatureContext, FeatureFacts, TokenEffect } from "../feature-facts.ts";
import { withoutPosition } from "../node-id.ts";
import type { Size } from "./circuit-layout.ts";
import { nodeStyle } from "./node-style.ts";
import { type RectShape, type Shape, text, usualSize } from "./shapes.ts";
import { cellWidth, countCells, cutText, formatNumber, showToken } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** What a card shows beside the node itself. */
export interface CardContent {
	readonly facts?: FeatureFacts;
	/** Text of the prompt's token at the node's position, or of the node's own token. */
	readonly token: string;
	/** What the feature is called. */
	readonly label?: string;
	/** The label is not a person's own, and is drawn so. */
	readonly labelIsPublished?: boolean;
	/** Positions that are drawn as one. */
	readonly folded?: number;
}

/** A node as a card: one of a circuit, or many nodes under one name. */
export type CardNode = Pick<CircuitNode, "id" | "site" | "position" | "activation" | "attribution"> & {
	readonly kind: CircuitNode["kind"] | "group";
};

const featureWidth = 212;
const smallWidth = 104;
const padding = 9;
const rowHeight = 15;
const shownContexts = 2;

/** Rows of a card from top to bottom; the size follows from them alone. */
function listRows(node: CardNode, { facts }: CardContent): readonly ("title" | "context" | "raises" | "lowers")[] {
	if (node.kind !== "feature" || !facts) return ["title"];
	return [
		"title",
		...facts.contexts.slice(0, shownContexts).map(() => "context" as const),
		...(facts.raises.length > 0 ? (["raises"] as const) : []),
		...(facts.lowers.length > 0 ? (["lowers"] as const) : []),
	];
}

export function measureCard(node: CardNode, content: CardContent): Size {
	return sizeOfRows(node.kind, listRows(node, content).length);
}

/** A card's size when everything is known of its feature: what the canvas reserves, so that nothing jumps later. */
export function measureFullCard(kind: CardNode["kind"]): Size {
	return sizeOfRows(kind, kind === "feature" ? 3 + shownContexts : 1);
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
): readonly Shape[] {
	const shapes: Shape[] = [...drawFrame(node, size, theme), ...drawTitle(node, content, size.width, theme)];
	let y = 34;
	let context = 0;
	for (const row of listRows(node, content)) {
		if (row === "title") continue;
		if (row === "context") shapes.push(...drawContext(content.facts?.contexts[context++] as FeatureContext, y, theme));
		else
			shapes.push(...drawEffects(content.facts?.[row] ?? [], y, row === "raises" ? theme.raise : theme.lower, theme));
		y += rowHeight;
	}
	return shapes;
}

export function colourOf(node: Pick<CardNode, "kind" | "site">, theme: Theme): string {
	return node.kind === "group" ? theme.text : theme.kinds[nodeStyle({ ...node, kind: node.kind })];
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
	if (node.kind === "feature")
		return [frame, { type: "line", x1: 0.7, y1: 4, x2: 0.7, y2: height - 4, stroke, lineWidth: 4 }];
	if (node.kind === "logit" || node.kind === "group") {
		const inner = { x: 3, y: 3, width: width - 6, height: height - 6, radius: 2 };
		return [frame, { type: "rect", ...inner, stroke, lineWidth: 0.7 }];
	}
	return [frame];
}

function drawTitle(node: CardNode, content: CardContent, width: number, theme: Theme): readonly Shape[] {
	const { token, label, labelIsPublished, folded } = content;
	const room = (cells: number, size = usualSize) => Math.floor(cells / (size * cellWidth));
	const chip = folded === undefined ? cutText(showToken(token), 9) : `${folded} positions`;
	if (node.kind === "group")
		return [
			text(padding, 13.5, cutText(label ?? node.id, room(width - 2 * padding, 10.5)), theme.text, {
				bold: true,
				size: 10.5,
			}),
			text(padding, 24.5, `${token}  ∂ ${formatNumber(node.attribution)}`, theme.quiet, { size: 7.8 }),
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
	const at = folded === undefined ? `@${node.position}` : "";
	if (node.kind === "error")
		return [
			text(width / 2, 13.5, name, theme.quiet, { align: "middle" }),
			text(width / 2, 24, `${at} ${chip}`.trim(), theme.quiet, { size: 7.5, align: "middle" }),
		];
	const chipWidth = countCells(chip) * 8 * cellWidth + 8;
	const numbers = `a ${formatNumber(node.activation)}  ∂ ${formatNumber(node.attribution)}`;
	const left = width - padding - chipWidth;
	const second = label === undefined ? numbers : cutText(label, room(left - 30 - padding, 8.4));
	return [
		text(padding, 13.5, name, theme.text, { bold: true, size: 10.5 }),
		label === undefined
			? text(padding, 24.5, second, theme.quiet, { size: 7.8 })
			: labelIsPublished
				? text(padding, 24.5, second, theme.quiet, { size: 8.4, italic: true })
				: text(padding, 24.5, second, theme.text, { size: 8.4 }),
		{ type: "rect", x: left, y: 7, width: chipWidth, height: 13, radius: 2.5, fill: theme.heat, opacity: 0.16 },
		text(left + chipWidth / 2, 16.4, chip, theme.text, { size: 8, align: "middle" }),
		...(at === "" ? [] : [text(left - 5, 16.4, at, theme.quiet, { size: 8, align: "end" })]),
	];
}

/** Tokens side by side around the strongest, each on a ground as blue as it is active. */
function drawContext({ tokens, activations, peak }: FeatureContext, y: number, theme: Theme): readonly Shape[] {
	const cell = 8 * cellWidth;
	const room = Math.floor((featureWidth - 2 * padding) / cell);
	const shown = tokens.map((token) =>
		cutText(
			token.replace(/\s/g, (space) => (space === " " ? " " : "↵")),
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
		if (heat > 0.02)
			grounds.push({ type: "rect", x, y: y - 1, width, height: 12, fill: theme.heat, opacity: 0.08 + 0.5 * heat });
		letters.push(text(x, y + 8, shown[i] ?? "", theme.text, { size: 8 }));
		x += width;
	}
	return [...grounds, ...letters];
}

function drawEffects(effects: readonly TokenEffect[], y: number, fill: string, theme: Theme): readonly Shape[] {
	const cell = 8 * cellWidth;
	let x = padding;
	const shapes: Shape[] = [];
	for (const { token } of effects) {
		const shown = cutText(showToken(token), 12);
		const width = countCells(shown) * cell + 6;
		if (x + width > featureWidth - padding) break;
		shapes.push(
			{ type: "rect", x, y: y - 1, width, height: 12, radius: 2, fill },
			text(x + 3, y + 8, shown, theme.onSign, { size: 8 }),
		);
		x += width + 3;
	}
	return shapes;
}
