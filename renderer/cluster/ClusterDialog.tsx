import { Boxes, Play } from "lucide-react";
import { useEffect, useState } from "react";
import type { ClusterResult, TokenCluster } from "#shared/cluster";
import type { TaskAsked } from "#shared/contract/task";
import { showToken } from "#shared/drawing/svg-text";
import { closeDialog } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { reportError, useSession } from "../document/session-store.ts";
import {
	buildGradientChoice,
	buildSelection,
	findLibraryModel,
	startTrace,
	useTraceForm,
} from "../document/trace-form.ts";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { TaskForecast } from "../tasks/ForecastFigures.tsx";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { isLive, startTask, useNewestTask } from "../tasks/tasks.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import "./cluster.css";

const mostPrompts = 24;

/** Token positions of a text grouped by what the residual stream holds there: behaviours that can be traced together. */
export function ClusterDialog() {
	const { app, library, settings } = useSession();
	const modelDir = useTraceForm((state) => state.modelDir);
	const model = findLibraryModel(library, modelDir);
	const [layer, setLayer] = useState(String(Math.max(0, Math.floor((model?.layers ?? 2) / 2))));
	const [corpus, setCorpus] = useState(app?.reference.sample ?? "");
	const [clusters, setClusters] = useState(24);
	const [positions, setPositions] = useState(4000);
	const task = useNewestTask("cluster");
	const live = isLive(task);
	const stored = useStored(task?.state === "done" ? task.id : null);
	const asked: TaskAsked = {
		kind: "cluster",
		request: {
			modelDir,
			site: `resid_${layer}`,
			bos: "on",
			corpus,
			maxLength: 64,
			positions,
			clusters,
			seed: 0,
			provider: settings.provider,
		},
	};
	const ready = modelDir !== "" && corpus.trim() !== "";
	return (
		<DialogFrame
			title="Clusters of token positions"
			lead="k-means on the residual stream's directions: tokens that the model treats alike. A cluster can be traced as one."
			width={1060}
			onClose={closeDialog}
		>
			<div className="bench">
				<div className="bench-form">
					<FieldRow label="Residual stream after">
						<SelectField
							label="Residual stream after"
							value={layer}
							options={Array.from({ length: model?.layers ?? 1 }, (_, i) => ({
								value: String(i),
								label: `layer ${i}`,
							}))}
							onChange={setLayer}
						/>
					</FieldRow>
					<CorpusField value={corpus} onChange={setCorpus} />
					<NumberField label="Clusters" value={clusters} min={2} max={1000} onChange={setClusters} />
					<NumberField label="Token positions" value={positions} min={10} max={200_000} onChange={setPositions} />
					<TaskForecast asked={ready ? asked : undefined} />
					<Button variant="primary" large disabled={live || !ready} onClick={() => startTask(asked)} data-cluster>
						<Boxes aria-hidden /> {live ? "Clustering …" : "Cluster"}
					</Button>
				</div>
				<div className="bench-result">
					<TaskProgress task={task} name="Clustering" />
					{stored ? (
						<ul className="clusters">
							{stored.clusters.map((one) => (
								<ClusterCard key={one.number} cluster={one} />
							))}
						</ul>
					) : (
						!live && <p className="empty">No clusters yet. Choose a layer and a text, and press Cluster.</p>
					)}
				</div>
			</div>
		</DialogFrame>
	);
}

/** The clusters that were found last, in this session or before. */
function useStored(finished: string | null): ClusterResult | undefined {
	const [found, setFound] = useState<ClusterResult>();
	// biome-ignore lint/correctness/useExhaustiveDependencies: a clustering that has ended has left a report.
	useEffect(() => {
		client
			.call("reports.list", { kind: "cluster", circuit: null })
			.then(([newest]) => setFound(newest?.body as ClusterResult | undefined))
			.catch(reportError);
	}, [finished]);
	return found;
}

function ClusterCard({ cluster: { number, size, cohesion, places } }: { readonly cluster: TokenCluster }) {
	const prompts = [...new Set(places.slice(0, mostPrompts).map(({ before, next }) => before + next))];
	const trace = () => {
		const [prompt, ...morePrompts] = prompts;
		if (prompt === undefined) return;
		const form = useTraceForm.getState();
		startTrace({
			method: "consensus",
			...buildSelection(form),
			...buildGradientChoice(form),
			prompt,
			metric: "cross_entropy",
			morePrompts,
			atLeast: Math.max(2, Math.ceil(prompts.length / 3)),
		});
		closeDialog();
	};
	return (
		<li className="cluster">
			<div className="field-row">
				<strong>Cluster {number}</strong>
				<span className="faint">
					{size} positions · cohesion {cohesion.toFixed(2)}
				</span>
				<span className="grow" />
				<Button onClick={trace} disabled={prompts.length < 2}>
					<Play aria-hidden /> Trace {prompts.length} of them
				</Button>
			</div>
			<ul className="cluster-places">
				{places.slice(0, 5).map(({ sequence, position, before, next }) => (
					<li key={`${sequence} ${position}`} className="context">
						<span className="faint">…{showToken(before.slice(-60))}</span>
						<span className="token">{showToken(next)}</span>
					</li>
				))}
			</ul>
		</li>
	);
}
