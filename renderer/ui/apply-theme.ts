import type { SettingsValues } from "#shared/contract/settings";
import { findTheme, type Theme, type ThemeName } from "#shared/drawing/theme";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Told when the system goes from light to dark or back; returns what ends the subscription. */
export function watchSystemTheme(listener: () => void): () => void {
	dark.addEventListener("change", listener);
	return () => dark.removeEventListener("change", listener);
}

export function resolveTheme(theme: SettingsValues["theme"]): ThemeName {
	return theme === "system" ? (dark.matches ? "dark" : "light") : theme;
}

/** Colours of the canvas: the drawings' own, on the page's ground. */
export function canvasTheme({ theme, colours }: Pick<SettingsValues, "theme" | "colours">): Theme {
	const name = resolveTheme(theme);
	const drawing = findTheme(name, colours);
	return name === "light"
		? { ...drawing, background: "#f6f6f3", lane: "#efefea" }
		: { ...drawing, background: "#131417", lane: "#191b1f", card: "#1e2126" };
}

/** Gives the page the colours and the size of letters that were chosen. */
export function applyTheme({ theme, colours, fontScale }: SettingsValues): void {
	const root = document.documentElement;
	const name = resolveTheme(theme);
	const drawing = findTheme(name, colours);
	root.dataset["theme"] = name;
	root.style.setProperty("--scale", String(fontScale));
	root.style.setProperty("--raise", drawing.raise);
	root.style.setProperty("--lower", drawing.lower);
	root.style.setProperty("--on-sign", drawing.onSign);
	root.style.setProperty("--heat", drawing.heat);
	for (const [kind, colour] of Object.entries(drawing.kinds)) root.style.setProperty(`--kind-${kind}`, colour);
}
