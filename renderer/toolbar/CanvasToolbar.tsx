import {
	BoxSelect,
	Columns3,
	EyeOff,
	Layers2,
	ListFilter,
	Maximize,
	Minus,
	MousePointer2,
	Plus,
	SlidersHorizontal,
	Spline,
	StickyNote,
	Table2,
} from "lucide-react";
import { runAction } from "../actions/actions.ts";
import { menuOf } from "../actions/menus.ts";
import { showKeys } from "../actions/shortcuts.ts";
import { lowWindow, smallWindow } from "../actions/workspace-store.ts";
import { NodeSearch } from "../canvas/NodeSearch.tsx";
import { useTool } from "../canvas/tool-store.ts";
import { useView } from "../document/view-store.ts";
import { IconButton } from "../ui/Button.tsx";
import { Menu } from "../ui/Menu.tsx";
import { Popover } from "../ui/Popover.tsx";
import { useMedia } from "../ui/use-media.ts";
import { Filters } from "./Filters.tsx";
import "./toolbar.css";

/** What lies over the canvas: search, filters with what they hide, tools, zoom. One row where the window is small. */
export function CanvasToolbar() {
	const isShort = useMedia(`${smallWindow}, ${lowWindow}`);
	return (
		<div className="canvas-tools" role="toolbar" aria-label="Canvas" data-short={isShort || undefined}>
			<NodeSearch />
			{isShort ? (
				<ToolMenus />
			) : (
				<>
					<Filters />
					<Tools />
					<Looks />
				</>
			)}
			<Zoom />
		</div>
	);
}

function ToolMenus() {
	return (
		<div className="float" data-tight>
			<Popover
				label="What is shown"
				button={
					<IconButton label="Filter edges and nodes">
						<ListFilter />
					</IconButton>
				}
			>
				<Filters />
			</Popover>
			<Menu
				label="Tools of the canvas"
				groups={menuOf([
					["tool-select", "tool-lasso", "tool-link", "note"],
					["columns", "fold", "errors", "table"],
				])}
			>
				<IconButton label="Tools of the canvas">
					<SlidersHorizontal />
				</IconButton>
			</Menu>
		</div>
	);
}

function Tools() {
	const tool = useTool((state) => state.tool);
	return (
		<div className="float" data-tight>
			<IconButton label="Select and move" keys="V" pressed={tool === "select"} onClick={() => runAction("tool-select")}>
				<MousePointer2 />
			</IconButton>
			<IconButton
				label="Lasso (or drag with Shift)"
				keys="L"
				pressed={tool === "lasso"}
				onClick={() => runAction("tool-lasso")}
			>
				<BoxSelect />
			</IconButton>
			<IconButton
				label="Draw an edge by hand"
				keys="E"
				pressed={tool === "link"}
				onClick={() => runAction("tool-link")}
			>
				<Spline />
			</IconButton>
			<IconButton label="Add a note" keys="N" onClick={() => runAction("note")}>
				<StickyNote />
			</IconButton>
		</div>
	);
}

function Looks() {
	const { columns, foldPositions, mode, showErrors } = useView();
	return (
		<div className="float" data-tight>
			<IconButton label="Columns by token" keys="T" pressed={columns === "tokens"} onClick={() => runAction("columns")}>
				<Columns3 />
			</IconButton>
			<IconButton
				label="Fold positions: one node a feature"
				keys="O"
				pressed={foldPositions}
				onClick={() => runAction("fold")}
			>
				<Layers2 />
			</IconButton>
			<IconButton label="Hide error nodes" keys="R" pressed={!showErrors} onClick={() => runAction("errors")}>
				<EyeOff />
			</IconButton>
			<IconButton
				label="As a table"
				keys={showKeys("Shift+T")}
				pressed={mode === "table"}
				onClick={() => runAction("table")}
			>
				<Table2 />
			</IconButton>
		</div>
	);
}

function Zoom() {
	const zoom = useView(({ camera }) => camera?.zoom ?? 1);
	return (
		<div className="float" data-tight data-last>
			<IconButton label="Zoom out" keys="-" onClick={() => runAction("zoom-out")}>
				<Minus />
			</IconButton>
			<span className="mono zoom-value">{Math.round(100 * zoom)}%</span>
			<IconButton label="Zoom in" keys="+" onClick={() => runAction("zoom-in")}>
				<Plus />
			</IconButton>
			<IconButton label="Fit the circuit" keys="F" onClick={() => runAction("fit")}>
				<Maximize />
			</IconButton>
		</div>
	);
}
