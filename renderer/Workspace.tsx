import { useEffect } from "react";
import { canvasMenu } from "./actions/menus.ts";
import {
	closeDrawer,
	coverOf,
	lowWindow,
	narrowWindow,
	showSide,
	smallWindow,
	useWorkspace,
} from "./actions/workspace-store.ts";
import { GraphCanvas } from "./canvas/GraphCanvas.tsx";
import { HiddenNote } from "./canvas/Legend.tsx";
import { CompareBar } from "./compare/CompareBar.tsx";
import { CompareTable } from "./compare/CompareTable.tsx";
import { Dialogs } from "./Dialogs.tsx";
import { useComparison } from "./document/comparison-store.ts";
import { useDerived } from "./document/derived-store.ts";
import { useDocument } from "./document/document-store.ts";
import { useView, type ViewState } from "./document/view-store.ts";
import { HistoryPanel } from "./history/HistoryPanel.tsx";
import { PreviewBar } from "./history/PreviewBar.tsx";
import { Inspector } from "./inspector/Inspector.tsx";
import { PanelSplitter, panelId } from "./PanelSplitter.tsx";
import { PinTray } from "./pins/PinTray.tsx";
import { SkipLink } from "./SkipLink.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { StartScreen } from "./start/StartScreen.tsx";
import { StoryPanel } from "./story/StoryPanel.tsx";
import { TopBar } from "./TopBar.tsx";
import { CircuitTable } from "./table/CircuitTable.tsx";
import { CanvasToolbar } from "./toolbar/CanvasToolbar.tsx";
import { TracePanel } from "./trace/TracePanel.tsx";
import { Segments } from "./ui/Segments.tsx";
import { useMedia } from "./ui/use-media.ts";

/** A bar above, panels at the sides and below, the circuit in the middle; and what of it a smaller window has room for. */
export function Workspace() {
	const { sizes } = useWorkspace();
	const name = useDocument((state) => state.name);
	const comparing = useComparison((state) => state.comparison !== null);
	const { left, right, pins, tabs, isSmall, isNarrow } = usePanels();
	useEffect(() => useView.subscribe(showWhatIsSelected), []);
	const widths = { "--left": sizes.left, "--right": sizes.right, "--pins": sizes.pins };
	const style = Object.fromEntries(
		Object.entries(widths).flatMap(([key, px]) => (px === null ? [] : [[key, `${px}px`]])),
	);
	return (
		<div className="app" data-small={isSmall || undefined} style={style}>
			<SkipLink />
			<TopBar />
			{tabs && (
				<nav className="side-tabs" aria-label="Panels">
					<Segments
						label="Panel"
						value={left ? "trace" : "details"}
						options={[
							{ value: "trace", label: "Trace" },
							{ value: "details", label: names[tabs] },
						]}
						onChange={showSide}
					/>
				</nav>
			)}
			{left && (
				<aside id={panelId("trace")} className="side-left" aria-label="Trace">
					<TracePanel />
				</aside>
			)}
			<main className="middle" aria-label="Circuit" tabIndex={-1} onPointerDown={closeDrawer}>
				{name === null ? <StartScreen /> : <CircuitArea />}
				{!isSmall && (
					<PanelSplitter
						side="left"
						panel={isNarrow && !left && right ? right : "trace"}
						isOpen={left || (isNarrow && right !== undefined)}
					/>
				)}
				{!isNarrow && name !== null && (
					<PanelSplitter side="right" panel={right ?? "inspector"} isOpen={right !== undefined} />
				)}
			</main>
			{right === "history" && <HistoryPanel />}
			{right === "story" && <StoryPanel />}
			{right === "inspector" && (
				<aside id={panelId("inspector")} className="side-right" aria-label="Inspector">
					<Inspector />
				</aside>
			)}
			{pins && !comparing && <PinTray />}
			<StatusBar />
			<Dialogs />
		</div>
	);
}

const names = { history: "History", story: "Story", inspector: "Inspector" } as const;

interface SeenPanels {
	readonly left: boolean;
	readonly right: keyof typeof names | undefined;
	readonly pins: boolean;
	/** What the side beside *Trace* is called, where the two take turns. */
	readonly tabs: keyof typeof names | undefined;
	readonly isSmall: boolean;
	readonly isNarrow: boolean;
}

/** Which of the open panels are seen: both sides, one of them beside the circuit, or one over it. */
function usePanels(): SeenPanels {
	const { panels, front, drawer } = useWorkspace();
	const name = useDocument((state) => state.name);
	const [isNarrow, isSmall, isLow] = [useMedia(narrowWindow), useMedia(smallWindow), useMedia(lowWindow)];
	const details = name === null ? undefined : (coverOf(panels) ?? (panels.inspector ? "inspector" : undefined));
	const pins = name !== null && (isSmall || isLow ? drawer === "pins" : panels.pins);
	if (isSmall) {
		const right = drawer === "details" ? details : undefined;
		return { left: drawer === "trace", right, pins, tabs: undefined, isSmall, isNarrow };
	}
	const tabs = isNarrow && panels.trace ? details : undefined;
	return {
		left: panels.trace && (!tabs || front === "trace"),
		right: tabs && front === "trace" ? undefined : details,
		...{ pins, tabs, isSmall, isNarrow },
	};
}

/** A selection in the inspector, where the trace panel has its room. */
function showWhatIsSelected(now: ViewState, before: ViewState): void {
	const hasNew = now.selection !== before.selection && now.selection.size > 0;
	if (hasNew || (now.edge !== null && now.edge !== before.edge)) showSide("details");
}

function CircuitArea() {
	const mode = useView((state) => state.mode);
	const comparison = useComparison((state) => state.comparison);
	const compared = useDerived((state) => state.compared);
	const table =
		comparison && compared ? <CompareTable comparison={comparison} compared={compared} /> : <CircuitTable />;
	return (
		<div className="circuit-area">
			{comparison && <CompareBar comparison={comparison} />}
			<CanvasToolbar />
			{mode === "canvas" ? <GraphCanvas menu={canvasMenu} /> : table}
			{mode === "canvas" && <HiddenNote />}
			<PreviewBar />
		</div>
	);
}
