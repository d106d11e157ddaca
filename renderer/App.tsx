import { useEffect } from "react";
import { canvasMenu } from "./actions/menus.ts";
import { narrowWindow, showSide, useWorkspace } from "./actions/workspace-store.ts";
import { GraphCanvas } from "./canvas/GraphCanvas.tsx";
import { HiddenNote } from "./canvas/Legend.tsx";
import { Dialogs } from "./Dialogs.tsx";
import { useDocument } from "./document/document-store.ts";
import { useSession } from "./document/session-store.ts";
import { useView, type ViewState } from "./document/view-store.ts";
import { HistoryPanel } from "./history/HistoryPanel.tsx";
import { PreviewBar } from "./history/PreviewBar.tsx";
import { Inspector } from "./inspector/Inspector.tsx";
import { PinTray } from "./pins/PinTray.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { StartScreen } from "./start/StartScreen.tsx";
import { TopBar } from "./TopBar.tsx";
import { CircuitTable } from "./table/CircuitTable.tsx";
import { CanvasToolbar } from "./toolbar/CanvasToolbar.tsx";
import { TracePanel } from "./trace/TracePanel.tsx";
import { Segments } from "./ui/Segments.tsx";
import { TipProvider } from "./ui/Tip.tsx";
import { Toasts } from "./ui/Toasts.tsx";
import { useMedia } from "./ui/use-media.ts";
import "./app.css";

/** The window: a bar above, panels at the sides and below, the circuit in the middle. */
export function App() {
	const connection = useSession((state) => state.connection);
	const ready = useWorkspace((state) => state.ready);
	return (
		<TipProvider delayDuration={400}>
			{connection.status === "failed" ? (
				<main className="cover">
					<h1>The app cannot start</h1>
					<p>{connection.failure.message}</p>
				</main>
			) : ready ? (
				<Workspace />
			) : (
				<Skeleton />
			)}
			<Toasts />
		</TipProvider>
	);
}

function Workspace() {
	const { panels, front } = useWorkspace();
	const name = useDocument((state) => state.name);
	const isNarrow = useMedia(narrowWindow);
	useEffect(() => useView.subscribe(showWhatIsSelected), []);
	const details = name !== null && (panels.history ? "History" : panels.inspector ? "Inspector" : undefined);
	const one = isNarrow && panels.trace && details ? front : undefined;
	return (
		<div className="app">
			<TopBar />
			{one && details && (
				<nav className="side-tabs" aria-label="Panels">
					<Segments
						label="Panel"
						value={one}
						options={[
							{ value: "trace", label: "Trace" },
							{ value: "details", label: details },
						]}
						onChange={showSide}
					/>
				</nav>
			)}
			{panels.trace && one !== "details" && (
				<aside className="side-left" aria-label="Trace">
					<TracePanel />
				</aside>
			)}
			<main className="middle" aria-label="Circuit">
				{name === null ? <StartScreen /> : <CircuitArea />}
			</main>
			{details === "History" && one !== "trace" && <HistoryPanel />}
			{details === "Inspector" && one !== "trace" && (
				<aside className="side-right" aria-label="Inspector">
					<Inspector />
				</aside>
			)}
			{panels.pins && name !== null && <PinTray />}
			<StatusBar />
			<Dialogs />
		</div>
	);
}

/** A selection in the inspector, where the trace panel has its room. */
function showWhatIsSelected(now: ViewState, before: ViewState): void {
	const hasNew = now.selection !== before.selection && now.selection.size > 0;
	if (hasNew || (now.edge !== null && now.edge !== before.edge)) showSide("details");
}

function CircuitArea() {
	const mode = useView((state) => state.mode);
	return (
		<div className="circuit-area">
			<CanvasToolbar />
			{mode === "canvas" ? <GraphCanvas menu={canvasMenu} /> : <CircuitTable />}
			{mode === "canvas" && <HiddenNote />}
			<PreviewBar />
		</div>
	);
}

/** The window before the first answers are here, in the places where things will be. */
function Skeleton() {
	return (
		<div className="app" aria-busy="true">
			<header className="top">
				<span className="app-name">Sparse Circuit Discovery</span>
			</header>
			<aside className="side-left" aria-label="Trace" />
			<main className="middle" aria-label="Circuit">
				<p className="connecting faint">Connecting …</p>
			</main>
			<footer className="status" />
		</div>
	);
}
