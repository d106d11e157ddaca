import { Play } from "lucide-react";
import { useState } from "react";
import type { TaskAsked } from "#shared/contract/task";
import type { SteeringStep } from "#shared/steering";
import { useDocument } from "../document/document-store.ts";
import { useTraceForm } from "../document/trace-form.ts";
import { Bench } from "../tasks/Bench.tsx";
import { currentModel, isLive, useNewestTask } from "../tasks/tasks.ts";
import { NumberField } from "../ui/NumberField.tsx";
import { askedChanges } from "./asked-changes.ts";
import { ChangeList } from "./ChangeList.tsx";
import { SteeredTexts } from "./SteeredTexts.tsx";
import { keepForm, type SteerForm, startForm } from "./steer-form.ts";
import "./steer.css";

/** Writes on with features ablated, scaled or clamped, beside the same model left alone. */
export function SteerDialog() {
	const run = useDocument((state) => state.run);
	const traced = useTraceForm((state) => state.prompt);
	const task = useNewestTask("generate");
	const done = task?.state === "done" ? task.result : undefined;
	const steps = (task?.state === "done" ? done?.steps : (task?.reports as SteeringStep[] | undefined)) ?? [];
	const [form, setForm] = useState<SteerForm>(() => startForm(run?.prompt ?? traced));
	const change = (part: Partial<SteerForm>) => setForm((before) => keepForm({ ...before, ...part }));
	const asked: TaskAsked = {
		kind: "generate",
		request: { ...currentModel(), ...form, changes: [...askedChanges(form.changes)], listed: 4 },
	};
	return (
		<Bench
			title="Steer"
			lead="The model writes on with features changed at every position, beside the same model left alone; both draw with the same random numbers."
			asked={form.changes.length > 0 && form.prompt !== "" ? asked : undefined}
			task={task}
			start="Write on"
			going="Writing …"
			icon={Play}
			form={<Fields form={form} onChange={change} />}
		>
			{steps.length === 0 && !isLive(task) ? (
				<p className="empty">
					Nothing is written yet. Add features and press Write on: the steered text grows beside the unsteered one,
					token by token, with what is boosted and suppressed at each step.
				</p>
			) : (
				<SteeredTexts prompt={task?.request.prompt ?? ""} steps={steps} notes={done?.notes ?? []} />
			)}
		</Bench>
	);
}

function Fields({ form, onChange }: { readonly form: SteerForm; onChange(part: Partial<SteerForm>): void }) {
	return (
		<>
			<label className="field">
				<span className="field-label">Prompt</span>
				<textarea
					className="input prompt"
					rows={3}
					spellCheck={false}
					value={form.prompt}
					onChange={({ target }) => onChange({ prompt: target.value })}
				/>
			</label>
			<ChangeList changes={form.changes} onChange={(changes) => onChange({ changes })} />
			<NumberField label="Tokens" value={form.tokens} min={1} max={1000} onChange={(tokens) => onChange({ tokens })} />
			<NumberField
				label="Temperature"
				hint="0 always takes the likeliest token."
				value={form.temperature}
				min={0}
				max={10}
				step="any"
				onChange={(temperature) => onChange({ temperature })}
			/>
			<NumberField
				label="Top k"
				hint="Draws only from so many of the likeliest tokens. 0: from all."
				value={form.topK}
				min={0}
				max={100_000}
				onChange={(topK) => onChange({ topK })}
			/>
			<NumberField label="Seed" value={form.seed} min={0} max={1_000_000} onChange={(seed) => onChange({ seed })} />
		</>
	);
}
