import { Disclosure } from "../ui/Disclosure.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { changeForm, readConventions, useTraceForm } from "./trace-form.ts";

/** How the chosen dictionaries are read, where people decide it themselves. */
export function ReadingFields() {
	const form = useTraceForm();
	const { conventions = {} } = readConventions(form);
	const changed = Object.keys(conventions).length;
	const asTrained = { value: "auto" as const, label: "As trained" };
	return (
		<Disclosure label={changed === 0 ? "Dictionaries are read as trained" : "Dictionaries are read as set here"}>
			<div className="field-row">
				<span className="field-label">Mean over the width</span>
				<SelectField
					label="Mean over the width"
					value={form.center}
					options={[asTrained, { value: "on", label: "Taken off" }, { value: "off", label: "Left in" }]}
					onChange={(center) => changeForm({ center })}
				/>
			</div>
			<div className="field-row">
				<span className="field-label">Value biases of heads</span>
				<SelectField
					label="Value biases of heads"
					value={form.valueBiases}
					options={[asTrained, { value: "folded", label: "Taken off" }, { value: "kept", label: "Left in" }]}
					onChange={(valueBiases) => changeForm({ valueBiases })}
				/>
			</div>
			<NumberField
				label="Norm factor"
				hint="For dictionaries that ask for one (expected_average_only_in). 0: the one that is known."
				value={form.normFactor}
				min={0}
				max={1e6}
				step="any"
				onChange={(normFactor) => changeForm({ normFactor })}
			/>
		</Disclosure>
	);
}
