import type { Action } from "./action.ts";
import { actions, runAction } from "./actions.ts";
import { useWorkspace } from "./workspace-store.ts";

const isMac = /Mac/.test(navigator.platform);

/** A key as it is written on the keyboard at hand. */
export function showKeys(keys: string): string {
	const names: Readonly<Record<string, string>> = isMac
		? { Mod: "⌘", Shift: "⇧", Delete: "⌦", Backspace: "⌫", Escape: "esc" }
		: { Mod: "Ctrl", Delete: "Del", Escape: "Esc" };
	return keys
		.split(/\+(?=.)/)
		.map((key) => names[key] ?? key)
		.join(isMac ? "" : " ");
}

/** The keys of an event in the form that actions use: `Mod+Shift+Z`, `F`, `?`. */
function keysOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey">): string {
	const mod = isMac ? event.metaKey : event.ctrlKey;
	const letter = event.key.length === 1 ? event.key.toUpperCase() : event.key;
	// Of a sign, Shift is part of how it is typed.
	const shift = event.shiftKey && (/^[A-Z]$/.test(letter) || letter.length > 1);
	return `${mod ? "Mod+" : ""}${shift ? "Shift+" : ""}${letter}`;
}

function actionFor(keys: string): Action | undefined {
	return actions.find((action) => action.keys?.includes(keys));
}

/** While somebody types, plain letters are theirs; so are the keys that edit text. */
const textKeys = new Set(["Mod+A", "Mod+C", "Mod+Z", "Mod+Shift+Z", "Mod+Y", "Delete", "Backspace", "Escape"]);

export function attachShortcuts(): () => void {
	const listen = (event: KeyboardEvent) => {
		if (event.defaultPrevented || event.isComposing) return;
		const keys = keysOf(event);
		const action = actionFor(keys);
		if (!action) return;
		const { target } = event;
		const typing =
			target instanceof HTMLElement &&
			target.matches("input:not([type=range]), textarea, select, [contenteditable=true]");
		if (typing && (!keys.startsWith("Mod+") || textKeys.has(keys))) return;
		// Text that is marked in a panel is copied as text.
		if (keys === "Mod+C" && String(getSelection()).length > 0) return;
		if (useWorkspace.getState().dialog !== null && keys !== "Mod+K") return;
		if (document.querySelector("[role=menu]")) return;
		// Sliders, buttons and lists have uses of their own for these.
		if (target instanceof HTMLElement && target.matches("[role=slider]") && !keys.startsWith("Mod+")) return;
		event.preventDefault();
		runAction(action.id);
	};
	window.addEventListener("keydown", listen);
	return () => window.removeEventListener("keydown", listen);
}
