import { ArrowRight, Library, Play } from "lucide-react";
import { openDialog } from "../actions/workspace-store.ts";
import { openCircuit } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { buildRequest, changeForm, startTrace, useTraceForm } from "../trace/trace-form.ts";
import { count, showTime } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import "./start.css";

const samples = ["Copyright (C)", "Call me Ishmael", "the United States of America", "without warranty of any kind"];

/** What is seen while no circuit is open: one press from the first one, and a way back to the others. */
export function StartScreen() {
	const { app, circuits, jobs } = useSession();
	const modelDir = useTraceForm((state) => state.modelDir);
	const running = jobs.some(({ state }) => state === "running" || state === "waiting");
	if (!app) return null;
	const traceSample = (prompt: string) => {
		const { modelDir: bundled, dictionaryDir } = app.reference;
		changeForm({
			prompt,
			modelDir: bundled,
			setDirs: [dictionaryDir],
			metric: "cross_entropy",
			patchPrompt: null,
			layers: null,
			extend: false,
		});
		startTrace(buildRequest(useTraceForm.getState()));
	};
	return (
		<div className="start">
			<div className="start-inner">
				<h2>Which features make a model say what it says?</h2>
				<p className="muted">
					Write a prompt on the left and press <strong>Trace</strong>: you get the features of the model that lead from
					its tokens to the last one, and how much each adds. A small model is here already; it needs no network and no
					GPU.
				</p>
				<div className="start-samples">
					{samples.map((prompt, i) => (
						<button
							key={prompt}
							type="button"
							className="sample"
							disabled={running || modelDir === ""}
							onClick={() => traceSample(prompt)}
						>
							<span className="mono">{prompt}</span>
							<span className="sample-go">
								{i === 0 ? <Play size={14} aria-hidden /> : <ArrowRight size={14} aria-hidden />}
								Trace
							</span>
						</button>
					))}
				</div>
				{circuits.length > 0 && (
					<>
						<h3 className="heading">Circuits</h3>
						<ul className="start-circuits">
							{circuits.slice(0, 8).map(({ name, nodes, edges, updatedAt }) => (
								<li key={name}>
									<button type="button" onClick={() => openCircuit(name)}>
										<strong className="cut">{name}</strong>
										<span className="faint">
											{count(nodes, "node")}, {count(edges, "edge")}
										</span>
										<span className="faint">{showTime(updatedAt)}</span>
									</button>
								</li>
							))}
						</ul>
						{circuits.length > 8 && (
							<Button onClick={() => openDialog("circuits")}>All {circuits.length} circuits</Button>
						)}
					</>
				)}
				<p className="start-own muted">
					<Library size={15} aria-hidden />
					Your own GPT-2 model and dictionaries:
					<Button onClick={() => openDialog("library")}>Add a folder</Button>
				</p>
			</div>
		</div>
	);
}
