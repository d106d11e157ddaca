import { Boxes } from "lucide-react";
import { useState } from "react";
import type { ClusterResult } from "#shared/cluster";
import type { TaskAsked } from "#shared/contract/task";
import { useSession } from "../document/session-store.ts";
import { findLibraryModel, useTraceForm } from "../document/trace-form.ts";
import { useAnswer } from "../document/use-call.ts";
import { Bench } from "../tasks/Bench.tsx";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { isLive, useNewestTask } from "../tasks/tasks.ts";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { ClusterCard } from "./ClusterCard.tsx";
import "./cluster.css";

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
	const stored = useStored(task?.state === "done" ? task.id : null);
	const asked: TaskAsked = {
		kind: "cluster",
		request: {
			...{ modelDir, site: `resid_${layer}`, bos: "on", corpus, maxLength: 64 },
			...{ positions, clusters, seed: 0, provider: settings.provider },
		},
	};
	return (
		<Bench
			title="Clusters of token positions"
			lead="k-means on the residual stream's directions: tokens that the model treats alike. A cluster can be traced as one."
			asked={modelDir !== "" && corpus.trim() !== "" ? asked : undefined}
			task={task}
			start="Cluster"
			going="Clustering …"
			icon={Boxes}
			form={
				<>
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
				</>
			}
		>
			{stored ? (
				<ul className="clusters">
					{stored.clusters.map((one) => (
						<ClusterCard key={one.number} cluster={one} />
					))}
				</ul>
			) : (
				!isLive(task) && <p className="empty">No clusters yet. Choose a layer and a text, and press Cluster.</p>
			)}
		</Bench>
	);
}

/** The clusters that were found last, in this session or before. A clustering that has ended has left a report. */
function useStored(finished: string | null): ClusterResult | undefined {
	const found = useAnswer("reports.list", { kind: "cluster", circuit: null }, { refresh: finished });
	return found?.[0]?.body as ClusterResult | undefined;
}
