import { keepSizes, type PanelName, resizePanel, togglePanel, useWorkspace } from "./actions/workspace-store.ts";
import { Splitter } from "./ui/Splitter.tsx";

const widths = { left: [240, 480], right: [260, 640] } as const;
const names: Readonly<Record<PanelName, string>> = {
	trace: "trace panel",
	inspector: "inspector",
	history: "history",
	story: "story",
	pins: "pin tray",
};

export const panelId = (panel: PanelName): string => `panel-${panel}`;

interface PanelSplitterProps {
	readonly side: "left" | "right";
	/** The one that is there, or would be. */
	readonly panel: PanelName;
	readonly isOpen: boolean;
}

/** The line between a panel at the window's side and the circuit. */
export function PanelSplitter({ side, panel, isOpen }: PanelSplitterProps) {
	const [min, max] = widths[side];
	const given = useWorkspace(({ sizes }) => sizes[side]);
	return (
		<Splitter
			label={`Width of the ${names[panel]}`}
			panel={panelId(panel)}
			side={side}
			isOpen={isOpen}
			given={given}
			min={min}
			max={max}
			onResize={(size) => resizePanel(side, size)}
			onSettle={keepSizes}
			onToggle={(open) => togglePanel(panel, open)}
		/>
	);
}
