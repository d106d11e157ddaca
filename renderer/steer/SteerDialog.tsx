import { Play, Plus, X } from "lucide-react";
import { useState } from "react";
import type { TaskAsked } from "#shared/contract/task";
import { showToken } from "#shared/drawing/svg-text";
import { parseNodeId, withoutPosition } from "#shared/node-id";
import type { FeatureChange, SteeringStep } from "#shared/steering";
import { selectedFeatures } from "../actions/selection.ts";
import { closeDialog } from "../actions/workspace-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useTraceForm } from "../document/trace-form.ts";
import { TaskForecast } from "../tasks/ForecastFigures.tsx";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { currentModel, isLive, startTask, useNewestTask } from "../tasks/tasks.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import "./steer.css";

interface Change {
	readonly feature: string;
	readonly how: "ablate" | "scale" | "clamp";
	readonly value: number;
}

interface Form {
	readonly prompt: string;
	readonly changes: readonly Change[];
	readonly tokens: number;
	readonly temperature: number;
	readonly topK: number;
	readonly seed: number;
}

let last: Form | undefined;

/** Writes on with features ablated, scaled or clamped, beside the same model left alone. */
export function SteerDialog() {
	const run = useDocument((state) => state.run);
	const traced = useTraceForm((state) => state.prompt);
	const task = useNewestTask("generate");
	const live = isLive(task);
	const steps = (task?.state === "done" ? task.result?.steps : (task?.reports as SteeringStep[] | undefined)) ?? [];
	const [form, setForm] = useState<Form>(() => startForm(run?.prompt ?? traced));
	const [adding, setAdding] = useState("");
	const [problem, setProblem] = useState<string>();
	const change = (part: Partial<Form>) => setForm((before) => (last = { ...before, ...part }));
	const add = () => {
		try {
			const feature = withoutPosition(adding.trim());
			if (parseNodeId(feature).kind !== "feature") throw new Error(`"${feature}" is no feature.`);
			if (!form.changes.some((one) => one.feature === feature))
				change({ changes: [...form.changes, { feature, how: "scale", value: 3 }] });
			setAdding("");
			setProblem(undefined);
		} catch (error) {
			setProblem((error as Error).message);
		}
	};
	const { changes, ...rest } = form;
	const asked: TaskAsked = {
		kind: "generate",
		request: {
			...currentModel(),
			...rest,
			changes: changes.map(
				({ feature, how, value }): FeatureChange =>
					how === "clamp" ? { feature, clamp: value } : { feature, scale: how === "ablate" ? 0 : value },
			),
			listed: 4,
		},
	};
	const ready = changes.length > 0 && form.prompt !== "";
	return (
		<DialogFrame
			title="Steer"
			lead="The model writes on with features changed at every position, beside the same model left alone; both draw with the same random numbers."
			width={1060}
			onClose={closeDialog}
		>
			<div className="bench">
				<div className="bench-form">
					<label className="field">
						<span className="field-label">Prompt</span>
						<textarea
							className="input prompt"
							rows={3}
							spellCheck={false}
							value={form.prompt}
							onChange={({ target }) => change({ prompt: target.value })}
						/>
					</label>
					<ul className="steer-changes" aria-label="Changed features">
						{form.changes.map((one) => (
							<ChangeRow
								key={one.feature}
								change={one}
								onChange={(next) =>
									change({ changes: form.changes.map((each) => (each.feature === one.feature ? next : each)) })
								}
								onRemove={() => change({ changes: form.changes.filter((each) => each.feature !== one.feature) })}
							/>
						))}
					</ul>
					<form
						className="corpus-field"
						onSubmit={(event) => {
							event.preventDefault();
							add();
						}}
					>
						<input
							className="input mono"
							aria-label="Feature to change"
							placeholder="mlp_3.17"
							spellCheck={false}
							value={adding}
							aria-invalid={problem !== undefined}
							onChange={({ target }) => setAdding(target.value)}
						/>
						<Button type="submit" disabled={adding.trim() === ""}>
							<Plus aria-hidden /> Add
						</Button>
					</form>
					{problem !== undefined && <span className="field-error">{problem}</span>}
					<NumberField
						label="Tokens"
						value={form.tokens}
						min={1}
						max={1000}
						onChange={(tokens) => change({ tokens })}
					/>
					<NumberField
						label="Temperature"
						hint="0 always takes the likeliest token."
						value={form.temperature}
						min={0}
						max={10}
						step="any"
						onChange={(temperature) => change({ temperature })}
					/>
					<NumberField
						label="Top k"
						hint="Draws only from so many of the likeliest tokens. 0: from all."
						value={form.topK}
						min={0}
						max={100_000}
						onChange={(topK) => change({ topK })}
					/>
					<NumberField label="Seed" value={form.seed} min={0} max={1_000_000} onChange={(seed) => change({ seed })} />
					<TaskForecast asked={ready ? asked : undefined} />
					<Button variant="primary" large disabled={live || !ready} onClick={() => startTask(asked)} data-steer>
						<Play aria-hidden /> {live ? "Writing …" : "Write on"}
					</Button>
				</div>
				<div className="bench-result">
					<TaskProgress task={task} name="Text" />
					{steps.length === 0 && !live ? (
						<p className="empty">
							Add features and press <strong>Write on</strong>. The steered text grows beside the unsteered one, token
							by token, with what is boosted and suppressed at each step.
						</p>
					) : (
						<>
							<div className="bench-pair" aria-live="polite">
								<Text title="Steered" prompt={task?.request.prompt ?? ""} steps={steps} which="steered" />
								<Text title="Unsteered" prompt={task?.request.prompt ?? ""} steps={steps} which="plain" />
							</div>
							{task?.state === "done" &&
								task.result?.notes.map((note) => (
									<p key={note} className="field-hint">
										{note}
									</p>
								))}
							<Steps steps={steps} />
						</>
					)}
				</div>
			</div>
		</DialogFrame>
	);
}

function startForm(prompt: string): Form {
	const chosen = selectedFeatures().map((feature): Change => ({ feature, how: "scale", value: 3 }));
	const before = last ?? { prompt, changes: [], tokens: 30, temperature: 0.7, topK: 0, seed: 0 };
	return chosen.length > 0 ? { ...before, prompt, changes: chosen } : before;
}

function ChangeRow({
	change,
	onChange,
	onRemove,
}: {
	readonly change: Change;
	onChange(change: Change): void;
	onRemove(): void;
}) {
	const { feature, how, value } = change;
	return (
		<li className="steer-change">
			<span className="mono cut grow" title={feature}>
				{feature}
			</span>
			<SelectField
				label={`What becomes of ${feature}`}
				value={how}
				options={[
					{ value: "ablate", label: "ablate" },
					{ value: "scale", label: "× by" },
					{ value: "clamp", label: "set to" },
				]}
				onChange={(next) => onChange({ ...change, how: next })}
			/>
			{how !== "ablate" && (
				<input
					className="input"
					data-number
					type="number"
					step="any"
					aria-label={`Number for ${feature}`}
					value={value}
					onChange={({ target }) => onChange({ ...change, value: Number(target.value) })}
				/>
			)}
			<IconButton label={`Leave ${feature} alone`} onClick={onRemove}>
				<X />
			</IconButton>
		</li>
	);
}

/** A token that the other text has not at this place stands out. */
function Text({
	title,
	prompt,
	steps,
	which,
}: {
	readonly title: string;
	readonly prompt: string;
	readonly steps: readonly SteeringStep[];
	readonly which: "steered" | "plain";
}) {
	return (
		<section>
			<h3 className="heading">{title}</h3>
			<p className="steer-text" data-text={which}>
				<span className="faint">{prompt}</span>
				{steps.map((step, i) => (
					<span
						// biome-ignore lint/suspicious/noArrayIndexKey: tokens are their places.
						key={i}
						data-other={step.steered?.id !== step.plain?.id || undefined}
						title={step[which] ? `${(100 * step[which].probability).toPrecision(3)}%` : ""}
					>
						{step[which]?.token ?? ""}
					</span>
				))}
			</p>
		</section>
	);
}

function Steps({ steps }: { readonly steps: readonly SteeringStep[] }) {
	const list = (tokens: SteeringStep["boosted"], sign: "raise" | "lower") =>
		tokens.map(({ token, before, after }) => (
			<span
				key={token}
				className="effect"
				data-sign={sign}
				title={`${(100 * before).toPrecision(2)}% → ${(100 * after).toPrecision(2)}%`}
			>
				{sign === "raise" ? "+" : "−"} {showToken(token)}
			</span>
		));
	return (
		<table className="data-table">
			<thead>
				<tr>
					<th scope="col">Step</th>
					<th scope="col">Steered</th>
					<th scope="col">Boosted</th>
					<th scope="col">Suppressed</th>
				</tr>
			</thead>
			<tbody>
				{steps.map(({ steered, boosted, suppressed }, i) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: steps are their places.
					<tr key={i}>
						<td className="number">{i + 1}</td>
						<td>
							<span className="token">{showToken(steered?.token ?? "")}</span>
						</td>
						<td>{list(boosted, "raise")}</td>
						<td>{list(suppressed, "lower")}</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}
