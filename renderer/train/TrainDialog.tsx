import { Dumbbell } from "lucide-react";
import { useState } from "react";
import type { TaskAsked } from "#shared/contract/task";
import { formatNumber } from "#shared/drawing/svg-text";
import type { TrainingPoint, TrainingRequest } from "#shared/training";
import { closeDialog } from "../actions/workspace-store.ts";
import { useSession } from "../document/session-store.ts";
import { findLibraryModel, useTraceForm } from "../document/trace-form.ts";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { TaskForecast } from "../tasks/ForecastFigures.tsx";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { isLive, startTask, useNewestTask } from "../tasks/tasks.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { Disclosure } from "../ui/Disclosure.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { LinePlot } from "../ui/LinePlot.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { QualityTable } from "./QualityTable.tsx";

type Form = Omit<TrainingRequest, "modelDir" | "provider">;

let last: Form | undefined;

/** Trains a dictionary on the chosen model, with its curves as they grow; what comes of it joins the library. */
export function TrainDialog() {
	const { app, library, settings } = useSession();
	const modelDir = useTraceForm((state) => state.modelDir);
	const model = findLibraryModel(library, modelDir);
	const task = useNewestTask("train");
	const live = isLive(task);
	const points = (task?.result?.points ?? task?.reports ?? []) as readonly TrainingPoint[];
	const [form, setForm] = useState<Form>(
		last ?? {
			site: `resid_${Math.max(0, (model?.layers ?? 1) - 1)}`,
			corpus: app?.reference.sample ?? "",
			bos: "on",
			maxLength: 128,
			kind: "topk",
			features: 1024,
			k: 32,
			l1: 0.1,
			rate: 1e-3,
			steps: 1000,
			batch: 2048,
			seed: 0,
			output: app ? `${app.databasePath.replace(/[^\\/]+$/, "")}dictionaries/mine` : "",
		},
	);
	const change = (part: Partial<Form>) => setForm((before) => (last = { ...before, ...part }));
	const [kind = "resid", layer = "0"] = form.site.split("_");
	const layers = Array.from({ length: model?.layers ?? 1 }, (_, i) => String(i));
	const curve = (name: string, read: (point: TrainingPoint) => number, include: readonly number[]) => (
		<section>
			<h3 className="heading">{name}</h3>
			<LinePlot
				label={name}
				xName="steps"
				width={350}
				height={150}
				include={include}
				series={[{ name, points: points.map((point) => ({ x: point.step, y: read(point) })) }]}
			/>
		</section>
	);
	const asked: TaskAsked = { kind: "train", request: { ...form, modelDir, provider: settings.provider } };
	const ready = modelDir !== "" && form.corpus.trim() !== "" && form.output.trim() !== "";
	return (
		<DialogFrame
			title="Train a dictionary"
			lead={`On ${model?.name ?? "the chosen model"}'s activations over a text. Stopped, it keeps what it has learnt and goes on from there when the same is asked again.`}
			width={1060}
			onClose={closeDialog}
		>
			<div className="bench">
				<div className="bench-form">
					<FieldRow label="Site">
						<span className="train-site">
							<SelectField
								label="Kind of site"
								value={kind}
								options={[
									{ value: "resid", label: "resid" },
									{ value: "mlp", label: "mlp" },
									{ value: "attn", label: "attn" },
									{ value: "mid", label: "mid" },
									{ value: "z", label: "z" },
									{ value: "post", label: "post" },
									{ value: "ln1", label: "ln1" },
									{ value: "ln2", label: "ln2" },
								]}
								onChange={(next) => change({ site: `${next}_${layer}` })}
							/>
							<SelectField
								label="Layer"
								value={layer}
								options={layers.map((value) => ({ value, label: `layer ${value}` }))}
								onChange={(next) => change({ site: `${kind}_${next}` })}
							/>
						</span>
					</FieldRow>
					<CorpusField value={form.corpus} onChange={(corpus) => change({ corpus })} />
					<Segments
						label="Kind"
						value={form.kind}
						options={[
							{ value: "topk", label: "TopK" },
							{ value: "standard", label: "ReLU + L1" },
						]}
						onChange={(next) => change({ kind: next })}
					/>
					<NumberField
						label="Features"
						value={form.features}
						min={2}
						max={1_000_000}
						onChange={(features) => change({ features })}
					/>
					{form.kind === "topk" ? (
						<NumberField
							label="Active at a position (k)"
							value={form.k}
							min={1}
							max={form.features}
							onChange={(k) => change({ k })}
						/>
					) : (
						<NumberField
							label="Weight of the L1 penalty"
							value={form.l1}
							min={0}
							max={1000}
							step="any"
							onChange={(l1) => change({ l1 })}
						/>
					)}
					<NumberField
						label="Steps"
						value={form.steps}
						min={1}
						max={10_000_000}
						onChange={(steps) => change({ steps })}
					/>
					<label className="field">
						<span className="field-label">Folder that gets it</span>
						<input
							className="input mono"
							spellCheck={false}
							value={form.output}
							title={form.output}
							onChange={({ target }) => change({ output: target.value })}
						/>
					</label>
					<Disclosure label="More">
						<NumberField
							label="Learning rate"
							value={form.rate}
							min={1e-7}
							max={1}
							step="any"
							onChange={(rate) => change({ rate })}
						/>
						<NumberField
							label="Activations a step"
							value={form.batch}
							min={1}
							max={1_000_000}
							onChange={(batch) => change({ batch })}
						/>
						<NumberField
							label="Tokens of a sequence"
							value={form.maxLength}
							min={2}
							max={model?.contextLength ?? 1024}
							onChange={(maxLength) => change({ maxLength })}
						/>
						<NumberField label="Seed" value={form.seed} min={0} max={1_000_000} onChange={(seed) => change({ seed })} />
					</Disclosure>
					<TaskForecast asked={ready ? asked : undefined} />
					<Button variant="primary" large disabled={live || !ready} onClick={() => startTask(asked)} data-train>
						<Dumbbell aria-hidden /> {live ? "Training …" : "Train"}
					</Button>
				</div>
				<div className="bench-result">
					<TaskProgress task={task} name="Training" />
					{points.length === 0 ? (
						!live && (
							<p className="empty">
								Choose a site and press <strong>Train</strong>: loss, L0, explained variance and dead features are drawn
								here while it learns.
							</p>
						)
					) : (
						<>
							<Newest point={points.at(-1) as TrainingPoint} />
							<div className="bench-pair">
								{curve("Loss", ({ loss }) => loss, [0])}
								{curve("Explained variance", ({ explained }) => explained, [0, 1])}
								{curve("L0", ({ l0 }) => l0, [0])}
								{curve("Dead features", ({ dead }) => dead, [0, 1])}
							</div>
						</>
					)}
					{task?.result && (
						<section>
							<h3 className="heading">On text, spliced in</h3>
							<QualityTable qualities={[task.result.quality]} />
							<p className="field-hint">
								In the library as {task.result.output}
								{task.result.resumedAt > 0 && `; the first ${task.result.resumedAt} steps were there`}
							</p>
						</section>
					)}
				</div>
			</div>
		</DialogFrame>
	);
}

function Newest({ point }: { readonly point: TrainingPoint }) {
	return (
		<dl className="figures">
			<div>
				<dt>Step</dt>
				<dd>{point.step.toLocaleString("en")}</dd>
			</div>
			<div>
				<dt>Loss</dt>
				<dd>{formatNumber(point.loss)}</dd>
			</div>
			<div>
				<dt>Explained</dt>
				<dd>{(100 * point.explained).toFixed(1)}%</dd>
			</div>
			<div>
				<dt>L0</dt>
				<dd>{point.l0.toFixed(1)}</dd>
			</div>
			<div>
				<dt>Dead</dt>
				<dd>{(100 * point.dead).toFixed(0)}%</dd>
			</div>
		</dl>
	);
}
