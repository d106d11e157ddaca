/** Colours of drawings. Kinds and signs never rest on colour alone: outlines and dashes carry them too. */
export interface Theme {
	readonly background: string;
	readonly card: string;
	readonly text: string;
	readonly quiet: string;
	readonly line: string;
	readonly lane: string;
	/** Raises and lowers: the same pair for edges and token rows. */
	readonly raise: string;
	readonly lower: string;
	readonly onSign: string;
	/** Heat of an activation: this colour at growing opacity. */
	readonly heat: string;
	/** Black and white alone: hatching, dashes and widths say what colours and shades would. */
	readonly pure?: true;
	readonly kinds: Readonly<Record<"attn" | "mlp" | "resid" | "error" | "token" | "logit", string>>;
	/** Of two circuits that are compared: what only one has, and both. Apart for those who do not tell red from green. */
	readonly sides: Readonly<Record<"left" | "right" | "both", string>>;
}

const light: Theme = {
	background: "#ffffff",
	card: "#ffffff",
	text: "#14161a",
	quiet: "#6b7078",
	line: "#e2e4e8",
	lane: "#f6f7f8",
	raise: "#2347d8",
	lower: "#cc3a2b",
	onSign: "#ffffff",
	heat: "#2347d8",
	kinds: { attn: "#7a4cc2", mlp: "#12876b", resid: "#3f5d78", error: "#8a8d84", token: "#555b66", logit: "#2347d8" },
	sides: { left: "#6a35c9", right: "#a35a00", both: "#6b7078" },
};

const dark: Theme = {
	background: "#14161a",
	card: "#1c1f25",
	text: "#eceef2",
	quiet: "#9aa1ac",
	line: "#31353d",
	lane: "#191c21",
	raise: "#7b96ff",
	lower: "#ff8577",
	onSign: "#14161a",
	heat: "#5f7dff",
	kinds: { attn: "#b394f0", mlp: "#4cc9a4", resid: "#8fb0cf", error: "#9a9d94", token: "#a7adb8", logit: "#7b96ff" },
	sides: { left: "#b79cff", right: "#f2b052", both: "#9aa1ac" },
};

/** Blue and orange: told apart by people who do not tell red from green. */
const safe = { light: { raise: "#1f5fbf", lower: "#b35900" }, dark: { raise: "#7fb2ff", lower: "#ffab5c" } };

function pureTheme(paper: string, ink: string): Theme {
	return {
		background: paper,
		card: paper,
		text: ink,
		quiet: ink,
		line: ink,
		lane: paper,
		raise: ink,
		lower: ink,
		onSign: paper,
		heat: ink,
		pure: true,
		kinds: { attn: ink, mlp: ink, resid: ink, error: ink, token: ink, logit: ink },
		sides: { left: ink, right: ink, both: ink },
	};
}

export type ThemeName = "light" | "dark";
export type ColourPair = "blue-red" | "blue-orange";
/** What a drawing may be printed in. */
export const inks = ["blue-red", "blue-orange", "black"] as const;
export type Ink = (typeof inks)[number];

export function findTheme(name: ThemeName, ink: Ink = "blue-red"): Theme {
	if (ink === "black") return name === "light" ? pureTheme("#ffffff", "#000000") : pureTheme("#000000", "#ffffff");
	const theme = name === "light" ? light : dark;
	return ink === "blue-red" ? theme : { ...theme, ...safe[name] };
}
