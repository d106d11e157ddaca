import { create } from "zustand";
import { saveSettings, useSession } from "../document/session-store.ts";

export type PanelName = "trace" | "inspector" | "pins" | "history";
export type DialogName =
	| "palette"
	| "library"
	| "settings"
	| "shortcuts"
	| "about"
	| "circuits"
	| "compare"
	| "rename"
	| "branch"
	| "delete"
	| "group"
	| "pin-yaml"
	| "response"
	| "validate"
	| "steer"
	| "features"
	| "train"
	| "measure"
	| "clusters"
	| "config"
	| "export"
	| "export-data"
	| "labels";

/** Which panels are open, and which dialog lies over them. */
export const useWorkspace = create<{
	readonly panels: Readonly<Record<PanelName, boolean>>;
	readonly dialog: DialogName | null;
	/** Whether the first answers are here: until then it is not known what to show. */
	readonly ready: boolean;
	/** What the dialog is about, where that is not plain: a name, a step. */
	readonly subject: string | null;
}>(() => ({
	panels: { trace: true, inspector: true, pins: true, history: false },
	dialog: null,
	ready: false,
	subject: null,
}));

export function openDialog(dialog: DialogName, subject: string | null = null): void {
	useWorkspace.setState({ dialog, subject });
}

export function closeDialog(): void {
	useWorkspace.setState({ dialog: null, subject: null });
}

export function togglePanel(panel: PanelName, open?: boolean): void {
	const { panels } = useWorkspace.getState();
	const next = { ...panels, [panel]: open ?? !panels[panel] };
	useWorkspace.setState({ panels: next });
	const { workspace } = useSession.getState().settings;
	saveSettings({ workspace: { ...workspace, panels: next } });
}

/** Opens the panels that were open when the app was left. */
export function restorePanels(): void {
	const stored = useSession.getState().settings.workspace["panels"];
	if (typeof stored !== "object" || stored === null) return;
	const { panels } = useWorkspace.getState();
	const next = Object.fromEntries(
		Object.entries(panels).map(([name, open]) => {
			const value = (stored as Record<string, unknown>)[name];
			return [name, typeof value === "boolean" ? value : open];
		}),
	);
	useWorkspace.setState({ panels: next as Record<PanelName, boolean> });
}
