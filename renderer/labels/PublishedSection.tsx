import { ExternalLink, RefreshCw } from "lucide-react";
import { useEffect } from "react";
import type { PublishedKnowledge } from "#shared/published";
import { openDialog } from "../actions/workspace-store.ts";
import { openLink } from "../bridge/links.ts";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { isLive, startTask, useNewestTask } from "../tasks/tasks.ts";
import { showDay } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { showToast } from "../ui/toast-store.ts";
import { describeFetch } from "./label-summary.ts";
import "./labels.css";

/** Asked for from here: what comes of it is told once. */
const mine = new Set<string>();

interface PublishedSectionProps {
	/** Of the feature, as the dictionary's own id. */
	readonly id: string;
	readonly published: PublishedKnowledge;
	readonly page: string | null;
	/** The circuit that is asked for; null where nothing can be asked. */
	readonly circuit: string | null;
}

/** What others say that a feature responds to, whose word it is, and how to get it where nothing is here. */
export function PublishedSection({ id, published, page, circuit }: PublishedSectionProps) {
	const task = useNewestTask("fetchLabels");
	const live = isLive(task);
	useEffect(() => {
		if (task?.state !== "done" || !task.result || !mine.delete(task.id)) return;
		const { found, notes } = task.result;
		// Notes stand below.
		if (notes.length === 0)
			showToast({ severity: found > 0 ? "success" : "info", message: `Neuronpedia: ${describeFetch(task.result)}` });
	}, [task]);
	const { source, explanations, askedAt } = published;
	const ask = (refresh: boolean) => {
		if (circuit !== null)
			mine.add(startTask({ kind: "fetchLabels", request: { circuit, ...(refresh && { features: [id] }), refresh } }));
	};
	return (
		<section>
			<h2 className="heading">
				Neuronpedia
				<span className="faint heading-side">{source.slice(source.indexOf("/") + 1)}</span>
			</h2>
			{explanations.length > 0 && (
				<ul className="explanations">
					{explanations.map(({ text, model, method, author, score, at }) => (
						<li
							key={[text, model, method, author, score, at].join(" ")}
							title={`${source}, stored ${showDay(at)}${method === undefined ? "" : `, by ${method}`}`}
						>
							<span className="published">{text}</span>
							<span className="faint">
								{[author, model, score === undefined ? undefined : `score ${score.toFixed(2)}`]
									.filter((part) => part !== undefined)
									.join(" · ") || "unsigned"}
							</span>
						</li>
					))}
				</ul>
			)}
			{explanations.length === 0 && (
				<p className="faint">
					{askedAt === null
						? "No label is here yet. Ask for those of this circuit, or import an export file, which then works offline."
						: `Nothing is published of it, as of ${showDay(askedAt)}.`}
				</p>
			)}
			<div className="node-actions">
				{circuit === null ? null : explanations.length === 0 && askedAt === null ? (
					<>
						<Button onClick={() => ask(false)} disabled={live}>
							{live ? "Asking …" : "Get labels from Neuronpedia"}
						</Button>
						<Button variant="quiet" onClick={() => openDialog("labels")}>
							Import a pack…
						</Button>
					</>
				) : (
					<IconButton label="Ask Neuronpedia again" disabled={live} onClick={() => ask(true)}>
						<RefreshCw />
					</IconButton>
				)}
				{page !== null && (
					<Button variant="quiet" onClick={() => openLink(page)}>
						<ExternalLink aria-hidden /> Open on Neuronpedia
					</Button>
				)}
			</div>
			{circuit !== null && <TaskProgress task={task} name="Asking Neuronpedia" />}
			{circuit !== null && task?.state === "done" && task.result && task.result.notes.length > 0 && (
				<p className="field-error" role="alert">
					{task.result.notes.join(" ")}
				</p>
			)}
		</section>
	);
}
