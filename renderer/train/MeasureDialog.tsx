import { Scale } from "lucide-react";
import { useState } from "react";
import type { TaskAsked } from "#shared/contract/task";
import { closeDialog } from "../actions/workspace-store.ts";
import { useSession } from "../document/session-store.ts";
import { findLibraryModel, fitsModel, useTraceForm } from "../document/trace-form.ts";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { TaskForecast } from "../tasks/ForecastFigures.tsx";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { isLive, startTask, useNewestTask } from "../tasks/tasks.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { QualityTable } from "./QualityTable.tsx";

/** Dictionaries that fit the chosen model, measured on the same text. */
export function MeasureDialog() {
	const { app, library, settings } = useSession();
	const { modelDir, setDirs } = useTraceForm();
	const model = findLibraryModel(library, modelDir);
	const sets = (library ?? []).flatMap((folder) => folder.sets).filter((set) => fitsModel(set, model));
	const all = sets.flatMap((set) => set.dictionaries.map((one) => ({ ...one, chosen: setDirs.includes(set.dir) })));
	const [chosen, setChosen] = useState<ReadonlySet<string>>(
		() => new Set(all.filter((one) => one.chosen).map(({ dir }) => dir)),
	);
	const [corpus, setCorpus] = useState(app?.reference.sample ?? "");
	const [sequences, setSequences] = useState(16);
	const task = useNewestTask("compare");
	const live = isLive(task);
	const toggle = (dir: string) =>
		setChosen((before) => {
			const next = new Set(before);
			if (!next.delete(dir)) next.add(dir);
			return next;
		});
	const asked: TaskAsked = {
		kind: "compare",
		request: {
			modelDir,
			dictionaryDirs: all.filter(({ dir }) => chosen.has(dir)).map(({ dir }) => dir),
			corpus,
			sequences,
			maxLength: 128,
			provider: settings.provider,
		},
	};
	const ready = chosen.size > 0 && corpus.trim() !== "";
	return (
		<DialogFrame
			title="Compare dictionaries"
			lead={`Spliced into ${model?.name ?? "the model"} one by one, on the same text.`}
			width={1060}
			onClose={closeDialog}
		>
			<div className="bench">
				<div className="bench-form">
					<div className="measure-list" role="group" aria-label="Dictionaries">
						{all.map(({ dir, site, name, features }) => (
							<label key={dir} className="set">
								<input type="checkbox" checked={chosen.has(dir)} onChange={() => toggle(dir)} />
								<span className="cut" title={dir}>
									<span className="mono">{site}</span> <span className="faint">{name}</span>
								</span>
								<span className="faint mono">{features.toLocaleString("en")}</span>
							</label>
						))}
					</div>
					<CorpusField value={corpus} onChange={setCorpus} />
					<NumberField label="Sequences" value={sequences} min={1} max={100_000} onChange={setSequences} />
					<TaskForecast asked={ready ? asked : undefined} />
					<Button variant="primary" large disabled={live || !ready} onClick={() => startTask(asked)} data-measure>
						<Scale aria-hidden /> {live ? "Measuring …" : "Measure"}
					</Button>
				</div>
				<div className="bench-result">
					<TaskProgress task={task} name="Measuring" />
					{task?.result ? (
						<>
							<QualityTable qualities={task.result.qualities} />
							{task.result.notes.length > 0 && <p className="field-hint">{task.result.notes.join(" ")}</p>}
						</>
					) : (
						!live && <p className="empty">Choose dictionaries and press Measure.</p>
					)}
				</div>
			</div>
		</DialogFrame>
	);
}
