import {
	ChevronDown,
	CircleHelp,
	Command,
	Download,
	FolderOpen,
	GitCompareArrows,
	History,
	Library,
	Moon,
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
import { useWorkspace } from "./actions/workspace-store.ts";
import { useDerived } from "./document/derived-store.ts";
import { useDocument } from "./document/document-store.ts";
import { useSession } from "./document/session-store.ts";
import { useNextSteps } from "./document/view-history.ts";
import { count, countEdges } from "./ui/amounts.ts";
import { resolveTheme } from "./ui/apply-theme.ts";
import { Button, IconButton } from "./ui/Button.tsx";
import { Menu } from "./ui/Menu.tsx";

/** Which circuit is open, and what can be done with it as a whole. */
export function TopBar() {
	const { name, runs, preview, edgesLeft } = useDocument();
	const { undo, redo } = useNextSteps();
	const document = useDerived((state) => state.document);
	const theme = useSession((state) => state.settings.theme);
	const history = useWorkspace((state) => state.panels.history);
	return (
		<header className="top">
			<svg className="mark" viewBox="0 0 22 22" aria-hidden>
				<path d="M4 18 11 11l7 7M11 11V4" fill="none" stroke="var(--accent)" strokeWidth="1.8" />
				<g fill="var(--panel)" stroke="var(--accent)" strokeWidth="1.8">
					<circle cx="4" cy="18" r="2.6" />
					<circle cx="18" cy="18" r="2.6" />
					<circle cx="11" cy="11" r="2.6" />
					<circle cx="11" cy="4" r="2.6" />
				</g>
			</svg>
			{name === null ? (
				<h1 className="app-name">Sparse Circuit Discovery</h1>
			) : (
				<>
					<Menu
						label="Circuit"
						groups={menuOf([["circuits", "new-trace", "import"], ["rename", "branch", "compare"], ["delete-circuit"]])}
					>
						<button type="button" className="circuit-name" aria-label={`Circuit ${name}`} title={name}>
							{name} <ChevronDown size={13} aria-hidden />
						</button>
					</Menu>
					<span className="faint cut" data-counts>
						{count(document.nodes.length, "node")} · {countEdges(document.edges.length, preview ? 0 : edgesLeft)} ·{" "}
						{count(runs, "run")}
					</span>
				</>
			)}
			<span className="grow" />
			{name !== null && (
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
					<Button pressed={history} onClick={() => runAction("history")}>
						<History aria-hidden /> History
					</Button>
					<Button onClick={() => runAction("compare")}>
						<GitCompareArrows aria-hidden /> Compare
					</Button>
					<Menu label="Export" align="end" groups={menuOf([["export", "export-svg", "export-png"], ["export-data"]])}>
						<Button>
							<Download aria-hidden /> Export
						</Button>
					</Menu>
					<span className="top-divider" />
				</>
			)}
			<Menu
				label="Tools"
				align="end"
				groups={menuOf([
					["features", "labels", "steer", "validate", "clusters"],
					["train", "measure"],
					["import", "config"],
				])}
			>
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
		</header>
	);
}
