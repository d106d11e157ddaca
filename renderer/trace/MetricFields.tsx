import { changeForm, useTraceForm } from "../document/trace-form.ts";
import { FieldRow } from "../ui/FieldRow.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { TokenField } from "./TokenField.tsx";

const metricOptions = [
	{ value: "cross_entropy", label: "Cross-entropy" },
	{ value: "logprob", label: "Log-probability" },
	{ value: "logit", label: "Logit" },
	{ value: "logit_difference", label: "Logit difference" },
] as const;

export function MetricFields() {
	const form = useTraceForm();
	return (
		<>
			<FieldRow label="Metric">
				<SelectField
					label="Metric"
					value={form.metric}
					options={metricOptions}
					onChange={(metric) => changeForm({ metric })}
				/>
			</FieldRow>
			{form.metric !== "cross_entropy" && (
				<TokenField label="Target token" value={form.target} onChange={(target) => changeForm({ target })} />
			)}
			{form.metric === "logit_difference" && (
				<TokenField label="Compared with" value={form.against} onChange={(against) => changeForm({ against })} />
			)}
		</>
	);
}
