import { fitAll, zoomBy, zoomTo } from "../canvas/camera.ts";
import { useTool } from "../canvas/tool-store.ts";
import { forgetPlaces, hideNodes, showNodes, ungroup } from "../document/commands.ts";
import { placeId, useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError } from "../document/session-store.ts";
import { changeView, nextRedo, nextUndo, redoLast, undoLast } from "../document/view-history.ts";
import { select, setView, useView } from "../document/view-store.ts";
import { arrangeFlow } from "./arrange-flow.ts";
import { copyAsImage, copyAsSvg, copyAsTable } from "./copy-selection.ts";
import { chooseImports } from "./import-files.ts";
import { saveImage } from "./save-image.ts";
import {
	alignSelected,
	onlySelected,
	selectedFeatures,
	selectedMembers,
	selectedNodes,
	traceFrom,
} from "./selection.ts";
import {
	addNoteInMiddle,
	copyIds,
	deleteSelected,
	newTrace,
	openNeuronpedia,
	respond,
	selectedGroup,
	selectReach,
	toggleColumns,
	toggleGroup,
	togglePin,
	toggleTheme,
} from "./steps.ts";
import { openDialog, togglePanel } from "./workspace-store.ts";

/** Something that a person can do: one entry of the palette, of menus and of the sheet of shortcuts. */
export interface Action {
	readonly id: string;
	readonly title: string;
	readonly group: "Circuit" | "Edit" | "Selection" | "View" | "Trace" | "Help";
	/** `Mod` is Ctrl, or Cmd on a Mac. The first is shown. */
	readonly keys?: readonly string[];
	/** Whether it can be done now; absent means always. */
	enabled?(): boolean;
	run(): void;
}

const hasCircuit = () => useDocument.getState().name !== null;
const hasSelection = () => useView.getState().selection.size > 0;
const hasNodes = () => useDerived.getState().view.nodes.length > 0;
const isMeasured = () => useDocument.getState().run !== null;

export const actions: readonly Action[] = [
	{ id: "new-trace", title: "New trace", group: "Circuit", keys: ["Shift+N", "Mod+N"], run: newTrace },
	{ id: "circuits", title: "Open circuit…", group: "Circuit", keys: ["Mod+O"], run: () => openDialog("circuits") },
	{ id: "rename", title: "Rename circuit…", group: "Circuit", enabled: hasCircuit, run: () => openDialog("rename") },
	{
		id: "branch",
		title: "Branch circuit…",
		group: "Circuit",
		keys: ["Mod+B"],
		enabled: hasCircuit,
		run: () => openDialog("branch"),
	},
	{ id: "compare", title: "Compare…", group: "Circuit", enabled: hasCircuit, run: () => openDialog("compare") },
	{
		id: "delete-circuit",
		title: "Delete circuit…",
		group: "Circuit",
		enabled: hasCircuit,
		run: () => openDialog("delete"),
	},
	{
		id: "export",
		title: "Export or print…",
		group: "Circuit",
		keys: ["Mod+E", "Mod+P"],
		enabled: hasNodes,
		run: () => openDialog("export"),
	},
	{
		id: "export-svg",
		title: "Save what is seen as SVG",
		group: "Circuit",
		enabled: hasNodes,
		run: () => void saveImage("svg").catch(reportError),
	},
	{
		id: "export-png",
		title: "Save what is seen as PNG",
		group: "Circuit",
		keys: ["Mod+Shift+E"],
		enabled: hasNodes,
		run: () => void saveImage("png").catch(reportError),
	},
	{
		id: "library",
		title: "Library of models and dictionaries",
		group: "Circuit",
		keys: ["Mod+L"],
		run: () => openDialog("library"),
	},
	{ id: "settings", title: "Settings", group: "Help", keys: ["Mod+,"], run: () => openDialog("settings") },

	{
		id: "undo",
		title: "Undo",
		group: "Edit",
		keys: ["Mod+Z"],
		enabled: () => nextUndo() !== null,
		run: undoLast,
	},
	{
		id: "redo",
		title: "Redo",
		group: "Edit",
		keys: ["Mod+Shift+Z", "Mod+Y"],
		enabled: () => nextRedo() !== null,
		run: redoLast,
	},
	{
		id: "select-all",
		title: "Select all",
		group: "Edit",
		keys: ["Mod+A"],
		enabled: hasNodes,
		run: () => select(useDerived.getState().scene.nodes.map(({ node }) => node.id)),
	},
	{
		id: "clear-selection",
		title: "Clear the selection",
		group: "Edit",
		keys: ["Escape"],
		enabled: () => hasSelection() || useView.getState().edge !== null,
		run: () => select([]),
	},
	{ id: "note", title: "Add a note", group: "Edit", keys: ["N"], enabled: hasCircuit, run: addNoteInMiddle },
	{
		id: "tool-select",
		title: "Select and move",
		group: "Edit",
		keys: ["V"],
		run: () => useTool.setState({ tool: "select" }),
	},
	{ id: "tool-lasso", title: "Lasso", group: "Edit", keys: ["L"], run: () => useTool.setState({ tool: "lasso" }) },
	{
		id: "tool-link",
		title: "Draw an edge by hand",
		group: "Edit",
		keys: ["E"],
		run: () => useTool.setState({ tool: "link" }),
	},

	{
		id: "hide",
		title: "Hide",
		group: "Selection",
		keys: ["H"],
		enabled: hasSelection,
		run: () => {
			hideNodes(selectedMembers());
			select([]);
		},
	},
	{
		id: "show-all",
		title: "Show everything that was hidden",
		group: "Selection",
		keys: ["Shift+H"],
		enabled: () => useDocument.getState().document.hidden.length > 0,
		run: () => showNodes(useDocument.getState().document.hidden.map(({ id }) => id)),
	},
	{
		id: "delete",
		title: "Delete",
		group: "Selection",
		keys: ["Delete", "Backspace"],
		enabled: () => hasSelection() || useView.getState().edge !== null,
		run: deleteSelected,
	},
	{
		id: "group",
		title: "Group into a supernode…",
		group: "Selection",
		keys: ["G"],
		enabled: () => selectedMembers().length > 1,
		run: () => openDialog("group"),
	},
	{
		id: "ungroup",
		title: "Ungroup",
		group: "Selection",
		keys: ["Shift+G"],
		enabled: () => selectedGroup() !== undefined,
		run: () => {
			const group = selectedGroup();
			if (group) ungroup(group.id);
		},
	},
	{
		id: "collapse",
		title: "Collapse or expand the group",
		group: "Selection",
		keys: ["C"],
		enabled: () => selectedGroup() !== undefined,
		run: toggleGroup,
	},
	{
		id: "pin",
		title: "Pin or unpin",
		group: "Selection",
		keys: ["P"],
		enabled: () => selectedFeatures().length > 0,
		run: togglePin,
	},
	{ id: "copy-id", title: "Copy id", group: "Selection", keys: ["Mod+C"], enabled: hasSelection, run: copyIds },
	{
		id: "copy-image",
		title: "Copy as a picture",
		group: "Selection",
		keys: ["Mod+Shift+C"],
		enabled: hasSelection,
		run: () => void copyAsImage().catch(reportError),
	},
	{
		id: "copy-svg",
		title: "Copy as SVG",
		group: "Selection",
		enabled: hasSelection,
		run: () => void copyAsSvg().catch(reportError),
	},
	{
		id: "copy-table",
		title: "Copy as a table",
		group: "Selection",
		enabled: hasSelection,
		run: () => void copyAsTable().catch(reportError),
	},
	{
		id: "neuronpedia",
		title: "Open on Neuronpedia",
		group: "Selection",
		enabled: () => selectedFeatures().length === 1,
		run: openNeuronpedia,
	},
	{
		id: "align-column",
		title: "Align under one another",
		group: "Selection",
		enabled: () => selectedNodes().length > 1,
		run: () => alignSelected("column"),
	},
	{
		id: "align-row",
		title: "Align side by side",
		group: "Selection",
		enabled: () => selectedNodes().length > 1,
		run: () => alignSelected("row"),
	},
	{
		id: "spread",
		title: "Spread evenly",
		group: "Selection",
		enabled: () => selectedNodes().length > 2,
		run: () => alignSelected("spread"),
	},
	{
		id: "lay-out-selected",
		title: "Lay the selected out again",
		group: "Selection",
		enabled: hasSelection,
		run: () => forgetPlaces(selectedNodes().map(({ id }) => placeId(id))),
	},
	{
		id: "flow-selected",
		title: "Arrange the selected as a flow",
		group: "Selection",
		enabled: () => selectedNodes().length > 1,
		run: () => void arrangeFlow("selected").catch(reportError),
	},
	{
		id: "select-upstream",
		title: "Select all that leads here",
		group: "Selection",
		keys: ["["],
		enabled: hasSelection,
		run: () => selectReach("upstream"),
	},
	{
		id: "select-downstream",
		title: "Select all that this leads to",
		group: "Selection",
		keys: ["]"],
		enabled: hasSelection,
		run: () => selectReach("downstream"),
	},

	{
		id: "trace-upstream",
		title: "Trace upstream from here",
		group: "Trace",
		keys: ["U"],
		enabled: () => isMeasured() && onlySelected() !== undefined,
		run: () => traceFrom("upstream"),
	},
	{
		id: "trace-downstream",
		title: "Trace downstream from here",
		group: "Trace",
		keys: ["D"],
		enabled: () => isMeasured() && onlySelected() !== undefined,
		run: () => traceFrom("downstream"),
	},

	{
		id: "respond",
		title: "Ablate or scale: response curve",
		group: "Trace",
		keys: ["A"],
		enabled: () => isMeasured() && selectedFeatures().length > 0,
		run: respond,
	},
	{
		id: "steer",
		title: "Steer: write on with features changed…",
		group: "Trace",
		keys: ["S"],
		run: () => openDialog("steer"),
	},
	{
		id: "validate",
		title: "Validate the pinned features…",
		group: "Trace",
		keys: ["Shift+V"],
		enabled: hasCircuit,
		run: () => openDialog("validate"),
	},
	{
		id: "features",
		title: "Browse features…",
		group: "Trace",
		keys: ["Shift+F"],
		run: () => openDialog("features"),
	},
	{ id: "labels", title: "Labels from Neuronpedia…", group: "Trace", run: () => openDialog("labels") },
	{ id: "clusters", title: "Clusters of token positions…", group: "Trace", run: () => openDialog("clusters") },
	{ id: "train", title: "Train a dictionary…", group: "Trace", run: () => openDialog("train") },
	{ id: "measure", title: "Compare dictionaries…", group: "Trace", run: () => openDialog("measure") },
	{
		id: "config",
		title: "Settings from central_config.yaml…",
		group: "Trace",
		run: () => openDialog("config"),
	},
	{
		id: "export-data",
		title: "Export for other programs, or as a project…",
		group: "Circuit",
		keys: ["Mod+Shift+S"],
		run: () => openDialog("export-data"),
	},
	{ id: "import", title: "Import circuits and graphs…", group: "Circuit", keys: ["Mod+I"], run: chooseImports },

	{ id: "fit", title: "Fit the circuit", group: "View", keys: ["F", "Mod+0"], enabled: hasNodes, run: fitAll },
	{
		id: "zoom-selection",
		title: "Zoom to the selection",
		group: "View",
		keys: ["Z"],
		enabled: hasSelection,
		run: () => zoomTo(useView.getState().selection),
	},
	{ id: "zoom-in", title: "Zoom in", group: "View", keys: ["+", "="], enabled: hasNodes, run: () => zoomBy(1.4) },
	{ id: "zoom-out", title: "Zoom out", group: "View", keys: ["-"], enabled: hasNodes, run: () => zoomBy(1 / 1.4) },
	{
		id: "columns",
		title: "Columns by token or free",
		group: "View",
		keys: ["T"],
		enabled: hasNodes,
		run: toggleColumns,
	},
	{
		id: "fold",
		title: "Fold or unfold positions",
		group: "View",
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
		group: "View",
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
		group: "View",
		enabled: () => useDocument.getState().document.hidden.length > 0,
		run: () => changeView("Show what was hidden", { showHidden: !useView.getState().showHidden }),
	},
	{
		id: "lay-out-all",
		title: "Lay everything out again",
		group: "View",
		enabled: hasNodes,
		run: () => {
			forgetPlaces(useDerived.getState().view.nodes.map(({ id }) => placeId(id)));
			setView({ camera: null });
		},
	},
	{
		id: "flow",
		title: "Arrange as a flow (dagre)",
		group: "View",
		enabled: hasNodes,
		run: () => void arrangeFlow("shown").catch(reportError),
	},
	{
		id: "table",
		title: "Table or canvas",
		group: "View",
		keys: ["Shift+T", "Mod+T"],
		enabled: hasNodes,
		run: () => setView({ mode: useView.getState().mode === "table" ? "canvas" : "table" }),
	},
	{
		id: "search",
		title: "Search nodes",
		group: "View",
		keys: ["/", "Mod+F"],
		enabled: hasNodes,
		run: () => document.querySelector<HTMLInputElement>("[data-search]")?.focus(),
	},
	{ id: "panel-trace", title: "Trace panel", group: "View", keys: ["Mod+1"], run: () => togglePanel("trace") },
	{ id: "panel-inspector", title: "Inspector", group: "View", keys: ["Mod+2"], run: () => togglePanel("inspector") },
	{ id: "panel-pins", title: "Pin tray", group: "View", keys: ["Mod+3"], run: () => togglePanel("pins") },
	{
		id: "history",
		title: "History",
		group: "View",
		keys: ["Mod+H", "Mod+4"],
		enabled: hasCircuit,
		run: () => togglePanel("history"),
	},
	{ id: "theme", title: "Light or dark", group: "View", keys: ["Mod+Shift+D"], run: toggleTheme },

	{ id: "palette", title: "All commands…", group: "Help", keys: ["Mod+K"], run: () => openDialog("palette") },
	{ id: "shortcuts", title: "Shortcuts", group: "Help", keys: ["?"], run: () => openDialog("shortcuts") },
	{ id: "about", title: "About", group: "Help", run: () => openDialog("about") },
];

export function findAction(id: string): Action | undefined {
	return actions.find((action) => action.id === id);
}

/** Does it where it can be done. */
export function runAction(id: string): void {
	const action = findAction(id);
	if (action && (action.enabled?.() ?? true)) action.run();
}
