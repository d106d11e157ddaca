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

/** What stands beside the circuit: the trace panel, or the inspector or history. A narrow window has room for one. */
export type Side = "trace" | "details";
export const narrowWindow = "(max-width: 1099px)";

/** Which panels are open, and which dialog lies over them. */
export const useWorkspace = create<{
	readonly panels: Panels;
	/** The side that is seen where both are open and one has room. */
	readonly front: Side;
	readonly dialog: DialogName | null;
	/** Whether the first answers are here: until then it is not known what to show. */
	readonly ready: boolean;
	/** What the dialog is about, where that is not plain: a name, a step. */
	readonly subject: string | null;
}>(() => ({
	panels: readPanels(undefined),
	front: "trace",
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
	const { panels: before, front } = useWorkspace.getState();
	const side = panel === "pins" ? undefined : panel === "trace" ? "trace" : "details";
	if (side) showSide(side);
	const isBehind = side !== undefined && side !== front && before.trace && (before.inspector || before.history);
	// What is open behind another comes to the front.
	if (open === undefined && before[panel] && isBehind && matchMedia(narrowWindow).matches) return;
	const next = { ...before, [panel]: open ?? !before[panel] };
	useWorkspace.setState({ panels: next });
	const { workspace } = useSession.getState().settings;
	saveSettings({ workspace: { ...workspace, panels: next } });
}

export function showSide(front: Side): void {
	useWorkspace.setState({ front });
}

/** Opens the panels that were open when the app was left. */
export function restorePanels(): void {
	useWorkspace.setState({ panels: readPanels(useSession.getState().settings.workspace["panels"]) });
}

function readPanels(stored: unknown): Panels {
	return panels.catch(() => panels.parse({})).parse(stored);
}
