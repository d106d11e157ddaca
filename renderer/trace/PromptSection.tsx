import { startForm } from "../document/circuit-form.ts";
import { changeForm, useTraceForm } from "../document/trace-form.ts";
import { SwitchField } from "../ui/SwitchField.tsx";
import { MetricFields } from "./MetricFields.tsx";
import { MorePrompts } from "./MorePrompts.tsx";
import { PromptField } from "./PromptField.tsx";

/** What is traced: the prompt, what it is compared with, the metric. */
export function PromptSection() {
	const form = useTraceForm();
	return (
		<section>
			<h2 className="heading">Prompt</h2>
			<PromptField
				value={form.prompt}
				targetLast={form.metric === "cross_entropy" && form.method === "gradient"}
				label="Prompt"
				onChange={(prompt) => changeForm({ prompt })}
				onRun={startForm}
			/>
			{form.method === "gradient" && <MetricFields />}
			{form.method === "gradient" && (
				<SwitchField
					label="Prompt pair: compare with another prompt"
					checked={form.patchPrompt !== null}
					onChange={(on) => changeForm({ patchPrompt: on ? "" : null })}
				/>
			)}
			{form.method === "gradient" && form.patchPrompt !== null && (
				<PromptField
					value={form.patchPrompt}
					targetLast={form.metric === "cross_entropy"}
					label="Other prompt, of as many tokens"
					onChange={(patchPrompt) => changeForm({ patchPrompt })}
					onRun={startForm}
				/>
			)}
			{form.method !== "jacobian" && <MorePrompts />}
		</section>
	);
}
