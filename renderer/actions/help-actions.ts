import type { Titled } from "./action.ts";
import { openDialog } from "./workspace-store.ts";

/** Of finding one's way. */
export const helpActions: readonly Titled[] = [
	{ id: "settings", title: "Settings", keys: ["Mod+,"], run: () => openDialog("settings") },
	{ id: "palette", title: "All commands…", keys: ["Mod+K"], run: () => openDialog("palette") },
	{ id: "shortcuts", title: "Shortcuts", keys: ["?"], run: () => openDialog("shortcuts") },
	{ id: "about", title: "About", run: () => openDialog("about") },
];
