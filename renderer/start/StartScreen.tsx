import { Library } from "lucide-react";
import { openDialog } from "../actions/workspace-store.ts";
import { openCircuit } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { buildRequest, changeForm, startTrace, useTraceForm } from "../document/trace-form.ts";
import { count, showTime } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { Gpt2Card } from "./Gpt2Card.tsx";
import { plainForm } from "./plain-form.ts";
import { SampleButton } from "./SampleButton.tsx";
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
			...plainForm,
		});
		startTrace(buildRequest(useTraceForm.getState()));
	};
	const traceKnown = () => {
		const { modelDir: written, dictionaryDir, prompt, target } = app.reference.groundTruth;
		changeForm({
			...plainForm,
			prompt,
			modelDir: written,
			setDirs: [dictionaryDir],
			metric: "logit",
			target,
		});
		startTrace(buildRequest(useTraceForm.getState()));
	};
	return (
		<div className="start">
			<div className="start-inner">
				<h2>Which features make a model say what it says?</h2>
				<p className="muted">
					Write a prompt on the left and press <strong>Trace</strong>: you get the features of the model that lead from
					its tokens to the last one, and how much each adds.
				</p>
				<Gpt2Card busy={running} />
				<section className="start-bundled" aria-labelledby="start-bundled">
					<h3 id="start-bundled">A small model that comes with the program</h3>
					<p className="muted">
						4 layers, trained on public texts, with dictionaries at every site. It is here already, and needs no network
						and no GPU.
					</p>
					<div className="start-samples">
						{samples.map((prompt) => (
							<SampleButton key={prompt} disabled={running || modelDir === ""} onTrace={() => traceSample(prompt)}>
								<span className="mono">{prompt}</span>
							</SampleButton>
						))}
					</div>
					<SampleButton className="start-known" disabled={running} onTrace={traceKnown}>
						<span>
							<strong>A circuit that is known</strong>{" "}
							<span className="muted">
								A model written by hand does induction: <span className="mono">abca</span> →{" "}
								<span className="mono">b</span>. Every method must find its six features; see whether it does.
							</span>
						</span>
					</SampleButton>
				</section>
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
					<Button onClick={() => openDialog("library", "catalogue")}>Catalogue</Button>
				</p>
			</div>
		</div>
	);
}
