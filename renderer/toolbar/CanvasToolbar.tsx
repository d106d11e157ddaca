import {
	BoxSelect,
	Columns3,
	EyeOff,
	Layers2,
	Maximize,
	Minus,
	MousePointer2,
	Plus,
	Spline,
	StickyNote,
	Table2,
} from "lucide-react";
import { mostDrawn } from "#shared/drawing/scene";
import { formatNumber } from "#shared/drawing/svg-text";
import { runAction } from "../actions/actions.ts";
import { showKeys } from "../actions/shortcuts.ts";
import { NodeSearch } from "../canvas/NodeSearch.tsx";
import { useTool } from "../canvas/tool-store.ts";
import { useConsensus } from "../document/consensus-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { changeView } from "../document/view-history.ts";
import { threshold, useView } from "../document/view-store.ts";
import { count } from "../ui/amounts.ts";
import { IconButton } from "../ui/Button.tsx";
import { RangeSlider } from "../ui/RangeSlider.tsx";
import { Tip } from "../ui/Tip.tsx";

/** What lies over the canvas: search, filters with what they hide, tools, zoom. */
export function CanvasToolbar() {
	const { camera, columns, foldPositions, mode, showErrors } = useView();
	const tool = useTool((state) => state.tool);
	return (
		<div className="canvas-tools" role="toolbar" aria-label="Canvas">
			<NodeSearch />
			<Filter kind="weight" />
			<Filter kind="attribution" />
			<RecurrenceFilter />
			<div className="float" data-tight>
				<IconButton
					label="Select and move"
					keys="V"
					pressed={tool === "select"}
					onClick={() => runAction("tool-select")}
				>
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
			<div className="float" data-tight>
				<IconButton
					label="Columns by token"
					keys="T"
					pressed={columns === "tokens"}
					onClick={() => runAction("columns")}
				>
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
			<div className="float" data-tight data-last>
				<IconButton label="Zoom out" keys="-" onClick={() => runAction("zoom-out")}>
					<Minus />
				</IconButton>
				<span className="mono" style={{ minWidth: "3.6em", textAlign: "center" }}>
					{Math.round(100 * (camera?.zoom ?? 1))}%
				</span>
				<IconButton label="Zoom in" keys="+" onClick={() => runAction("zoom-in")}>
					<Plus />
				</IconButton>
				<IconButton label="Fit the circuit" keys="F" onClick={() => runAction("fit")}>
					<Maximize />
				</IconButton>
			</div>
		</div>
	);
}

const filters = {
	weight: {
		name: "Edges from",
		label: "Smallest edge shown",
		hint: "Hides edges whose direct effect is smaller, and nodes that lose their last edge by it.",
	},
	attribution: {
		name: "Nodes from",
		label: "Smallest attribution shown",
		hint: "Hides features and errors whose attribution is smaller.",
	},
} as const;

function Filter({ kind }: { readonly kind: keyof typeof filters }) {
	const level = useView((state) => (kind === "weight" ? state.weightLevel : state.attributionLevel));
	const strongest = useDerived((state) => (kind === "weight" ? state.strongestWeight : state.strongestAttribution));
	const left = useDerived((state) => state.filtered.left);
	const { name, label, hint } = filters[kind];
	const hidden = kind === "weight" ? left.weakEdges : left.weakNodes;
	const shown = useDerived((state) => state.filtered.edges.length);
	const lone = kind === "weight" && left.loneNodes > 0 ? ` and ${count(left.loneNodes, "node")}` : "";
	const show = (value: number) => formatNumber(Number(threshold(value, strongest).toPrecision(2)));
	return (
		<div className="float">
			<Tip label={hint}>
				<span className="muted">{name}</span>
			</Tip>
			<RangeSlider
				labels={[label]}
				values={[level]}
				min={0}
				max={1}
				step={0.005}
				valueText={show}
				onChange={([value = 0]) =>
					changeView(label, kind === "weight" ? { weightLevel: value } : { attributionLevel: value })
				}
			/>
			<span className="filter-value">{show(level)}</span>
			{kind === "weight" && shown > mostDrawn && (
				<Tip label="More would only cover one another. Zoom in, or hide weaker ones.">
					<span className="faint">the strongest {mostDrawn.toLocaleString("en")} in view are drawn</span>
				</Tip>
			)}
			{hidden > 0 && (
				<span className="faint" data-hidden={hidden}>
					{count(hidden, kind === "weight" ? "edge" : "node")}
					{lone} hidden
				</span>
			)}
		</div>
	);
}

/** Of a consensus alone: how many prompts must have what is shown. */
function RecurrenceFilter() {
	const prompts = useConsensus((state) => state.prompts);
	const atLeast = useView((state) => state.atLeast);
	const rare = useDerived((state) => state.filtered.left.rare);
	if (prompts === 0) return null;
	const shown = Math.min(atLeast, prompts);
	return (
		<div className="float" data-recurrence>
			<Tip label="Hides features, errors and edges that fewer of the traced prompts have.">
				<span className="muted">in ≥</span>
			</Tip>
			<RangeSlider
				labels={["Prompts that must have it"]}
				values={[shown]}
				min={1}
				max={prompts}
				step={1}
				valueText={(value) => `${value} of ${prompts} prompts`}
				onChange={([value = 1]) => changeView("Prompts that must have it", { atLeast: value })}
			/>
			<span className="filter-value">
				{shown} / {prompts}
			</span>
			{rare > 0 && <span className="faint">{rare} hidden</span>}
		</div>
	);
}
