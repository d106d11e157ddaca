import { Scale } from "lucide-react";
import { useState } from "react";
import type { TaskAsked } from "#shared/contract/task";
import { useSession } from "../document/session-store.ts";
import { findLibraryModel, fitsModel, useTraceForm } from "../document/trace-form.ts";
import { Bench } from "../tasks/Bench.tsx";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { isLive, useNewestTask } from "../tasks/tasks.ts";
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
		<Bench
			title="Compare dictionaries"
			lead={`Spliced into ${model?.name ?? "the model"} one by one, on the same text.`}
			asked={ready ? asked : undefined}
			task={task}
			start="Measure"
			going="Measuring …"
			icon={Scale}
			form={
				<>
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
				</>
			}
		>
			{task?.result ? (
				<>
					<QualityTable qualities={task.result.qualities} />
					{task.result.notes.length > 0 && <p className="field-hint">{task.result.notes.join(" ")}</p>}
				</>
			) : (
				!isLive(task) && <p className="empty">Choose dictionaries and press Measure.</p>
			)}
		</Bench>
	);
}
