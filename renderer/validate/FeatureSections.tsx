import { formatNumber } from "#shared/drawing/svg-text";
import type { ValidationReport } from "#shared/validation";
import { LinePlot } from "../ui/LinePlot.tsx";
import { ScoreSection } from "./Figures.tsx";

/** The circuit grown feature by feature, random circuits of its size, and what each feature is worth. */
export function FeatureSections({ report }: { readonly report: ValidationReport }) {
	const { leaveOneOut, curve, controls = [], faithfulness } = report;
	return (
		<>
			{curve && curve.length > 1 && (
				<ScoreSection
					name="curve"
					title="Faithfulness over size"
					words="The circuit grown feature by feature, most needed first. A circuit that could be smaller is flat at its end."
				>
					<LinePlot
						label="Faithfulness over circuit size"
						xName="features"
						series={[
							{
								name: "faithfulness",
								points: curve.map(({ size, value, interval }) => ({ x: size, y: value, interval })),
							},
						]}
						levels={
							controls.length > 0
								? [{ name: `random circuits ${formatNumber(mean(controls))}`, y: mean(controls) }]
								: []
						}
						include={[0]}
					/>
				</ScoreSection>
			)}
			{controls.length > 0 && !curve && (
				<p className="validation-words">
					{controls.length} random circuits of the same size: faithfulness {formatNumber(mean(controls))} on average.
				</p>
			)}
			{leaveOneOut && leaveOneOut.length > 0 && faithfulness && (
				<Worth leaveOneOut={leaveOneOut} whole={faithfulness.value} />
			)}
		</>
	);
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** Shown without being asked for the rest. */
const shownWorth = 24;

interface WorthProps {
	readonly leaveOneOut: NonNullable<ValidationReport["leaveOneOut"]>;
	readonly whole: number;
}

/** How much faithfulness falls without each feature. */
function Worth({ leaveOneOut, whole }: WorthProps) {
	const most = Math.max(...leaveOneOut.map(({ faithfulness }) => Math.abs(whole - faithfulness)), 1e-12);
	const rest = leaveOneOut.length - shownWorth;
	return (
		<ScoreSection
			name="worth"
			title="What each feature is worth"
			words="How far faithfulness falls when this feature alone is left out of the circuit; it rises where one works against it."
		>
			<div className="bars-list" data-worth>
				{leaveOneOut.slice(0, shownWorth).map(({ pin, faithfulness }) => (
					<div key={pin} style={{ display: "contents" }}>
						<span className="mono">{pin}</span>
						<span
							className="bar"
							data-sign={whole >= faithfulness ? "raise" : "lower"}
							style={{ width: `${(100 * Math.abs(whole - faithfulness)) / most}%` }}
						/>
						<span className="mono" title="Faithfulness with it − without it">
							{whole >= faithfulness ? "+" : "−"}
							{formatNumber(Math.abs(whole - faithfulness))}
						</span>
					</div>
				))}
			</div>
			{rest > 0 && <p className="field-hint">And {rest} that are worth less.</p>}
		</ScoreSection>
	);
}
