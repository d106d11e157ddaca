import { changeForm, useTraceForm } from "../document/trace-form.ts";
import { Disclosure } from "../ui/Disclosure.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";

/** Choices of a method that are rarely made. */
export function MoreFields() {
	const form = useTraceForm();
	return (
		<Disclosure label="More">
			{form.method === "gradient" && (
				<NumberField
					label="Integrated gradients, steps"
					hint="0: the gradient at the prompt. More steps average it along the way to the baseline: slower and closer to the truth."
					value={form.integratedGradients}
					min={0}
					max={200}
					onChange={(integratedGradients) => changeForm({ integratedGradients })}
				/>
			)}
			{form.method !== "ablation" && (
				<SwitchField
					label="Last position only"
					checked={form.lastPositionOnly}
					onChange={(lastPositionOnly) => changeForm({ lastPositionOnly })}
				/>
			)}
			{form.method === "gradient" && (
				<SwitchField
					label="Keep unconnected nodes"
					checked={form.keepUnconnected}
					onChange={(keepUnconnected) => changeForm({ keepUnconnected })}
				/>
			)}
			<FieldRow label="Begin with &lt;|endoftext|&gt;">
				<SelectField
					label="Begin with <|endoftext|>"
					value={form.bos}
					options={[
						{ value: "auto", label: "As trained" },
						{ value: "on", label: "Yes" },
						{ value: "off", label: "No" },
					]}
					onChange={(bos) => changeForm({ bos })}
				/>
			</FieldRow>
		</Disclosure>
	);
}
