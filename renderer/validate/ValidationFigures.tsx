import { formatNumber } from "#shared/drawing/svg-text";
import type { ValidationReport } from "#shared/validation";
import { Item, Share } from "./Figures.tsx";

interface ValidationFiguresProps {
	readonly report: ValidationReport;
	readonly isSingle: boolean;
	readonly live: boolean;
}

/** What the knock-out does, and how faithful and complete the circuit is. */
export function ValidationFigures({ report, isSingle, live }: ValidationFiguresProps) {
	const { metric, edges } = report;
	const change = report.ablatedLoss - report.baseLoss;
	const missing = live && !report.effect ? "comes with the second pass" : undefined;
	return (
		<dl className="figures">
			<Item
				name={`${metric === undefined ? "Loss" : "Metric"}, all of them ablated`}
				hint={
					metric === undefined
						? "Mean nats a prediction; the model as it is → with all of these features ablated at once"
						: `${metric}, its mean over the prompts; the model as it is → with all of these features ablated at once`
				}
				value={`${formatNumber(report.baseLoss)} → ${formatNumber(report.ablatedLoss)}`}
				note={`${change >= 0 ? "+" : "−"}${formatNumber(Math.abs(change))}${metric === undefined ? " nats" : ""}`}
			/>
			<Item
				name="KL divergence"
				hint={`KL(base ‖ ablated), mean over ${metric === undefined ? "all positions" : "the last positions"}`}
				value={formatNumber(report.kl)}
				note="nats a position"
			/>
			<Share
				name="Faithfulness"
				hint="How much is left with the circuit alone: (only the circuit − nothing) / (whole model − nothing). It is measured by ablation; replacement and completeness of the graph are counted from its edges."
				figure={report.faithfulness}
				isSingle={isSingle}
				{...(missing !== undefined && { missing })}
			/>
			<Share
				name="Left without the circuit"
				hint="The same with the circuit left out instead (completeness, as feature-circuits calls it): near 0 where nothing outside does its work"
				figure={report.completeness}
				isSingle={isSingle}
				{...(missing !== undefined && { missing })}
			/>
			{edges && (
				<Share
					name="With its edges only"
					hint={`${edges.kept} edges of the circuit kept, ${edges.cut} others between its features cut`}
					figure={edges}
					isSingle={isSingle}
				/>
			)}
		</dl>
	);
}
