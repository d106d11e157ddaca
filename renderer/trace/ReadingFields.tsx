import { useSession } from "../document/session-store.ts";
import { changeForm, findChoices, readConventions, useTraceForm } from "../document/trace-form.ts";
import { Disclosure } from "../ui/Disclosure.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { SelectField } from "../ui/SelectField.tsx";

/** How the chosen dictionaries are read, where people decide it themselves: only what changes a number is asked for. */
export function ReadingFields() {
	const form = useTraceForm();
	const library = useSession((state) => state.library);
	const choices = findChoices(library, form.setDirs);
	if (choices.size === 0) return null;
	const changed = Object.keys(readConventions(form).conventions ?? {}).length > 0;
	const asTrained = { value: "auto" as const, label: "As trained" };
	return (
		<Disclosure label={changed ? "Dictionaries are read as set here" : "Dictionaries are read as trained"}>
			{choices.has("center") && (
				<FieldRow label="Mean over the width">
					<SelectField
						label="Mean over the width"
						value={form.center}
						options={[asTrained, { value: "on", label: "Taken off" }, { value: "off", label: "Left in" }]}
						onChange={(center) => changeForm({ center })}
					/>
				</FieldRow>
			)}
			{choices.has("valueBiases") && (
				<FieldRow label="Value biases of heads">
					<SelectField
						label="Value biases of heads"
						value={form.valueBiases}
						options={[asTrained, { value: "folded", label: "Taken off" }, { value: "kept", label: "Left in" }]}
						onChange={(valueBiases) => changeForm({ valueBiases })}
					/>
				</FieldRow>
			)}
			{choices.has("normFactor") && (
				<NumberField
					label="Norm factor"
					hint="Activations are multiplied by it before they are read, where a dictionary asks for one (expected_average_only_in)."
					value={form.normFactor}
					min={0}
					above
					max={1e6}
					step="any"
					empty={{ value: 0, label: "as trained" }}
					onChange={(normFactor) => changeForm({ normFactor })}
				/>
			)}
		</Disclosure>
	);
}
