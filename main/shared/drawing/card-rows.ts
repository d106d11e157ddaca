import type { FeatureContext, TokenEffect } from "../feature-facts.ts";
import { readTokens } from "../token-characters.ts";
import type { Box } from "./box.ts";
import { hatch } from "./hatching.ts";
import { type Shape, text } from "./shapes.ts";
import { cellWidth, countCells, cutText, showToken } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** Where a row of a card begins, the card's width, its letters' size, and how high grounds are and baselines stand in it. */
export interface RowPlace {
	readonly left: number;
	readonly width: number;
	readonly size: number;
	readonly ground: number;
	readonly baseline: number;
}

/** Tokens side by side around the strongest, each on a ground as blue as it is active. */
export function drawContext(
	{ tokens, activations, peak }: FeatureContext,
	y: number,
	theme: Theme,
	{ left, width: whole, size, ground, baseline }: RowPlace,
): readonly Shape[] {
	const cell = size * cellWidth;
	const room = Math.floor((whole - 2 * left) / cell);
	const shown = readTokens(tokens).map(({ inline: token }) =>
		cutText(
			token.startsWith(" ") || token === ""
				? ` ${showToken(token.slice(1))}`.slice(token === "" ? 1 : 0)
				: showToken(token),
			14,
		),
	);
	let [first, last] = [peak, peak];
	shown[peak] = cutText(shown[peak] ?? "", room);
	let used = countCells(shown[peak]);
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
	let x = left;
	const grounds: Shape[] = [];
	const letters: Shape[] = [];
	for (let i = first; i <= last; i++) {
		const width = countCells(shown[i] ?? "") * cell;
		const heat = (activations[i] ?? 0) / strongest;
		if (heat > 0.02 && width > 0) grounds.push(drawHeat({ x, y: y - 1, width, height: ground }, heat, theme));
		letters.push(text(x, y + baseline, shown[i] ?? "", theme.text, { size }));
		x += width;
	}
	return [...grounds, ...letters];
}

/** A ground as strong as an activation: a shade, or strokes as close to one another. */
function drawHeat(box: Box, heat: number, theme: Theme): Shape {
	if (theme.pure) return hatch(box, 1.6 + 6 * (1 - heat), theme.heat, 0.3);
	return { type: "rect", ...box, fill: theme.heat, opacity: 0.08 + 0.5 * heat };
}

/** As many of the tokens that a feature raises or lowers as have room. */
export function drawEffects(
	effects: readonly TokenEffect[],
	y: number,
	row: "raises" | "lowers",
	theme: Theme,
	{ left, width: whole, size, ground, baseline }: RowPlace,
): readonly Shape[] {
	const isHatched = theme.pure === true && row === "lowers";
	const cell = size * cellWidth;
	const most = Math.max(1, Math.min(12, Math.floor((whole - 2 * left - 6) / cell)));
	let x = left;
	const shapes: Shape[] = [];
	for (const { token } of effects) {
		const shown = cutText(showToken(token), most);
		const width = countCells(shown) * cell + 6;
		if (x + width > whole - left) break;
		const box = { x, y: y - 1, width, height: ground };
		if (isHatched)
			shapes.push(
				{ type: "rect", ...box, radius: 2, fill: theme.card, stroke: theme.lower, lineWidth: 0.6 },
				hatch({ x: x + 1, y, width: width - 2, height: ground - 2 }, 3, theme.lower, 0.25),
				text(x + 3, y + baseline, shown, theme.text, { size }),
			);
		else
			shapes.push(
				{ type: "rect", ...box, radius: 2, fill: row === "raises" ? theme.raise : theme.lower },
				text(x + 3, y + baseline, shown, theme.onSign, { size }),
			);
		x += width + 3;
	}
	return shapes;
}
