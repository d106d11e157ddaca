import { useId } from "react";
import type { TraceRequest } from "#shared/trace-request";
import { tracedPrompts } from "#shared/validation";
import { NumberField } from "../ui/NumberField.tsx";
import type { Over, ValidationForm } from "./validation-form.ts";

interface PromptsFieldProps {
	readonly form: ValidationForm;
	readonly over: Exclude<Over, "text">;
	readonly traced: TraceRequest | undefined;
	onChange(change: Partial<ValidationForm>): void;
}

/** The prompts that were traced, with what is measured of them, or a file of similar ones. */
export function PromptsField({ form, over, traced, onChange }: PromptsFieldProps) {
	const id = useId();
	const asked = traced && tracedPrompts(traced);
	if (over === "trace" && asked) {
		const [first, ...others] = asked.cases ?? [];
		return (
			<p className="validated-prompt">
				<q>{first?.prompt}</q>
				{others.length > 0 && ` and ${others.length} more`}, by <span className="mono">{asked.metric}</span>
			</p>
		);
	}
	return (
		<>
			<div className="field">
				<label className="field-label" htmlFor={id}>
					Prompts: a file of lines, JSONL or CSV
				</label>
				<input
					id={id}
					className="input mono"
					spellCheck={false}
					value={form.file}
					title={form.file}
					placeholder="Path of a file"
					onChange={({ target }) => onChange({ file: target.value })}
				/>
				<span className="field-hint">
					A prompt a line. A line <code>{"{animal}: dog | cat"}</code> fills <code>{"{animal}"}</code> in the lines
					behind it. Pairs with their answers are read as feature-circuits, EAP-IG and MIB have them, but for years,
					plurals and lists of answers; prompts without answers are measured by{" "}
					<span className="mono">{asked?.metric ?? "cross_entropy"}</span>.
				</span>
			</div>
			<NumberField
				label="Prompts at most"
				hint="From the first on. Intervals are over them."
				value={form.sequences}
				min={1}
				max={100_000}
				onChange={(sequences) => onChange({ sequences })}
			/>
		</>
	);
}
