import { changeForm, listPrompts, useTraceForm } from "../document/trace-form.ts";
import { NumberField } from "../ui/NumberField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";

/** A gradient trace of several prompts is their consensus; ablation effects are averaged over them. */
export function MorePrompts() {
	const form = useTraceForm();
	const prompts = listPrompts(form).length + 1;
	return (
		<>
			<SwitchField
				label={form.method === "gradient" ? "Several prompts: what comes back" : "Several prompts: mean effects"}
				checked={form.morePrompts !== null}
				onChange={(on) => changeForm({ morePrompts: on ? "" : null })}
			/>
			{form.morePrompts !== null && (
				<label className="field">
					<span className="field-label">Other prompts, one a line</span>
					<textarea
						className="input prompt"
						rows={4}
						spellCheck={false}
						value={form.morePrompts}
						onChange={({ target }) => changeForm({ morePrompts: target.value })}
					/>
				</label>
			)}
			{form.morePrompts !== null && form.method === "gradient" && (
				<NumberField
					label="Keep what this share has"
					hint={`Of the ${prompts} prompts, so many must have a node or an edge: ${Math.max(1, Math.ceil(form.atLeast * prompts))}. A slider on the canvas asks for more.`}
					value={form.atLeast}
					min={0.01}
					max={1}
					step="any"
					onChange={(atLeast) => changeForm({ atLeast })}
				/>
			)}
		</>
	);
}
