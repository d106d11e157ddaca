import { mostDrawn } from "#shared/drawing/scene";
import { formatNumber } from "#shared/drawing/svg-text";
import { useConsensus } from "../document/consensus-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { changeView } from "../document/view-history.ts";
import { threshold, useView } from "../document/view-store.ts";
import { count } from "../ui/amounts.ts";
import { RangeSlider } from "../ui/RangeSlider.tsx";
import { Tip } from "../ui/Tip.tsx";

/** What is too weak or too rare to be shown, and how much that hides. */
export function Filters() {
	return (
		<>
			<Filter kind="weight" />
			<Filter kind="attribution" />
			<RecurrenceFilter />
		</>
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
				<span className="muted">In at least</span>
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
				{shown} of {prompts}
			</span>
			{rare > 0 && <span className="faint">{count(rare, "part")} hidden</span>}
		</div>
	);
}
