import { changeForm, useTraceForm } from "../document/trace-form.ts";
import { NumberField } from "../ui/NumberField.tsx";
import { Segments } from "../ui/Segments.tsx";

export function ChoiceFields() {
	const form = useTraceForm();
	return (
		<>
			<Segments
				label="Which features are explained"
				value={form.choice}
				options={[
					{ value: "count", label: "Count" },
					{ value: "share", label: "Share" },
					{ value: "threshold", label: "Size" },
					{ value: "percentile", label: "%ile" },
				]}
				onChange={(choice) => changeForm({ choice })}
			/>
			{form.choice === "count" && (
				<NumberField
					label="Nodes a site"
					hint="So many features of each site are explained: those with the largest |attribution|."
					value={form.downNodes}
					min={1}
					max={2000}
					onChange={(downNodes) => changeForm({ downNodes })}
				/>
			)}
			{form.choice === "share" && (
				<NumberField
					label="Share of a site's attribution"
					hint="The fewest features that hold this share of the site's Σ|attribution| are explained."
					value={form.share}
					min={0.01}
					max={1}
					step="any"
					onChange={(share) => changeForm({ share })}
				/>
			)}
			{form.choice === "threshold" && (
				<NumberField
					label="Smallest |attribution|"
					hint="Features whose |attribution| is above this are explained."
					value={form.threshold}
					min={0}
					max={1000}
					step="any"
					onChange={(threshold) => changeForm({ threshold })}
				/>
			)}
			{form.choice === "percentile" && (
				<NumberField
					label="Percentile of activations"
					hint="Features whose activation is above this percentile of a gathered text are explained. Gather one under Features first."
					value={form.percentile}
					min={0}
					max={100}
					step="any"
					onChange={(percentile) => changeForm({ percentile })}
				/>
			)}
		</>
	);
}
