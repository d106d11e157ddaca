import { ChevronDown, ChevronUp } from "lucide-react";
import { useMemo, useRef } from "react";
import { parseNodeId } from "#shared/node-id";
import { type PinUnit, pinUnits } from "#shared/pinned";
import { keepSizes, resizePanel, useWorkspace } from "../actions/workspace-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { saveSettings, useSession } from "../document/session-store.ts";
import { count } from "../ui/amounts.ts";
import { IconButton } from "../ui/Button.tsx";
import { Splitter } from "../ui/Splitter.tsx";
import { PinChip } from "./PinChip.tsx";
import { PinnedGraphView } from "./PinnedGraphView.tsx";
import { PinTools } from "./PinTools.tsx";
import { SupernodeChip } from "./SupernodeChip.tsx";
import { useTrayHeight } from "./use-tray-height.ts";
import "./pins.css";

/**
 * Features and supernodes that are put aside to be tested together, by layer, and the circuit that they make. It lies
 * over the canvas's lower side, whose size and camera stay as they are. Nodes are dropped here from the canvas.
 */
export function PinTray() {
	const pins = useDerived((state) => state.document.pins);
	const groups = useDerived((state) => state.document.groups);
	const nodes = useDerived((state) => state.document.nodes);
	const { workspace } = useSession((state) => state.settings);
	const given = useWorkspace(({ sizes }) => sizes.pins);
	const tray = useRef<HTMLElement>(null);
	useTrayHeight(tray);
	const units = useMemo(() => pinUnits(pins, { groups, nodes }), [pins, groups, nodes]);
	const isEmpty = units.length === 0;
	const isLow = workspace["pinsLow"] === true;
	return (
		<section
			ref={tray}
			className="pins"
			id="panel-pins"
			aria-label="Pin tray"
			data-pin-tray
			data-low={isEmpty || isLow || undefined}
		>
			{!isEmpty && !isLow && (
				<Splitter
					label="Height of the pin tray"
					panel="panel-pins"
					side="bottom"
					isOpen
					given={given}
					min={110}
					max={480}
					onResize={(size) => resizePanel("pins", size)}
					onSettle={keepSizes}
					onToggle={(open) => saveSettings({ workspace: { ...workspace, pinsLow: !open } })}
				/>
			)}
			<div className="pins-head">
				<h2 className="heading">Pinned · {pins.length}</h2>
				{isEmpty && (
					<span className="pins-hint cut">Drag features here, or select some and press P, to keep them together</span>
				)}
				<PinTools />
				<IconButton
					label={isLow ? "Show what is pinned" : "Show the head alone"}
					disabled={isEmpty}
					aria-expanded={!isEmpty && !isLow}
					onClick={() => saveSettings({ workspace: { ...workspace, pinsLow: !isLow } })}
				>
					{isLow ? <ChevronUp /> : <ChevronDown />}
				</IconButton>
			</div>
			{!isEmpty && !isLow && (
				<div className="pins-body">
					<Columns units={units} />
					<PinnedGraphView units={units} />
				</div>
			)}
		</section>
	);
}

/** One column for supernodes, then one a layer. */
function Columns({ units }: { readonly units: readonly PinUnit[] }) {
	const supernodes = units.filter(({ group }) => group);
	const features = units.filter(({ group }) => !group).map(({ id }) => id);
	const byLayer = [...Map.groupBy(features, layerOf)].sort(([a], [b]) => a - b);
	return (
		<div className="pins-columns" role="group" aria-label={count(units.length, "pin")} tabIndex={0}>
			{supernodes.length > 0 && (
				<div className="pin-column">
					<span className="faint">supernodes</span>
					<ul>
						{supernodes.map((unit) => (
							<SupernodeChip key={unit.id} unit={unit} />
						))}
					</ul>
				</div>
			)}
			{byLayer.map(([layer, ids]) => (
				<div key={layer} className="pin-column">
					<span className="faint">{layer < 0 ? "embedding" : `layer ${layer}`}</span>
					<ul>
						{ids.map((id, i) => (
							<PinChip key={id} id={id} before={ids[i - 1]} after={ids[i + 2] ?? null} last={i === ids.length - 1} />
						))}
					</ul>
				</div>
			))}
		</div>
	);
}

function layerOf(id: string): number {
	const ref = parseNodeId(id);
	return ref.kind === "feature" ? ref.site.layer : 0;
}
