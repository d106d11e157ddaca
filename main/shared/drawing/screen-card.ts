import { showEffect } from "../effect.ts";
import { tellingEffects } from "../feature-facts.ts";
import { cutName } from "../naming.ts";
import { hasPosition, withoutPosition } from "../node-id.ts";
import type { Size } from "./box.ts";
import { drawContext, drawEffects } from "./card-rows.ts";
import { type CardContent, type CardNode, drawFrame, nameStyle } from "./feature-card.ts";
import { type Shape, type TextShape, text } from "./shapes.ts";
import { cellWidth, countCells, cutText, formatNumber, showToken } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** Pixels of all letters of a card on the screen, and from one line to the next. What has no room in them is left out. */
export const screenLetter = 11;
const line = 14.5;
const side = 7;
const smallSide = 4;
/** The lowest card in which a name can be read: what is lower is a mark. */
export const leastCardHeight = line;
/** Narrower, a name takes two lines. */
const wrapBelow = 150;

/**
 * A node as a card of that size in pixels, its upper left corner at the origin: the name first, then where it is, the
 * tokens that it raises and lowers, and contexts with what room is left. Letters have one size.
 */
export function drawScreenCard(node: CardNode, content: CardContent, theme: Theme, size: Size): readonly Shape[] {
	const frame = drawFrame(node, size, theme);
	// Inside a double outline there is less room.
	const inner = size.height - (node.kind === "logit" || node.kind === "group" ? 6 : 1);
	const rows = Math.max(1, Math.floor(inner / line));
	if (node.kind === "token" || node.kind === "logit" || node.kind === "error")
		return [...frame, ...drawSmall(node, content, theme, size, rows)];
	const lines = listLines(node, content, theme, size, rows);
	const top = (size.height - lines.length * line) / 2;
	return [...frame, ...lines.flatMap((draw, i) => draw(top + i * line))];
}

type Line = (top: number) => readonly Shape[];
const baseline = 11;
const cells = (width: number) => Math.max(1, Math.floor(width / (screenLetter * cellWidth)));
const written = (x: number, top: number, what: string, fill: string, style: Partial<TextShape> = {}) =>
	text(x, top + baseline, what, fill, { size: screenLetter, ...(style as object) });

function listLines(node: CardNode, content: CardContent, theme: Theme, { width }: Size, rows: number): readonly Line[] {
	const { name, facts } = content;
	const room = cells(width - 2 * side);
	const style = nameStyle(name.kind);
	const names = rows > 1 && width < wrapBelow ? wrapText(name.text, room) : [cutText(name.text, room)];
	const lines: Line[] = names.map((one) => (top) => [written(side, top, one, theme.text, style)]);
	if (lines.length < rows) lines.push((top) => drawPlace(node, content, theme, width, top));
	const place = { left: side, width, size: screenLetter, ground: 13, baseline: 9.5 };
	for (const row of ["raises", "lowers"] as const) {
		const effects = tellingEffects(facts?.[row] ?? [], row);
		if (effects.length > 0 && lines.length < rows)
			lines.push((top) => drawEffects(effects, top + 1.5, row, theme, place));
	}
	for (const context of facts?.contexts ?? [])
		if (lines.length < rows) lines.push((top) => drawContext(context, top + 1.5, theme, place));
	return lines;
}

/** Where it is and what it does there; what has no room is left out, the id first. */
function drawPlace(
	node: CardNode,
	{ name, token, effect, effects, folded }: CardContent,
	theme: Theme,
	width: number,
	top: number,
): readonly Shape[] {
	const room = cells(width - 2 * side);
	const sign = effects ?? showEffect(effect);
	const at = hasPosition(node.id) ? `@${node.position} ${showToken(token)}` : "";
	const where = node.kind === "group" ? token : folded === undefined ? at : `${folded} positions`;
	const id = name.kind === "id" || node.kind === "group" ? "" : withoutPosition(node.id);
	const parts = [[where, id, sign], [where, sign], [where]].map((some) => some.filter((part) => part !== ""));
	const chosen = parts.find((some) => countCells(some.join("  ")) <= room) ?? [cutText(where, room)];
	const last = chosen.length > 1 ? chosen.at(-1) : undefined;
	return [
		written(side, top, (last === undefined ? chosen : chosen.slice(0, -1)).join("  "), theme.quiet),
		...(last === undefined ? [] : [written(width - side, top, last, theme.quiet, { align: "end" })]),
	];
}

function drawSmall(
	node: CardNode,
	{ name, token }: CardContent,
	theme: Theme,
	{ width, height }: Size,
	rows: number,
): readonly Shape[] {
	const room = cells(width - 2 * (node.kind === "token" ? side : smallSide));
	const isError = node.kind === "error";
	const first = isError
		? cutName({ ...name, text: name.text.replace(/ of .*/, "") }, room)
		: cutText(showToken(token), room);
	const second =
		node.kind === "logit" ? `logit ${formatNumber(node.activation)}` : node.kind === "token" ? `@${node.position}` : "";
	const value = `${first} ${formatNumber(node.activation)}`;
	const only = node.kind === "logit" && node.activation !== 0 && countCells(value) <= room ? value : first;
	const lines = rows > 1 && second !== "" ? [first, cutText(second, room)] : [only];
	const top = (height - lines.length * line) / 2;
	return lines.map((one, i) =>
		written(width / 2, top + i * line, one, isError || i > 0 ? theme.quiet : theme.text, {
			align: "middle",
			...(i === 0 && !isError && { bold: true }),
		}),
	);
}

/** In two lines between words; a word that is too long is cut. */
export function wrapText(whole: string, room: number): readonly string[] {
	if (countCells(whole) <= room) return [whole];
	const words = whole.split(" ");
	let first = words[0] as string;
	let taken = 1;
	while (taken < words.length && countCells(`${first} ${words[taken]}`) <= room) first += ` ${words[taken++]}`;
	const rest = words.slice(taken).join(" ");
	// What was cut already is not cut with a sign more.
	const cut = (text: string) => (countCells(text) <= room ? text : cutText(text.replace(/…$/, ""), room));
	return [cut(first), ...(rest === "" ? [] : [cut(rest)])];
}
