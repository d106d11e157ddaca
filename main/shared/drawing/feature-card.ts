import type { CircuitNode } from "../circuit.ts";
import { showEffect } from "../effect.ts";
import { type FeatureContext, type FeatureFacts, tellingEffects } from "../feature-facts.ts";
import type { NameKind, NodeName } from "../naming.ts";
import { hasPosition, withoutPosition } from "../node-id.ts";
import type { Size } from "./box.ts";
import { describeJoined } from "./card-content.ts";
import { drawContext, drawEffects, type RowPlace } from "./card-rows.ts";
import { hatch, rungs } from "./hatching.ts";
import { type NodeStyle, nodeStyle } from "./node-style.ts";
import { type RectShape, type Shape, type TextShape, text, usualSize } from "./shapes.ts";
import { cellWidth, countCells, cutText, formatNumber, showToken } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** What a card shows beside the node itself. */
export interface CardContent {
	readonly facts?: FeatureFacts;
	/** Text of the prompt's token at the node's position, or of the node's own token. */
	readonly token: string;
	/** What the node does to the target; positive raises it. */
	readonly effect: number;
	/** What the node is called. */
	readonly name: NodeName;
	/** Positions that are drawn as one. */
	readonly folded?: number;
	/** What stands in the effect's place: of two circuits that are compared both effects. */
	readonly effects?: string;
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
const paperRow: RowPlace = { left: padding, width: featureWidth, size: 8, ground: 12, baseline: 8 };

/** Rows of a card from top to bottom; the size follows from them alone. */
function listRows(
	node: Pick<CardNode, "kind">,
	{ facts }: Pick<CardContent, "facts">,
): readonly ("title" | "context" | "raises" | "lowers")[] {
	if ((node.kind !== "feature" && node.kind !== "group") || !facts) return ["title"];
	return [
		"title",
		...facts.contexts.slice(0, shownContexts).map(() => "context" as const),
		...(tellingEffects(facts.raises, "raises").length > 0 ? (["raises"] as const) : []),
		...(tellingEffects(facts.lowers, "lowers").length > 0 ? (["lowers"] as const) : []),
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
		if (row === "context")
			shapes.push(...drawContext(content.facts?.contexts[context++] as FeatureContext, y, theme, paperRow));
		else shapes.push(...drawEffects(tellingEffects(content.facts?.[row] ?? [], row), y, row, theme, paperRow));
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

/** A person's word is bold, a published one slanted; phrases and ids are plain. */
export function nameStyle(kind: NameKind): Pick<TextShape, "bold" | "italic"> {
	return kind === "human" ? { bold: true } : kind === "published" ? { italic: true } : {};
}

/** Its name above; below its id and place, or of a group how many it holds, and its effect. */
function drawCompactTitle(node: CardNode, content: CardContent, width: number, theme: Theme): readonly Shape[] {
	const { token, name, folded } = content;
	const room = (size: number) => Math.floor((width - 2 * padding) / (size * cellWidth));
	const effect = showEffect(content.effect);
	const at = node.kind === "group" ? "" : folded === undefined ? placeOf(node) : `×${folded}`;
	const what = node.kind === "group" ? token : name.kind === "id" ? showToken(token) : withoutPosition(node.id);
	const first = cutText(name.text, room(usualSize) - (at === "" ? 0 : at.length + 1));
	return [
		text(padding, 13, first, theme.text, nameStyle(name.kind)),
		...(at === "" ? [] : [text(width - 6, 13, at, theme.quiet, { size: 8, align: "end" })]),
		text(padding, 24, `${cutText(what, room(8) - effect.length - 2)}  ${effect}`, theme.quiet, { size: 8 }),
	];
}

const placeOf = ({ id, position }: CardNode): string => (hasPosition(id) ? `@${position}` : "");

function drawTitle(node: CardNode, content: CardContent, width: number, theme: Theme): readonly Shape[] {
	const { token, name, folded } = content;
	const room = (cells: number, size = usualSize) => Math.floor(cells / (size * cellWidth));
	const chip =
		folded !== undefined ? `${folded} positions` : hasPosition(node.id) ? cutText(showToken(token), 9) : "any token";
	if (node.kind === "group")
		return [
			text(padding, 13.5, cutText(name.text, room(width - 2 * padding, 10.5)), theme.text, {
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
	const at = folded === undefined ? placeOf(node) : "";
	if (node.kind === "error") {
		// As the canvas says it, where there is room for that.
		const id = countCells(name.text) <= mostOfError ? name.text : withoutPosition(node.id);
		const place =
			node.joined !== undefined && folded === undefined ? describeJoined(node.joined) : `${at} ${chip}`.trim();
		return [
			text(width / 2, 13.5, id, theme.quiet, { align: "middle", size: fitSize(id, width - 10) }),
			text(width / 2, 24, place, theme.quiet, { size: fitSize(place, width - 10, 7.5), align: "middle" }),
		];
	}
	const place = `${at} ${chip}`.trim();
	const chipWidth = countCells(place) * placeSize * cellWidth + 8;
	const left = width - padding - chipWidth;
	const effect = showEffect(content.effect);
	const id = withoutPosition(node.id);
	const second = name.kind === "id" ? `a ${formatNumber(node.activation)}  ${effect}` : `${id}  ${effect}`;
	const ground = { x: left, y: 18, width: chipWidth, height: 11.5, radius: 2.5 };
	return [
		text(padding, 13.5, cutText(name.text, room(width - 2 * padding, 10.5)), theme.text, {
			...nameStyle(name.kind),
			size: 10.5,
		}),
		text(padding, 26.5, cutText(second, room(left - padding - 4, placeSize)), theme.quiet, { size: placeSize }),
		theme.pure
			? { type: "rect", ...ground, stroke: theme.text, lineWidth: 0.5 }
			: { type: "rect", ...ground, fill: theme.heat, opacity: 0.16 },
		text(left + chipWidth / 2, 26.5, place, theme.text, { size: placeSize, align: "middle" }),
	];
}

/** Cells of an error's name that its card has room for. */
const mostOfError = 17;

/** Of what stands below a name. */
const placeSize = 8;

/** The usual size of letters, or a smaller one where a name would not fit. */
function fitSize(name: string, width: number, usual = usualSize): number {
	return Math.min(usual, Math.floor((10 * width) / (countCells(name) * cellWidth)) / 10);
}
