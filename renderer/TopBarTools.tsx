import {
	BookOpen,
	CircleHelp,
	Command,
	Download,
	Ellipsis,
	FolderOpen,
	GitCompareArrows,
	History,
	Library,
	Moon,
	PanelBottom,
	PanelLeft,
	PanelRight,
	Plus,
	Redo2,
	Settings,
	Sun,
	Undo2,
	Wrench,
} from "lucide-react";
import { runAction } from "./actions/actions.ts";
import { menuOf } from "./actions/menus.ts";
import { showKeys } from "./actions/shortcuts.ts";
import { coverOf, lowWindow, smallWindow, useWorkspace } from "./actions/workspace-store.ts";
import { useDocument } from "./document/document-store.ts";
import { useSession } from "./document/session-store.ts";
import { useNextSteps } from "./document/view-history.ts";
import { resolveTheme } from "./ui/apply-theme.ts";
import { Button, IconButton } from "./ui/Button.tsx";
import { Menu } from "./ui/Menu.tsx";
import { useMedia } from "./ui/use-media.ts";

export function UndoRedo() {
	const preview = useDocument((state) => state.preview);
	const { undo, redo } = useNextSteps();
	return (
		<>
			<IconButton
				label={undo === null ? "Nothing to undo" : `Undo: ${undo}`}
				keys={showKeys("Mod+Z")}
				disabled={undo === null || preview !== null}
				onClick={() => runAction("undo")}
			>
				<Undo2 />
			</IconButton>
			<IconButton
				label={redo === null ? "Nothing to redo" : `Redo: ${redo}`}
				keys={showKeys("Mod+Shift+Z")}
				disabled={redo === null || preview !== null}
				onClick={() => runAction("redo")}
			>
				<Redo2 />
			</IconButton>
			<span className="top-divider" />
		</>
	);
}

/** Which panels are seen. */
export function PanelToggles() {
	const { panels, drawer } = useWorkspace();
	const isOpen = useDocument((state) => state.name !== null);
	const [isSmall, isLow] = [useMedia(smallWindow), useMedia(lowWindow)];
	return (
		<div className="panel-toggles" role="group" aria-label="Panels">
			<IconButton
				label="Trace panel"
				keys={showKeys("Mod+1")}
				pressed={isSmall ? drawer === "trace" : panels.trace}
				onClick={() => runAction("panel-trace")}
			>
				<PanelLeft />
			</IconButton>
			{isOpen && (
				<>
					<IconButton
						label="Pin tray"
						keys={showKeys("Mod+3")}
						pressed={isSmall || isLow ? drawer === "pins" : panels.pins}
						onClick={() => runAction("panel-pins")}
					>
						<PanelBottom />
					</IconButton>
					<IconButton
						label="Inspector"
						keys={showKeys("Mod+2")}
						pressed={(isSmall ? drawer === "details" : panels.inspector) && coverOf(panels) === undefined}
						onClick={() => runAction("panel-inspector")}
					>
						<PanelRight />
					</IconButton>
				</>
			)}
		</div>
	);
}

const exports = [
	["report", "report-markdown", "report-latex"],
	["export", "export-svg", "export-png"],
	["export-data"],
];
const tools = [
	["features", "labels", "steer", "validate", "clusters"],
	["train", "measure"],
	["import", "config"],
];

/** What can be done with the open circuit. */
export function CircuitTools() {
	const { history, story } = useWorkspace((state) => state.panels);
	return (
		<>
			<Button pressed={history} onClick={() => runAction("history")}>
				<History aria-hidden /> History
			</Button>
			<Button pressed={story} onClick={() => runAction("story")}>
				<BookOpen aria-hidden /> Story
			</Button>
			<Button onClick={() => runAction("compare")}>
				<GitCompareArrows aria-hidden /> Compare
			</Button>
			<Menu label="Export" align="end" groups={menuOf(exports)}>
				<Button>
					<Download aria-hidden /> Export
				</Button>
			</Menu>
			<span className="top-divider" />
		</>
	);
}

/** What is there whatever is open. */
export function AppTools() {
	const theme = useSession((state) => state.settings.theme);
	return (
		<>
			<Menu label="Tools" align="end" groups={menuOf(tools)}>
				<Button>
					<Wrench aria-hidden /> Tools
				</Button>
			</Menu>
			<span className="top-divider" />
			<IconButton label="New trace" keys={showKeys("Shift+N")} onClick={() => runAction("new-trace")}>
				<Plus />
			</IconButton>
			<IconButton label="Open circuit" keys={showKeys("Mod+O")} onClick={() => runAction("circuits")}>
				<FolderOpen />
			</IconButton>
			<IconButton label="Library" keys={showKeys("Mod+L")} onClick={() => runAction("library")}>
				<Library />
			</IconButton>
			<IconButton label="Light or dark" onClick={() => runAction("theme")}>
				{resolveTheme(theme) === "dark" ? <Sun /> : <Moon />}
			</IconButton>
			<IconButton label="Settings" keys={showKeys("Mod+,")} onClick={() => runAction("settings")}>
				<Settings />
			</IconButton>
			<IconButton label="Shortcuts" keys="?" onClick={() => runAction("shortcuts")}>
				<CircleHelp />
			</IconButton>
			<IconButton label="All commands" keys={showKeys("Mod+K")} onClick={() => runAction("palette")}>
				<Command />
			</IconButton>
		</>
	);
}

/** The same as menus, where there is no room for more; with `all` also what is about the open circuit. */
export function EverythingElse({ all }: { readonly all: boolean }) {
	return (
		<>
			{!all && (
				<Menu label="Tools" align="end" groups={menuOf(tools)}>
					<Button>
						<Wrench aria-hidden /> Tools
					</Button>
				</Menu>
			)}
			<Menu
				label="More"
				align="end"
				groups={menuOf([
					...(all ? [["history", "story", "compare"], ...exports, ...tools] : []),
					["new-trace", "circuits", "library"],
					["theme", "settings", "shortcuts", "palette"],
				])}
			>
				<IconButton label="More">
					<Ellipsis />
				</IconButton>
			</Menu>
		</>
	);
}
