import { ShieldCheck } from "lucide-react";
import { useMemo, useState } from "react";
import { tracedBy } from "#shared/trace-request";
import type { ValidationReport } from "#shared/validation";
import { closeDialog } from "../actions/workspace-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { TaskForecast } from "../tasks/ForecastFigures.tsx";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { currentModel, isLive, startTask, useNewestTask } from "../tasks/tasks.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { ValidateForm } from "./ValidateForm.tsx";
import { ValidationResult } from "./ValidationResult.tsx";
import { buildRequest, featuresOf, usualForm, type ValidationForm } from "./validation-form.ts";
import { sameSet, useReports } from "./validation-reports.ts";
import "./validate.css";

/** The form as it was last filled in. */
let last: ValidationForm | undefined;

/** Whether the circuit does what it was traced for, and whether nothing else does. */
export function ValidateDialog() {
	const name = useDocument((state) => state.name);
	const run = useDocument((state) => state.run);
	const document = useDerived((state) => state.document);
	const sample = useSession((state) => state.app?.reference.sample ?? "");
	const [form, setForm] = useState<ValidationForm>(last ?? { ...usualForm, corpus: sample });
	const change = (part: Partial<ValidationForm>) => setForm((before) => (last = { ...before, ...part }));
	const validated = useMemo(() => ({ document, run, traced: tracedBy(run?.request) }), [document, run]);
	const request = useMemo(() => buildRequest(form, validated, currentModel()), [form, validated]);
	const task = useNewestTask("validate", ({ circuit }) => circuit === name);
	const { reports, shown, choose } = useReports(name, task?.state === "done" ? task.id : null);
	const live = isLive(task);
	const partial = live ? (task?.reports.at(-1) as ValidationReport | undefined) : undefined;
	const reported = live ? task?.request : shown?.request;
	const stale = reported !== undefined && !sameSet(reported.pins, featuresOf(validated));
	return (
		<DialogFrame
			title="Validate the circuit"
			lead="Its features are knocked out together; then everything outside them is set to a baseline, and everything but them. Figures refine while prompts or sequences come in."
			width={1060}
			onClose={closeDialog}
		>
			<div className="bench">
				<div className="bench-form">
					<ValidateForm form={form} validated={validated} onChange={change} />
					<TaskForecast asked={request && { kind: "validate", request }} />
					<Button
						variant="primary"
						large
						disabled={live || !request}
						onClick={() => request && startTask({ kind: "validate", request }, name)}
						data-validate
					>
						<ShieldCheck aria-hidden /> {live ? "Validating …" : "Validate"}
					</Button>
				</div>
				<div className="bench-result" aria-live="polite">
					<TaskProgress task={task} name="Validation" />
					<ValidationResult
						report={partial ?? shown?.body}
						request={reported}
						reports={live ? [] : reports}
						shown={shown}
						stale={stale}
						live={live}
						onChoose={choose}
					/>
				</div>
			</div>
		</DialogFrame>
	);
}
