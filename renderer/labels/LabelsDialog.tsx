import { useEffect, useState } from "react";
import { closeDialog, openDialog } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { useAnswer } from "../document/use-call.ts";
import { FolderBrowser } from "../library/FolderBrowser.tsx";
import { TaskProgress } from "../tasks/TaskProgress.tsx";
import { isLive, startTask, useNewestTask } from "../tasks/tasks.ts";
import { showDay } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { describeFetch } from "./label-summary.ts";
import "./labels.css";

const exports = "neuronpedia-datasets.s3.us-east-1.amazonaws.com/index.html?prefix=v1/";

/** Labels of published dictionaries: what is here, asking for more, and importing a whole release. */
export function LabelsDialog() {
	return (
		<DialogFrame
			title="Labels from Neuronpedia"
			lead="What others say that features respond to. Everything that comes is kept for good, with its date and source."
			width={700}
			onClose={closeDialog}
		>
			<div className="labels">
				<Fetch />
				<ImportPack />
				<Known />
			</div>
		</DialogFrame>
	);
}

function Fetch() {
	const circuit = useDocument((state) => state.name);
	const task = useNewestTask("fetchLabels");
	const live = isLive(task);
	const ask = (refresh: boolean) =>
		circuit !== null && startTask({ kind: "fetchLabels", request: { circuit, refresh } });
	return (
		<section>
			<h2 className="heading">Ask for a circuit</h2>
			<p className="field-hint">
				{circuit === null
					? "Open a circuit to ask for its features."
					: `Sends the numbers of the features in “${circuit}” and the names of their dictionaries to Neuronpedia, nothing else.`}
			</p>
			<div className="node-actions">
				<Button variant="primary" disabled={circuit === null || live} onClick={() => ask(false)}>
					{live ? "Asking …" : "Get labels from Neuronpedia"}
				</Button>
				<Button disabled={circuit === null || live} onClick={() => ask(true)}>
					Refresh
				</Button>
				<Button variant="quiet" onClick={() => openDialog("settings")}>
					Key and consent…
				</Button>
			</div>
			<TaskProgress task={task} name="Asking Neuronpedia" />
			{task?.state === "done" && task.result && (
				<p className="field-hint" role="status">
					{describeFetch(task.result)}
				</p>
			)}
		</section>
	);
}

function ImportPack() {
	const [path, setPath] = useState("");
	const [browsing, setBrowsing] = useState(false);
	const library = useSession((state) => state.library);
	const task = useNewestTask("importLabels");
	const live = isLive(task);
	const start = () => {
		const dictionaryDirs = (library ?? []).flatMap(({ sets }) => sets.map(({ dir }) => dir));
		startTask({ kind: "importLabels", request: { paths: [path.trim()], dictionaryDirs } });
		setBrowsing(false);
	};
	const choose = async () => {
		if (!window.scdHost) return setBrowsing(!browsing);
		const chosen = await window.scdHost.chooseFolder();
		if (chosen !== null) setPath(chosen);
	};
	const summary = task?.state === "done" ? task.result : undefined;
	return (
		<section>
			<h2 className="heading">Import a pack</h2>
			<p className="field-hint">
				A file or folder of Neuronpedia’s exports (explanations, activations, features as <code>batch-0.jsonl.gz</code>
				), from <span className="mono">{exports}</span>. A whole release then works offline.
			</p>
			<form
				className="library-add"
				onSubmit={(event) => {
					event.preventDefault();
					if (path.trim() !== "") start();
				}}
			>
				<input
					className="input mono"
					aria-label="File or folder of exports"
					placeholder="Path of a file or folder"
					spellCheck={false}
					value={path}
					onChange={({ target }) => setPath(target.value)}
				/>
				<Button onClick={() => void choose().catch(reportError)} aria-expanded={browsing}>
					Browse…
				</Button>
				<Button variant="primary" type="submit" disabled={live || path.trim() === ""}>
					{live ? "Importing …" : "Import"}
				</Button>
			</form>
			{browsing && <FolderBrowser onPick={setPath} />}
			<TaskProgress task={task} name="Importing labels" />
			{summary && (
				<p className="field-hint" role="status">
					{summary.labels.toLocaleString("en")} new labels and facts of {summary.facts.toLocaleString("en")} more
					features from {summary.files.toLocaleString("en")} files
					{summary.known > 0 && `, ${summary.known.toLocaleString("en")} of them read before`}.{" "}
					{summary.notes.join(" ")}
				</p>
			)}
		</section>
	);
}

function Known() {
	const [times, setTimes] = useState(0);
	const known = useAnswer("labels.list", {}, { refresh: times });
	useEffect(
		() =>
			client.on("known", ({ dictionary }) => {
				if (dictionary === undefined) setTimes((before) => before + 1);
			}),
		[],
	);
	return (
		<section>
			<h2 className="heading">What is here</h2>
			{known?.length === 0 && <p className="faint">Nothing yet.</p>}
			{known && known.length > 0 && (
				<div className="labels-known" tabIndex={0} role="region" aria-label="What is here">
					<table className="data-table">
						<thead>
							<tr>
								<th scope="col">Source</th>
								<th scope="col" className="number">
									Labels
								</th>
								<th scope="col" className="number">
									With contexts or words
								</th>
								<th scope="col">Last</th>
							</tr>
						</thead>
						<tbody>
							{known.map(({ source, labels, facts, at }) => (
								<tr key={source}>
									<td className="mono">{source}</td>
									<td className="number">{labels.toLocaleString("en")}</td>
									<td className="number">{facts.toLocaleString("en")}</td>
									<td>{showDay(at)}</td>
								</tr>
							))}
						</tbody>
					</table>
				</div>
			)}
		</section>
	);
}
