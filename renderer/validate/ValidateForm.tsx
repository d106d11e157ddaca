import type { Baseline } from "#shared/validation";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { PromptsField } from "./PromptsField.tsx";
import { ScoreFields } from "./ScoreFields.tsx";
import { baselineOf, featuresOf, isPaired, overOf, type Validated, type ValidationForm } from "./validation-form.ts";

interface ValidateFormProps {
	readonly form: ValidationForm;
	readonly validated: Validated;
	onChange(change: Partial<ValidationForm>): void;
}

/** What is validated, on what, against what, and by which scores. */
export function ValidateForm({ form, validated, onChange }: ValidateFormProps) {
	const over = overOf(form, validated);
	const baseline = baselineOf(form, validated);
	return (
		<>
			<p className="muted">{nameFeatures(validated)}</p>
			<Segments
				label="Measured on"
				value={over}
				options={[
					...(validated.traced ? [{ value: "trace" as const, label: "Its prompt" }] : []),
					{ value: "prompts", label: "Similar ones" },
					{ value: "text", label: "A text" },
				]}
				onChange={(over) => onChange({ over })}
			/>
			{over === "text" ? (
				<TextFields form={form} onChange={onChange} />
			) : (
				<PromptsField form={form} over={over} traced={validated.traced} onChange={onChange} />
			)}
			<Segments
				label="Baseline"
				value={baseline}
				options={[
					{ value: "zero", label: "Zero" },
					{ value: "mean", label: "Mean" },
					{ value: "resample", label: "Resample" },
					...(isPaired(over, validated) ? [{ value: "patch" as const, label: "Pair" }] : []),
				]}
				onChange={(baseline) => onChange({ baseline })}
			/>
			<span className="field-hint">{baselineHints[baseline]}</span>
			<SwitchField
				label="Keep what dictionaries miss"
				checked={form.errors === "keep"}
				onChange={(keep) => onChange({ errors: keep ? "keep" : "remove" })}
			/>
			<ScoreFields form={form} validated={validated} onChange={onChange} />
		</>
	);
}

function TextFields({ form, onChange }: Pick<ValidateFormProps, "form" | "onChange">) {
	return (
		<>
			<CorpusField value={form.corpus} onChange={(corpus) => onChange({ corpus })} />
			<NumberField
				label="Sequences"
				hint="Documents of the text, from the first on. Intervals are over them."
				value={form.sequences}
				min={1}
				max={100_000}
				onChange={(sequences) => onChange({ sequences })}
			/>
			<NumberField
				label="Tokens of each"
				hint="Longer documents are cut."
				value={form.maxLength}
				min={2}
				max={4096}
				onChange={(maxLength) => onChange({ maxLength })}
			/>
		</>
	);
}

function nameFeatures(validated: Validated): string {
	const features = featuresOf(validated).length;
	const many = features === 1 ? "1 feature" : `${features.toLocaleString("en")} features`;
	if (validated.document.pins.length > 0) return `${many} on the tray`;
	return features === 0
		? "The circuit has no feature yet. Trace a prompt first."
		: `Nothing is pinned, so all ${many} of the circuit are taken.`;
}

const baselineHints: Readonly<Record<Baseline, string>> = {
	zero: "What is left out becomes 0.",
	mean: "What is left out becomes its mean over all that is measured on.",
	resample: "What is left out becomes what it is in the next text or prompt.",
	patch: "What is left out becomes what it is in the prompt that each is paired with.",
};
