import type { Side } from "../compare-circuits.ts";
import type { Theme } from "./theme.ts";

const made = new WeakMap<Theme, Readonly<Record<Side, Theme>>>();

/** The theme in which a comparison draws what one circuit has, or both: its colour takes the place of kinds and signs. */
export function themeOfSide(theme: Theme, side: Side | undefined): Theme {
	if (side === undefined) return theme;
	const known = made.get(theme) ?? {
		left: inOneColour(theme, theme.sides.left),
		right: inOneColour(theme, theme.sides.right),
		both: inOneColour(theme, theme.sides.both),
	};
	made.set(theme, known);
	return known[side];
}

function inOneColour(theme: Theme, colour: string): Theme {
	const kinds = { attn: colour, mlp: colour, resid: colour, error: colour, token: colour, logit: colour };
	return { ...theme, kinds };
}
