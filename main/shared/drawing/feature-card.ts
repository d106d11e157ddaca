import type { CircuitNode } from "../circuit.ts";
import type { FeatureContext, FeatureFacts, TokenEffect } from "../feature-facts.ts";
import { withoutPosition } from "../node-id.ts";
import type { Size } from "./circuit-layout.ts";
import { cellWidth, countCells, cutText, escapeXml, formatNumber, showToken } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** What a card shows beside the node itself. */
export interface CardContent {
	readonly facts?: FeatureFacts;
	/** Text of the prompt's token at the node's position, or of the node's own token. */
	readonly token: string;
}

const featureWidth = 212;
const smallWidth = 104;
const padding = 9;
const fontSize = 9.5;
const rowHeight = 15;
const shownContexts = 2;

/** Rows of a card from top to bottom; the size follows from them alone. */
function listRows(node: CircuitNode, { facts }: CardContent): readonly ("title" | "context" | "raises" | "lowers")[] {
	if (node.kind !== "feature" || !facts) return ["title"];
	return [
		"title",
		...facts.contexts.slice(0, shownContexts).map(() => "context" as const),
		...(facts.raises.length > 0 ? (["raises"] as const) : []),
		...(facts.lowers.length > 0 ? (["lowers"] as const) : []),
	];
}

export function measureCard(node: CircuitNode, content: CardContent): Size {
	const rows = listRows(node, content);
	const width = node.kind === "feature" ? featureWidth : smallWidth;
	return { width, height: 30 + (rows.length - 1) * rowHeight + (rows.length > 1 ? 6 : 0) };
}

/** The card at the origin of its own group. */
export function drawCard(node: CircuitNode, content: CardContent, theme: Theme): string {
	const { width, height } = measureCard(node, content);
	const parts = [drawFrame(node, width, height, theme), drawTitle(node, content, width, theme)];
	let y = 34;
	let context = 0;
	for (const row of listRows(node, content)) {
		if (row === "title") continue;
		if (row === "context") parts.push(drawContext(content.facts?.contexts[context++] as FeatureContext, y, theme));
		else parts.push(drawEffects(content.facts?.[row] ?? [], y, row === "raises" ? theme.raise : theme.lower, theme));
		y += rowHeight;
	}
	return parts.join("");
}

function kindColour(node: CircuitNode, theme: Theme): string {
	if (node.kind !== "feature") return theme.kinds[node.kind];
	if (node.site === "mlp") return theme.kinds.mlp;
	return node.site === "attn" || node.site === "z" ? theme.kinds.attn : theme.kinds.resid;
}

/** Attention and MLP solid, residual dashed, errors dotted; tokens are round, logits have a double outline. */
function drawFrame(node: CircuitNode, width: number, height: number, theme: Theme): string {
	const colour = kindColour(node, theme);
	const residual = node.kind === "feature" && (node.site === "resid" || node.site === "mid");
	const dash =
		node.kind === "error"
			? ' stroke-dasharray="1.5 3" stroke-linecap="round"'
			: residual
				? ' stroke-dasharray="6 3"'
				: "";
	const radius = node.kind === "token" ? height / 2 : 4;
	const frame = `<rect width="${width}" height="${height}" rx="${radius}" fill="${theme.card}" stroke="${colour}" stroke-width="1.4"${dash}/>`;
	if (node.kind === "feature") return `${frame}<path d="M0.7 4v${height - 8}" stroke="${colour}" stroke-width="4"/>`;
	if (node.kind === "logit")
		return `${frame}<rect x="3" y="3" width="${width - 6}" height="${height - 6}" rx="2" fill="none" stroke="${colour}" stroke-width="0.7"/>`;
	return frame;
}

function drawTitle(node: CircuitNode, { token }: CardContent, width: number, theme: Theme): string {
	const room = (cells: number) => Math.floor(cells / (fontSize * cellWidth));
	const chip = cutText(showToken(token), 9);
	if (node.kind === "token" || node.kind === "logit") {
		const shown = cutText(showToken(token), room(width - 2 * padding));
		const second = node.kind === "logit" ? `logit ${formatNumber(node.activation)}` : `position ${node.position}`;
		return (
			text(width / 2, 13.5, shown, theme.text, { bold: true, middle: true }) +
			text(width / 2, 24, second, theme.quiet, { size: 7.5, middle: true })
		);
	}
	const name = withoutPosition(node.id);
	if (node.kind === "error")
		return (
			text(width / 2, 13.5, name, theme.quiet, { middle: true }) +
			text(width / 2, 24, `@${node.position} ${chip}`, theme.quiet, { size: 7.5, middle: true })
		);
	const chipWidth = countCells(chip) * 8 * cellWidth + 8;
	const heat = `<rect x="${width - padding - chipWidth}" y="7" width="${chipWidth}" height="13" rx="2.5" fill="${theme.heat}" fill-opacity="0.16"/>`;
	const numbers = `a ${formatNumber(node.activation)}  ∂ ${formatNumber(node.attribution)}`;
	return (
		text(padding, 13.5, name, theme.text, { bold: true, size: 10.5 }) +
		text(padding, 24.5, numbers, theme.quiet, { size: 7.8 }) +
		heat +
		text(width - padding - chipWidth / 2, 16.4, chip, theme.text, { size: 8, middle: true }) +
		text(width - padding - chipWidth - 5, 16.4, `@${node.position}`, theme.quiet, { size: 8, end: true })
	);
}

/** Tokens side by side around the strongest, each on a ground as blue as it is active. */
function drawContext({ tokens, activations, peak }: FeatureContext, y: number, theme: Theme): string {
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
	const grounds: string[] = [];
	const letters: string[] = [];
	for (let i = first; i <= last; i++) {
		const width = countCells(shown[i] ?? "") * cell;
		const heat = (activations[i] ?? 0) / strongest;
		if (heat > 0.02)
			grounds.push(
				`<rect x="${round(x)}" y="${y - 1}" width="${round(width)}" height="12" fill="${theme.heat}" fill-opacity="${round(0.08 + 0.5 * heat)}"/>`,
			);
		letters.push(text(x, y + 8, shown[i] ?? "", theme.text, { size: 8 }));
		x += width;
	}
	return grounds.join("") + letters.join("");
}

function drawEffects(effects: readonly TokenEffect[], y: number, colour: string, theme: Theme): string {
	const cell = 8 * cellWidth;
	let x = padding;
	let drawn = "";
	for (const { token } of effects) {
		const shown = cutText(showToken(token), 12);
		const width = countCells(shown) * cell + 6;
		if (x + width > featureWidth - padding) break;
		drawn += `<rect x="${round(x)}" y="${y - 1}" width="${round(width)}" height="12" rx="2" fill="${colour}"/>${text(x + 3, y + 8, shown, theme.onSign, { size: 8 })}`;
		x += width + 3;
	}
	return drawn;
}

interface TextStyle {
	readonly bold?: boolean;
	readonly middle?: boolean;
	readonly end?: boolean;
	readonly size?: number;
}

/** Isolated, so that a token that is written from right to left stays in its place. */
export function text(
	x: number,
	y: number,
	content: string,
	fill: string,
	{ bold, middle, end, size = fontSize }: TextStyle = {},
): string {
	const anchor = middle ? ' text-anchor="middle"' : end ? ' text-anchor="end"' : "";
	return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}"${bold ? ' font-weight="600"' : ""}${anchor} xml:space="preserve" style="unicode-bidi:isolate">${escapeXml(content)}</text>`;
}

const round = (number: number) => Math.round(number * 100) / 100;
