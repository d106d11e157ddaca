import { Dumbbell } from "lucide-react";
import { useState } from "react";
import type { TaskAsked } from "#shared/contract/task";
import type { TrainingPoint } from "#shared/training";
import { useSession } from "../document/session-store.ts";
import { findLibraryModel, useTraceForm } from "../document/trace-form.ts";
import { Bench } from "../tasks/Bench.tsx";
import { isLive, useNewestTask } from "../tasks/tasks.ts";
import { QualityTable } from "./QualityTable.tsx";
import { TrainForm, type TrainingForm } from "./TrainForm.tsx";
import { TrainingCurves } from "./TrainingCurves.tsx";

let last: TrainingForm | undefined;

/** Trains a dictionary on the chosen model, with its curves as they grow; what comes of it joins the library. */
export function TrainDialog() {
	const { library, settings } = useSession();
	const modelDir = useTraceForm((state) => state.modelDir);
	const model = findLibraryModel(library, modelDir);
	const task = useNewestTask("train");
	const points = (task?.result?.points ?? task?.reports ?? []) as readonly TrainingPoint[];
	const [form, setForm] = useState<TrainingForm>(() => last ?? usualForm(model?.layers ?? 1));
	const change = (part: Partial<TrainingForm>) => setForm((before) => (last = { ...before, ...part }));
	const asked: TaskAsked = { kind: "train", request: { ...form, modelDir, provider: settings.provider } };
	const ready = modelDir !== "" && form.corpus.trim() !== "" && form.output.trim() !== "";
	return (
		<Bench
			title="Train a dictionary"
			lead={`On ${model?.name ?? "the chosen model"}'s activations over a text. Stopped, it keeps what it has learnt and goes on from there when the same is asked again.`}
			asked={ready ? asked : undefined}
			task={task}
			start="Train"
			going="Training …"
			icon={Dumbbell}
			form={<TrainForm form={form} model={model} onChange={change} />}
		>
			{points.length === 0 && !isLive(task) && (
				<p className="empty">
					Nothing is trained yet. Choose a site and press Train: the curves of loss, L0, explained variance and dead
					features are drawn here while it learns.
				</p>
			)}
			<TrainingCurves points={points} />
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
		</Bench>
	);
}

function usualForm(layers: number): TrainingForm {
	const { app } = useSession.getState();
	return {
		...{ site: `resid_${Math.max(0, layers - 1)}`, corpus: app?.reference.sample ?? "", bos: "on", maxLength: 128 },
		...{ kind: "topk", features: 1024, k: 32, l1: 0.1, rate: 1e-3, steps: 1000, batch: 2048, seed: 0 },
		output: app ? `${app.databasePath.replace(/[^\\/]+$/, "")}dictionaries/mine` : "",
	};
}
