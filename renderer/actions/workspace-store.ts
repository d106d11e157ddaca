import { z } from "zod";
import { create } from "zustand";
import { saveSettings, useSession } from "../document/session-store.ts";

/** Which panels are open, as it is kept when the app is closed. */
const panels = z.object({
	trace: z.boolean().catch(true),
	inspector: z.boolean().catch(true),
	pins: z.boolean().catch(true),
	history: z.boolean().catch(false),
});
type Panels = Readonly<z.infer<typeof panels>>;
export type PanelName = keyof Panels;
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
	readonly panels: Panels;
	readonly dialog: DialogName | null;
	/** Whether the first answers are here: until then it is not known what to show. */
	readonly ready: boolean;
	/** What the dialog is about, where that is not plain: a name, a step. */
	readonly subject: string | null;
}>(() => ({
	panels: readPanels(undefined),
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
	const before = useWorkspace.getState().panels;
	const next = { ...before, [panel]: open ?? !before[panel] };
	useWorkspace.setState({ panels: next });
	const { workspace } = useSession.getState().settings;
	saveSettings({ workspace: { ...workspace, panels: next } });
}

/** Opens the panels that were open when the app was left. */
export function restorePanels(): void {
	useWorkspace.setState({ panels: readPanels(useSession.getState().settings.workspace["panels"]) });
}

function readPanels(stored: unknown): Panels {
	return panels.catch(() => panels.parse({})).parse(stored);
}
