import { ShieldCheck, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Baseline, ValidationReport, ValidationRequest } from "#shared/validation";
import { closeDialog } from "../actions/workspace-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { TaskForecast } from "../tasks/ForecastFigures.tsx";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { currentModel, isLive, startTask, useNewestTask } from "../tasks/tasks.ts";
import { showTime } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { Disclosure } from "../ui/Disclosure.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { ValidationView } from "./ValidationView.tsx";
import { sameSet, useReports } from "./validation-reports.ts";

interface Form {
	readonly corpus: string;
	readonly baseline: Baseline;
	readonly errors: "keep" | "remove";
	readonly sequences: number;
	readonly maxLength: number;
	readonly leaveOneOut: boolean;
	readonly curve: number;
	readonly controls: number;
	readonly onlyEdges: boolean;
	readonly seed: number;
}

const usual: Omit<Form, "corpus"> = {
	baseline: "zero",
	errors: "keep",
	sequences: 32,
	maxLength: 48,
	leaveOneOut: true,
	curve: 6,
	controls: 5,
	onlyEdges: false,
	seed: 0,
};

/** The form as it was last filled in. */
let last: Form | undefined;

/** What the pinned features do over a corpus, and how faithful and complete the circuit is that they make. */
export function ValidateDialog() {
	const name = useDocument((state) => state.name);
	const { pins, edges } = useDerived((state) => state.document);
	const sample = useSession((state) => state.app?.reference.sample ?? "");
	const ids = pins.toSorted((a, b) => a.order - b.order).map(({ id }) => id);
	const [form, setForm] = useState<Form>(last ?? { ...usual, corpus: sample });
	const change = (part: Partial<Form>) => setForm((before) => (last = { ...before, ...part }));
	const task = useNewestTask("validate", ({ circuit }) => circuit === name);
	const { reports, shown, choose } = useReports(name, task?.state === "done" ? task.id : null);
	const live = isLive(task);
	const partial = live ? (task?.reports.at(-1) as ValidationReport | undefined) : undefined;
	const report = partial ?? shown?.body;
	const reported = live ? task?.request : shown?.request;
	const stale = reported !== undefined && !sameSet(reported.pins, ids);
	const { corpus, onlyEdges, ...rest } = form;
	const request: ValidationRequest = {
		...currentModel(),
		...rest,
		corpus,
		pins: ids,
		tokens: 8,
		...(onlyEdges && { edges: edges.map(({ source, target }) => [source, target] as const) }),
	};
	const ready = ids.length > 0 && corpus.trim() !== "";
	return (
		<DialogFrame
			title="Validate the pinned features"
			lead="All of them are knocked out together over a text; then everything outside them is set to a baseline, and everything but them. Figures refine while sequences come in."
			width={1060}
			onClose={closeDialog}
		>
			<div className="bench">
				<div className="bench-form">
					<p className="muted">
						{ids.length === 0
							? "Nothing is pinned. Pin features on the canvas first."
							: `${ids.length} ${ids.length === 1 ? "feature" : "features"} on the tray`}
					</p>
					<CorpusField value={form.corpus} onChange={(corpus) => change({ corpus })} />
					<NumberField
						label="Sequences"
						hint="Documents of the text, from the first on. Intervals are over them."
						value={form.sequences}
						min={1}
						max={100_000}
						onChange={(sequences) => change({ sequences })}
					/>
					<NumberField
						label="Tokens of each"
						hint="Longer documents are cut."
						value={form.maxLength}
						min={2}
						max={4096}
						onChange={(maxLength) => change({ maxLength })}
					/>
					<Segments
						label="Baseline"
						value={form.baseline}
						options={[
							{ value: "zero", label: "Zero" },
							{ value: "mean", label: "Mean" },
							{ value: "resample", label: "Resample" },
						]}
						onChange={(baseline) => change({ baseline })}
					/>
					<span className="field-hint">{baselineHints[form.baseline]}</span>
					<SwitchField
						label="Keep what dictionaries miss"
						checked={form.errors === "keep"}
						onChange={(keep) => change({ errors: keep ? "keep" : "remove" })}
					/>
					<SwitchField
						label="What each feature is worth"
						checked={form.leaveOneOut}
						onChange={(leaveOneOut) => change({ leaveOneOut })}
					/>
					<Disclosure label="More">
						<NumberField
							label="Points of the size curve"
							hint="The circuit grown feature by feature, most needed first. 0 leaves it out."
							value={form.curve}
							min={0}
							max={50}
							onChange={(curve) => change({ curve })}
						/>
						<NumberField
							label="Random circuits beside it"
							hint="As many features at each site, drawn at random. 0 leaves them out."
							value={form.controls}
							min={0}
							max={50}
							onChange={(controls) => change({ controls })}
						/>
						<SwitchField
							label="Also with its own edges only"
							checked={form.onlyEdges}
							onChange={(onlyEdges) => change({ onlyEdges })}
						/>
						<NumberField
							label="Seed"
							hint="Of random circuits and of intervals."
							value={form.seed}
							min={0}
							max={1_000_000}
							onChange={(seed) => change({ seed })}
						/>
					</Disclosure>
					<TaskForecast asked={ready ? { kind: "validate", request } : undefined} />
					<Button
						variant="primary"
						large
						disabled={live || !ready}
						onClick={() => startTask({ kind: "validate", request }, name)}
						data-validate
					>
						<ShieldCheck aria-hidden /> {live ? "Validating …" : "Validate"}
					</Button>
				</div>
				<div className="bench-result" aria-live="polite">
					<TaskProgress task={task} name="Validation" />
					{reports.length > 1 && !live && shown && (
						<FieldRow label="Report of">
							<SelectField
								label="Report of"
								value={String(shown.id)}
								options={reports.map(({ id, at, request }) => ({
									value: String(id),
									label: showTime(at),
									hint: `${request.pins.length} features, ${request.baseline}`,
								}))}
								onChange={(id) => choose(Number(id))}
							/>
						</FieldRow>
					)}
					{stale && (
						<p className="stale" role="status" data-stale>
							<TriangleAlert aria-hidden /> Out of date: the pins have changed since. Validate again.
						</p>
					)}
					{report && reported ? (
						<ValidationView report={report} request={reported} />
					) : (
						!live && (
							<p className="empty">
								No validation of this circuit yet. Press <strong>Validate</strong>: tokens that gain and lose, loss, KL,
								faithfulness and completeness come here.
							</p>
						)
					)}
				</div>
			</div>
		</DialogFrame>
	);
}

const baselineHints: Readonly<Record<Baseline, string>> = {
	zero: "What is left out becomes 0.",
	mean: "What is left out becomes its mean over the text.",
	resample: "What is left out becomes what it is in the next sequence.",
	patch: "What is left out becomes what it is in the prompt’s pair.",
};
