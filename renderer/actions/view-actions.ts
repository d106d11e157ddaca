import { fitAll, zoomBy, zoomTo } from "../canvas/camera.ts";
import { forgetPlaces } from "../document/commands.ts";
import { placeId, useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError, saveSettings, useSession } from "../document/session-store.ts";
import { changeView } from "../document/view-history.ts";
import { setView, useView } from "../document/view-store.ts";
import { resolveTheme } from "../ui/apply-theme.ts";
import type { Titled } from "./action.ts";
import { arrangeFlow } from "./arrange-flow.ts";
import { hasCircuit, hasNodes, hasSelection } from "./conditions.ts";
import { togglePanel } from "./workspace-store.ts";

/** Of how the circuit is seen, and which panels are open. */
export const viewActions: readonly Titled[] = [
	{ id: "fit", title: "Fit the circuit", keys: ["F", "Mod+0"], enabled: hasNodes, run: fitAll },
	{
		id: "zoom-selection",
		title: "Zoom to the selection",
		keys: ["Z"],
		enabled: hasSelection,
		run: () => zoomTo(useView.getState().selection),
	},
	{ id: "zoom-in", title: "Zoom in", keys: ["+", "="], enabled: hasNodes, run: () => zoomBy(1.4) },
	{ id: "zoom-out", title: "Zoom out", keys: ["-"], enabled: hasNodes, run: () => zoomBy(1 / 1.4) },
	{
		id: "columns",
		title: "Columns by token or free",
		keys: ["T"],
		enabled: hasNodes,
		run: toggleColumns,
	},
	{
		id: "fold",
		title: "Fold or unfold positions",
		keys: ["O"],
		enabled: hasNodes,
		run: () => {
			const foldPositions = !useView.getState().foldPositions;
			const label = foldPositions ? "Fold positions" : "Unfold positions";
			changeView(label, { foldPositions }, { selection: new Set(), edge: null });
		},
	},
	{
		id: "errors",
		title: "Show or hide error nodes",
		keys: ["R"],
		enabled: hasNodes,
		run: () => {
			const showErrors = !useView.getState().showErrors;
			changeView(showErrors ? "Show error nodes" : "Hide error nodes", { showErrors });
		},
	},
	{
		id: "show-hidden",
		title: "Show what was hidden, for now",
		enabled: () => useDocument.getState().document.hidden.length > 0,
		run: () => changeView("Show what was hidden", { showHidden: !useView.getState().showHidden }),
	},
	{
		id: "lay-out-all",
		title: "Lay everything out again",
		enabled: hasNodes,
		run: () => {
			forgetPlaces(useDerived.getState().view.nodes.map(({ id }) => placeId(id)));
			setView({ camera: null });
		},
	},
	{
		id: "flow",
		title: "Arrange as a flow (dagre)",
		enabled: hasNodes,
		run: () => void arrangeFlow("shown").catch(reportError),
	},
	{
		id: "table",
		title: "Table or canvas",
		keys: ["Shift+T", "Mod+T"],
		enabled: hasNodes,
		run: () => setView({ mode: useView.getState().mode === "table" ? "canvas" : "table" }),
	},
	{
		id: "search",
		title: "Search nodes",
		keys: ["/", "Mod+F"],
		enabled: hasNodes,
		run: () => document.querySelector<HTMLInputElement>("[data-search]")?.focus(),
	},
	{ id: "panel-trace", title: "Trace panel", keys: ["Mod+1"], run: () => togglePanel("trace") },
	{ id: "panel-inspector", title: "Inspector", keys: ["Mod+2"], run: () => togglePanel("inspector") },
	{ id: "panel-pins", title: "Pin tray", keys: ["Mod+3"], run: () => togglePanel("pins") },
	{
		id: "history",
		title: "History",
		keys: ["Mod+H", "Mod+4"],
		enabled: hasCircuit,
		run: () => togglePanel("history"),
	},
	{ id: "story", title: "Story", keys: ["Mod+5"], enabled: hasCircuit, run: () => togglePanel("story") },
	{ id: "theme", title: "Light or dark", keys: ["Mod+Shift+D"], run: toggleTheme },
];

function toggleColumns(): void {
	const columns = useView.getState().columns === "tokens" ? "free" : "tokens";
	changeView(columns === "tokens" ? "Columns by token" : "Free columns", { columns }, { camera: null });
}

function toggleTheme(): void {
	const { theme } = useSession.getState().settings;
	saveSettings({ theme: resolveTheme(theme) === "dark" ? "light" : "dark" });
}
