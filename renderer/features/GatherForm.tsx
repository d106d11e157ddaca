import { useState } from "react";
import type { Task, TaskAsked } from "#shared/contract/task";
import { useSession } from "../document/session-store.ts";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { TaskForecast } from "../tasks/ForecastFigures.tsx";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { currentModel, isLive, startTask } from "../tasks/tasks.ts";
import { Button } from "../ui/Button.tsx";
import { Disclosure } from "../ui/Disclosure.tsx";
import { NumberField } from "../ui/NumberField.tsx";

/** Activations over a text: asked for here, stored for good, taken up where it was stopped. */
export function GatherForm({ task }: { readonly task: Task<"collect"> | undefined }) {
	const sample = useSession((state) => state.app?.reference.sample ?? "");
	const [corpus, setCorpus] = useState(sample);
	const [maxLength, setMaxLength] = useState(128);
	const [millions, setMillions] = useState(0);
	const live = isLive(task);
	const asked: TaskAsked = {
		kind: "collect",
		request: {
			...currentModel(),
			corpus,
			maxLength,
			...(millions > 0 && { maxTokens: Math.round(millions * 1e6) }),
		},
	};
	return (
		<div className="features-gather">
			<Disclosure label="Gather activations over a text">
				<CorpusField value={corpus} onChange={setCorpus} />
				<NumberField
					label="Tokens of a sequence"
					hint="Longer documents are parted."
					value={maxLength}
					min={2}
					max={4096}
					onChange={setMaxLength}
				/>
				<NumberField
					label="Stop after, in millions of tokens"
					hint="0 reads all of it."
					value={millions}
					min={0}
					max={100_000}
					step="any"
					onChange={setMillions}
				/>
				<TaskForecast asked={corpus.trim() === "" ? undefined : asked} />
				<div className="field-row">
					<Button
						variant="primary"
						disabled={live || corpus.trim() === ""}
						onClick={() => startTask(asked)}
						data-gather
					>
						{live ? "Gathering …" : "Gather"}
					</Button>
					{task?.state === "done" && task.result && (
						<span className="faint">
							{task.result.tokens.toLocaleString("en")} tokens, {task.result.activations.toLocaleString("en")}{" "}
							activations
							{task.result.notes.length > 0 && ` · ${task.result.notes.join(" ")}`}
						</span>
					)}
				</div>
			</Disclosure>
			<TaskProgress task={task} name="Gathering" />
		</div>
	);
}
