import { ArrowLeftRight, X } from "lucide-react";
import { useMemo } from "react";
import type { CircuitView } from "#shared/circuit-view";
import { describeMatch, type MatchBy, type Side } from "#shared/compare-circuits";
import { countSides } from "#shared/compared-view";
import { formatNumber } from "#shared/drawing/svg-text";
import { closeComparison, matchBy, startComparison, swapComparison } from "../document/comparison.ts";
import { type Comparison, useComparison } from "../document/comparison-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { threshold } from "../document/view-store.ts";
import { count } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { RangeSlider } from "../ui/RangeSlider.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { Tip } from "../ui/Tip.tsx";
import { SideMark } from "./SideMark.tsx";
import "./compare.css";

/** What is compared, how it is matched and drawn, and the way back to the open circuit, which nothing here changes. */
export function CompareBar({ comparison }: { readonly comparison: Comparison }) {
	const { left, right, asked, union } = comparison;
	const { match } = union;
	const how = describeMatch(match);
	const show = (one: string, two: string) => void startComparison(one, two, asked).catch(reportError);
	return (
		<section className="compare-bar" aria-label="Comparison">
			<div className="compare-row">
				<StateField label="Left circuit" value={left.which} onChange={(which) => show(which, right.which)} />
				<IconButton label="Swap left and right" onClick={swapComparison}>
					<ArrowLeftRight />
				</IconButton>
				<StateField label="Right circuit" value={right.which} onChange={(which) => show(left.which, which)} />
				<Segments<MatchBy>
					label="A feature is the same"
					value={match.by}
					options={[
						{ value: "position", label: "By position" },
						{ value: "feature", label: "By feature" },
					]}
					onChange={matchBy}
				/>
				<p className="compare-how cut" title={how}>
					{how}
				</p>
				<Button onClick={closeComparison}>
					<X aria-hidden /> Close
				</Button>
			</div>
			<div className="compare-row">
				<Sides comparison={comparison} />
				<Differing />
			</div>
		</section>
	);
}

/** Every circuit, and the steps of the open one. */
function StateField(props: { readonly label: string; readonly value: string; onChange(which: string): void }) {
	const circuits = useSession((state) => state.circuits);
	const { name, step } = useDocument();
	const options = [
		...circuits.map((circuit) => ({ value: circuit.name, label: circuit.name })),
		...Array.from({ length: Math.min(step, 60) }, (_, i) => ({
			value: `${name}@${step - i}`,
			label: `${name} after step ${step - i}`,
		})),
	];
	const known = options.some(({ value }) => value === props.value);
	return (
		<div className="compare-state">
			<SelectField {...props} options={known ? options : [...options, { value: props.value, label: props.value }]} />
		</div>
	);
}

const sides: readonly Side[] = ["left", "both", "right"];

/** The legend, and how much each side has. */
function Sides({ comparison: { left, right } }: { readonly comparison: Comparison }) {
	const compared = useDerived((state) => state.compared);
	const counts = useMemo(() => compared && countSides(compared), [compared]);
	const titles = { left: `only ${left.title}`, both: "both", right: `only ${right.title}` };
	return (
		<ul className="compare-legend" aria-label="What the colours mean">
			{sides.map((side) => (
				<li key={side} data-side={side} title={titles[side]}>
					<SideMark side={side} />
					<span className="cut">{titles[side]}</span>
					{counts && (
						<span
							className="faint"
							data-side-count={side}
							title={`${count(counts[side].nodes, "node")}, ${count(counts[side].edges, "edge")}`}
						>
							{count(counts[side].nodes, "node")}
						</span>
					)}
				</li>
			))}
		</ul>
	);
}

function sayLeft(all: CircuitView, kept: CircuitView): string {
	const [nodes, edges] = [all.nodes.length - kept.nodes.length, all.edges.length - kept.edges.length];
	return `${count(nodes, "node")} and ${count(edges, "edge")} hidden`;
}

/** Hides what is the same, and what differs by less than a person cares about. */
function Differing() {
	const { onlyDiffering, level } = useComparison();
	const { compared, differing } = useDerived();
	const largest = compared?.largestDifference ?? 0;
	const same = compared && differing && sayLeft(compared, differing);
	const show = (value: number) => formatNumber(Number(threshold(value, largest).toPrecision(2)));
	return (
		<div className="compare-differing">
			<SwitchField
				label="Only what differs"
				checked={onlyDiffering}
				onChange={(checked) => useComparison.setState({ onlyDiffering: checked })}
			/>
			{onlyDiffering && (
				<>
					<Tip label="Effects and edges that differ by less are hidden. What one circuit has not counts as 0.">
						<span className="muted">by ≥</span>
					</Tip>
					<RangeSlider
						labels={["Smallest difference shown"]}
						values={[level]}
						min={0}
						max={1}
						step={0.005}
						valueText={show}
						onChange={([value = 0]) => useComparison.setState({ level: value })}
					/>
					<span className="filter-value">{show(level)}</span>
					<span className="faint">{same}</span>
				</>
			)}
		</div>
	);
}
