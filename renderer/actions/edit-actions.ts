import { canvasSize } from "../canvas/camera.ts";
import { useTool } from "../canvas/tool-store.ts";
import { addNote } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { nextRedo, nextUndo, redoLast, undoLast } from "../document/view-history.ts";
import { select, useView } from "../document/view-store.ts";
import type { Titled } from "./action.ts";
import { hasCircuit, hasNodes, hasSelection } from "./conditions.ts";

/** Of undoing, selecting, and the tools of the canvas. */
export const editActions: readonly Titled[] = [
	{
		id: "undo",
		title: "Undo",
		keys: ["Mod+Z"],
		enabled: () => nextUndo() !== null,
		run: undoLast,
	},
	{
		id: "redo",
		title: "Redo",
		keys: ["Mod+Shift+Z", "Mod+Y"],
		enabled: () => nextRedo() !== null,
		run: redoLast,
	},
	{
		id: "select-all",
		title: "Select all",
		keys: ["Mod+A"],
		enabled: hasNodes,
		run: () => select(useDerived.getState().scene.nodes.map(({ node }) => node.id)),
	},
	{
		id: "clear-selection",
		title: "Clear the selection",
		keys: ["Escape"],
		enabled: () => hasSelection() || useView.getState().edge !== null,
		run: () => select([]),
	},
	{ id: "note", title: "Add a note", keys: ["N"], enabled: hasCircuit, run: addNoteInMiddle },
	{
		id: "tool-select",
		title: "Select and move",
		keys: ["V"],
		run: () => useTool.setState({ tool: "select" }),
	},
	{ id: "tool-lasso", title: "Lasso", keys: ["L"], run: () => useTool.setState({ tool: "lasso" }) },
	{
		id: "tool-link",
		title: "Draw an edge by hand",
		keys: ["E"],
		run: () => useTool.setState({ tool: "link" }),
	},
];

function addNoteInMiddle(): void {
	const { camera } = useView.getState();
	const { width, height } = canvasSize();
	if (camera) addNote(camera.x + width / 2 / camera.zoom - 80, camera.y + height / 2 / camera.zoom - 30);
}
