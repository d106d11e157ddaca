import { z } from "zod";
import { create } from "zustand";
import { saveSettings, useSession } from "../document/session-store.ts";

/** Which panels are open, as it is kept when the app is closed. */
const panels = z.object({
	trace: z.boolean().catch(true),
	inspector: z.boolean().catch(true),
	pins: z.boolean().catch(true),
	history: z.boolean().catch(false),
	story: z.boolean().catch(false),
});
type Panels = Readonly<z.infer<typeof panels>>;

/** How large panels were made, in pixels; null: as usual. */
const sizes = z.object({
	left: z.number().nullable().catch(null),
	right: z.number().nullable().catch(null),
	pins: z.number().nullable().catch(null),
});
type Sizes = Readonly<z.infer<typeof sizes>>;
export type SizedPanel = keyof Sizes;
export type PanelName = keyof Panels;
export type DialogName =
	| "palette"
	| "library"
	| "settings"
	| "shortcuts"
	| "about"
	| "circuits"
	| "rename"
	| "branch"
	| "delete"
	| "pin-yaml"
	| "suggest-groups"
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
/** No room for a panel beside the circuit: one lies over it as long as it is wanted. */
export const smallWindow = "(max-width: 719px)";
/** No room below the circuit either. */
export const lowWindow = "(max-height: 479px)";

/** A panel that lies over the circuit in a window without room for it. */
export type Drawer = Side | "pins";

/** Which panels are open, and which dialog lies over them. */
export const useWorkspace = create<{
	readonly panels: Panels;
	/** The side that is seen where both are open and one has room. */
	readonly front: Side;
	readonly sizes: Sizes;
	readonly drawer: Drawer | null;
	readonly dialog: DialogName | null;
	/** Whether the first answers are here: until then it is not known what to show. */
	readonly ready: boolean;
	/** What the dialog is about, where that is not plain: a name, a step. */
	readonly subject: string | null;
}>(() => ({
	panels: readPanels(undefined),
	front: "trace",
	sizes: readSizes(undefined),
	drawer: null,
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

const sideOf = (panel: PanelName): Side | undefined =>
	panel === "pins" ? undefined : panel === "trace" ? "trace" : "details";

/** Whether there is no room for a panel but over the circuit. */
function hasNoRoom(panel: PanelName): boolean {
	return matchMedia(smallWindow).matches || (panel === "pins" && matchMedia(lowWindow).matches);
}

export function togglePanel(panel: PanelName, open?: boolean): void {
	if (hasNoRoom(panel)) toggleDrawer(panel, open);
	else toggleBeside(panel, open);
}

function toggleBeside(panel: PanelName, open: boolean | undefined): void {
	const { panels: before, front } = useWorkspace.getState();
	const side = sideOf(panel);
	if (side) showSide(side);
	const isOpen = before.inspector || before.history || before.story;
	const isBehind = side !== undefined && side !== front && before.trace && isOpen;
	// What is open behind another comes to the front.
	if (open === undefined && before[panel] && isBehind && matchMedia(narrowWindow).matches) return;
	// So does the inspector behind the history or the story.
	if (open === undefined && panel === "inspector" && coverOf(before))
		keepPanels({ ...before, inspector: true, history: false, story: false });
	else keepPanels({ ...before, ...besides(panel), [panel]: open ?? !before[panel] });
}

/** In a window without room: opens it over the circuit, or closes it. */
function toggleDrawer(panel: PanelName, open?: boolean): void {
	const { panels: before, drawer } = useWorkspace.getState();
	const wanted = sideOf(panel) ?? "pins";
	// The inspector, the history and the story share a side.
	const isThere = drawer === wanted && (wanted !== "details" || (coverOf(before) ?? "inspector") === panel);
	const opens = open ?? !isThere;
	useWorkspace.setState({ drawer: opens ? wanted : isThere ? null : drawer });
	if (wanted === "details" && opens)
		keepPanels({ ...before, inspector: true, history: panel === "history", story: panel === "story" });
}

/** What lies over the inspector. */
export const coverOf = ({ history, story }: Panels): "history" | "story" | undefined =>
	history ? "history" : story ? "story" : undefined;

/** History and story lie at one place. */
function besides(panel: PanelName): Partial<Panels> {
	if (panel === "story") return { history: false };
	return panel === "history" ? { story: false } : {};
}

export function closeDrawer(): void {
	useWorkspace.setState({ drawer: null });
}

function keepPanels(next: Panels): void {
	useWorkspace.setState({ panels: next });
	keep({ panels: next });
}

/** Makes a panel so large; null is its usual size. It is stored once it is let go. */
export function resizePanel(panel: SizedPanel, size: number | null): void {
	useWorkspace.setState(({ sizes: before }) => ({ sizes: { ...before, [panel]: size } }));
}

export function keepSizes(): void {
	keep({ sizes: useWorkspace.getState().sizes });
}

function keep(part: Readonly<Record<string, unknown>>): void {
	const { workspace } = useSession.getState().settings;
	saveSettings({ workspace: { ...workspace, ...part } });
}

export function showSide(front: Side): void {
	useWorkspace.setState({ front });
}

/** Opens the panels that were open when the app was left, as large as they were. */
export function restorePanels(): void {
	const { workspace } = useSession.getState().settings;
	useWorkspace.setState({ panels: readPanels(workspace["panels"]), sizes: readSizes(workspace["sizes"]) });
}

function readPanels(stored: unknown): Panels {
	return panels.catch(() => panels.parse({})).parse(stored);
}

function readSizes(stored: unknown): Sizes {
	return sizes.catch(() => sizes.parse({})).parse(stored);
}
