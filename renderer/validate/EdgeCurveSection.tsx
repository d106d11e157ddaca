import { type EdgeCurve, prunedWords } from "#shared/validation";
import { LinePlot } from "../ui/LinePlot.tsx";
import { ScoreSection, Share } from "./Figures.tsx";

interface EdgeCurveSectionProps {
	readonly curve: EdgeCurve;
	readonly isSingle: boolean;
}

/** CPR and CMD with the curve that they are areas of. */
export function EdgeCurveSection({ curve: { edges, points, cpr, cmd }, isSingle }: EdgeCurveSectionProps) {
	const known = points.flatMap(({ share, faithfulness }) =>
		faithfulness ? [{ x: 100 * share, y: faithfulness.value, interval: faithfulness.interval }] : [],
	);
	return (
		<ScoreSection
			name="edge-curve"
			title="Its strongest edges alone"
			words={`Faithfulness with the strongest 0.1% to 100% of the circuit’s ${edges.toLocaleString("en")} edges and all others cut, as the MIB benchmark measures it. ${prunedWords}`}
		>
			<dl className="figures">
				<Share
					name="CPR"
					hint="Circuit performance ratio: the area under the curve. Higher is better: few edges do much of the work."
					figure={cpr}
					isSingle={isSingle}
				/>
				<Share
					name="CMD"
					hint="Circuit-model distance: the area between the curve and 1. Lower is better: the circuit behaves as the model does, no less and no more."
					figure={cmd}
					isSingle={isSingle}
				/>
			</dl>
			{known.length > 1 && (
				<LinePlot
					label="Faithfulness over the share of edges"
					xName="% of edges"
					series={[{ name: "faithfulness", points: known }]}
					levels={[{ name: "the model", y: 1 }]}
					include={[0, 1]}
				/>
			)}
		</ScoreSection>
	);
}
