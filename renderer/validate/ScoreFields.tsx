import { Disclosure } from "../ui/Disclosure.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { overOf, type Validated, type ValidationForm } from "./validation-form.ts";

interface ScoreFieldsProps {
	readonly form: ValidationForm;
	readonly validated: Validated;
	onChange(change: Partial<ValidationForm>): void;
}

/** Which scores are taken beside faithfulness and completeness. */
export function ScoreFields({ form, validated, onChange }: ScoreFieldsProps) {
	const { traced } = validated;
	const isTraced = traced !== undefined && "metric" in traced;
	const many = overOf(form, validated) === "prompts" || (traced !== undefined && "morePrompts" in traced);
	return (
		<>
			<SwitchField
				label="What each feature is worth"
				checked={form.leaveOneOut}
				onChange={(leaveOneOut) => onChange({ leaveOneOut })}
			/>
			<SwitchField
				label="Parts of the rest left out"
				checked={form.subsets}
				onChange={(subsets) => onChange({ subsets })}
			/>
			{traced?.method === "gradient" && (
				<SwitchField
					label="Attributions against patching"
					checked={form.patching}
					onChange={(patching) => onChange({ patching })}
				/>
			)}
			<Disclosure label="More scores">
				<SwitchField
					label="Its strongest edges (CPR, CMD)"
					checked={form.edgeCurve}
					onChange={(edgeCurve) => onChange({ edgeCurve })}
				/>
				{isTraced && many && (
					<SwitchField
						label="Does it come back? (traces anew)"
						checked={form.stability}
						onChange={(stability) => onChange({ stability })}
					/>
				)}
				<SwitchField
					label="Also with its own edges only"
					checked={form.onlyEdges}
					onChange={(onlyEdges) => onChange({ onlyEdges })}
				/>
				<NumberField
					label="Points of the size curve"
					hint="The circuit grown feature by feature, most needed first. 0 leaves it out."
					value={form.curve}
					min={0}
					max={50}
					onChange={(curve) => onChange({ curve })}
				/>
				<NumberField
					label="Random circuits beside it"
					hint="As many features at each site, drawn at random. 0 leaves them out."
					value={form.controls}
					min={0}
					max={50}
					onChange={(controls) => onChange({ controls })}
				/>
				<NumberField
					label="Seed"
					hint="Of everything that is drawn: random circuits, subsets and intervals."
					value={form.seed}
					min={0}
					max={1_000_000}
					onChange={(seed) => onChange({ seed })}
				/>
			</Disclosure>
		</>
	);
}
