import type { ErrorChoice } from "#shared/trace-request";
import { changeForm, useTraceForm } from "../document/trace-form.ts";
import { FieldRow } from "../ui/FieldRow.tsx";
import { SelectField } from "../ui/SelectField.tsx";

const options: readonly { readonly value: ErrorChoice; readonly label: string }[] = [
	{ value: "chosen", label: "The strongest" },
	{ value: "pooled", label: "One a site" },
	{ value: "sources", label: "Sources alone" },
	{ value: "all", label: "All" },
];

const hints: Readonly<Record<ErrorChoice, string>> = {
	chosen: "Chosen as features are. The others of a site are one node, which states their sums.",
	pooled: "The errors of a site are one node, which states their sums.",
	sources: "Each error is a node, and nothing leads into it.",
	all: "Each error is a node with all that leads into it. Slow with long prompts.",
};

/** What stands for what the dictionaries miss. */
export function ErrorFields() {
	const errors = useTraceForm((form) => form.errors);
	return (
		<>
			<FieldRow label="Errors">
				<SelectField
					label="Errors"
					value={errors}
					options={options}
					onChange={(value) => changeForm({ errors: value })}
				/>
			</FieldRow>
			<span className="field-hint">{hints[errors]}</span>
		</>
	);
}
