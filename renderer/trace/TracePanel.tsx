import { Play } from "lucide-react";
import { useEffect } from "react";
import { openDialog } from "../actions/workspace-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { Button } from "../ui/Button.tsx";
import { Disclosure } from "../ui/Disclosure.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { RangeSlider } from "../ui/RangeSlider.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { Forecast } from "./Forecast.tsx";
import { JobList } from "./JobList.tsx";
import { PromptField } from "./PromptField.tsx";
import { TokenField } from "./TokenField.tsx";
import {
	buildRequest,
	changeForm,
	chooseModel,
	fillForm,
	findGap,
	findLibraryModel,
	findSites,
	fitsModel,
	startTrace,
	useTraceForm,
} from "./trace-form.ts";
import "./trace.css";

const metricOptions = [
	{ value: "cross_entropy", label: "Cross-entropy" },
	{ value: "logprob", label: "Log-probability" },
	{ value: "logit", label: "Logit" },
	{ value: "logit_difference", label: "Logit difference" },
] as const;

/** What to trace, on what, and how far. */
export function TracePanel() {
	const form = useTraceForm();
	const app = useSession((state) => state.app);
	const { name, run } = useDocument();
	useEffect(() => {
		if (app) fillForm();
	}, [app]);
	const gap = findGap(form);
	const trace = () => startTrace(buildRequest(form), form.extend && name !== null ? name : undefined);
	return (
		<div className="trace-panel">
			<ModelSection />
			<section>
				<h2 className="heading">Prompt</h2>
				<PromptField
					value={form.prompt}
					targetLast={form.metric === "cross_entropy"}
					label="Prompt"
					onChange={(prompt) => changeForm({ prompt })}
					onRun={() => !gap && trace()}
				/>
				<div className="field-row">
					<span className="field-label">Metric</span>
					<SelectField
						label="Metric"
						value={form.metric}
						options={metricOptions}
						onChange={(metric) => changeForm({ metric })}
					/>
				</div>
				{form.metric !== "cross_entropy" && (
					<TokenField label="Target token" value={form.target} onChange={(target) => changeForm({ target })} />
				)}
				{form.metric === "logit_difference" && (
					<TokenField label="Compared with" value={form.against} onChange={(against) => changeForm({ against })} />
				)}
				<SwitchField
					label="Prompt pair: compare with another prompt"
					checked={form.patchPrompt !== null}
					onChange={(on) => changeForm({ patchPrompt: on ? "" : null })}
				/>
				{form.patchPrompt !== null && (
					<PromptField
						value={form.patchPrompt}
						targetLast={form.metric === "cross_entropy"}
						label="Other prompt, of as many tokens"
						onChange={(patchPrompt) => changeForm({ patchPrompt })}
						onRun={() => !gap && trace()}
					/>
				)}
			</section>
			<MethodSection />
			<section className="trace-go">
				<Forecast />
				{name !== null && (
					<Segments
						label="Where the result goes"
						value={form.extend ? "extend" : "new"}
						options={[
							{ value: "new", label: "New circuit" },
							{ value: "extend", label: "Extend this one" },
						]}
						onChange={(value) => changeForm({ extend: value === "extend" })}
					/>
				)}
				{form.extend && run !== null && run.request.prompt !== form.prompt && (
					<span className="field-hint">
						The open circuit is of another prompt. Nodes of both will stand side by side, named by their own ids; the
						prompt that is shown is the last one's.
					</span>
				)}
				<Button variant="primary" large disabled={gap !== undefined} onClick={trace} data-trace>
					<Play aria-hidden />
					Trace
				</Button>
				{gap !== undefined && <span className="field-hint">{gap}</span>}
			</section>
			<JobList />
		</div>
	);
}

function ModelSection() {
	const { modelDir, setDirs } = useTraceForm();
	const library = useSession((state) => state.library);
	const models = (library ?? []).flatMap((folder) => folder.models);
	const sets = (library ?? []).flatMap((folder) => folder.sets);
	const model = findLibraryModel(library, modelDir);
	const fitting = sets.filter((set) => fitsModel(set, model));
	const nameOf = (dir: string) => dir.split(/[\\/]/).at(-1) ?? dir;
	return (
		<section>
			<h2 className="heading">Model</h2>
			<div className="field-row">
				<SelectField
					label="Model"
					value={modelDir}
					options={models.map(({ dir, name, parameters }) => ({
						value: dir,
						label: name,
						hint: `${(parameters / 1e6).toFixed(1)} M`,
					}))}
					onChange={chooseModel}
				/>
				<Button variant="quiet" onClick={() => openDialog("library")}>
					Library
				</Button>
			</div>
			<div className="field-row">
				<span className="field-label">Dictionaries</span>
				<span className="faint">{findSites(library, setDirs).length} sites</span>
			</div>
			<div className="set-list" role="group" aria-label="Dictionaries">
				{fitting.map(({ dir, dictionaries }) => (
					<label key={dir} className="set">
						<input
							type="checkbox"
							checked={setDirs.includes(dir)}
							onChange={({ target }) =>
								changeForm({ setDirs: target.checked ? [...setDirs, dir] : setDirs.filter((one) => one !== dir) })
							}
						/>
						<span className="cut" title={dir}>
							{nameOf(dir)}
						</span>
						<span className="faint mono">
							{dictionaries.length} × {dictionaries[0]?.features.toLocaleString("en")}
						</span>
					</label>
				))}
				{library !== null && fitting.length === 0 && (
					<div className="empty">
						None of the dictionaries in the library fits this model.
						<Button onClick={() => openDialog("library")}>Add a folder</Button>
					</div>
				)}
			</div>
		</section>
	);
}

function MethodSection() {
	const form = useTraceForm();
	const library = useSession((state) => state.library);
	const sites = findSites(library, form.setDirs);
	const layers = sites.map((site) => Number(site.split("_")[1]));
	const [first, last] = layers.length > 0 ? [Math.min(...layers), Math.max(...layers)] : [0, 0];
	const [from, to] = form.layers ?? [first, last];
	const layerName = (layer: number) => (layer < 0 ? "embedding" : String(layer));
	return (
		<section>
			<h2 className="heading">Method</h2>
			<div className="field-row">
				<span className="field-label">Gradient circuit, layers</span>
				<span className="mono">
					{layerName(from)} – {layerName(to)}
				</span>
			</div>
			<RangeSlider
				labels={["First layer", "Last layer"]}
				values={[from, to]}
				min={first}
				max={Math.max(last, first + 1)}
				step={1}
				valueText={layerName}
				onChange={([a = first, b = last]) =>
					changeForm({ layers: a <= first && b >= last ? null : [a, Math.min(b, last)] })
				}
			/>
			<Segments
				label="Which features are explained"
				value={form.choice}
				options={[
					{ value: "count", label: "Count" },
					{ value: "share", label: "Share" },
					{ value: "threshold", label: "Threshold" },
				]}
				onChange={(choice) => changeForm({ choice })}
			/>
			{form.choice === "count" && (
				<NumberField
					label="Nodes a site"
					hint="So many features of each site are explained: those with the largest |attribution|."
					value={form.downNodes}
					min={1}
					max={2000}
					onChange={(downNodes) => changeForm({ downNodes })}
				/>
			)}
			{form.choice === "share" && (
				<NumberField
					label="Share of a site's attribution"
					hint="The fewest features that hold this share of the site's Σ|attribution| are explained."
					value={form.share}
					min={0.01}
					max={1}
					step="any"
					onChange={(share) => changeForm({ share })}
				/>
			)}
			{form.choice === "threshold" && (
				<NumberField
					label="Smallest |attribution|"
					hint="Features whose |attribution| is above this are explained."
					value={form.threshold}
					min={0}
					max={1000}
					step="any"
					onChange={(threshold) => changeForm({ threshold })}
				/>
			)}
			<NumberField
				label="Edges a node"
				hint="For each explained node and each site upstream, so many features with the largest |direct effect| are kept."
				value={form.upNodes}
				min={1}
				max={2000}
				onChange={(upNodes) => changeForm({ upNodes })}
			/>
			<Disclosure label="More">
				<NumberField
					label="Integrated gradients, steps"
					hint="0: the gradient at the prompt. More steps average it along the way to the baseline: slower and closer to the truth."
					value={form.integratedGradients}
					min={0}
					max={200}
					onChange={(integratedGradients) => changeForm({ integratedGradients })}
				/>
				<SwitchField
					label="Last position only"
					checked={form.lastPositionOnly}
					onChange={(lastPositionOnly) => changeForm({ lastPositionOnly })}
				/>
				<SwitchField
					label="Keep unconnected nodes"
					checked={form.keepUnconnected}
					onChange={(keepUnconnected) => changeForm({ keepUnconnected })}
				/>
				<div className="field-row">
					<span className="field-label">Begin with &lt;|endoftext|&gt;</span>
					<SelectField
						label="Begin with <|endoftext|>"
						value={form.bos}
						options={[
							{ value: "auto", label: "As trained" },
							{ value: "on", label: "Yes" },
							{ value: "off", label: "No" },
						]}
						onChange={(bos) => changeForm({ bos })}
					/>
				</div>
			</Disclosure>
		</section>
	);
}
