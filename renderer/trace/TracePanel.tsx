import { Play } from "lucide-react";
import { useEffect } from "react";
import { formatNumber } from "#shared/drawing/svg-text";
import { runAction } from "../actions/actions.ts";
import { openDialog } from "../actions/workspace-store.ts";
import { useCatalogue } from "../document/catalogue-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { Button } from "../ui/Button.tsx";
import { Disclosure } from "../ui/Disclosure.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { RangeSlider } from "../ui/RangeSlider.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { ErrorFields } from "./ErrorFields.tsx";
import { Forecast } from "./Forecast.tsx";
import { JobList } from "./JobList.tsx";
import { PromptField } from "./PromptField.tsx";
import { ReadingFields } from "./ReadingFields.tsx";
import type { TraceForm } from "./stored-form.ts";
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
	listPrompts,
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
					targetLast={form.metric === "cross_entropy" && form.method === "gradient"}
					label="Prompt"
					onChange={(prompt) => changeForm({ prompt })}
					onRun={() => !gap && trace()}
				/>
				{form.method === "gradient" && <MetricFields />}
				{form.method === "gradient" && (
					<SwitchField
						label="Prompt pair: compare with another prompt"
						checked={form.patchPrompt !== null}
						onChange={(on) => changeForm({ patchPrompt: on ? "" : null })}
					/>
				)}
				{form.method === "gradient" && form.patchPrompt !== null && (
					<PromptField
						value={form.patchPrompt}
						targetLast={form.metric === "cross_entropy"}
						label="Other prompt, of as many tokens"
						onChange={(patchPrompt) => changeForm({ patchPrompt })}
						onRun={() => !gap && trace()}
					/>
				)}
				{form.method !== "jacobian" && <MorePrompts />}
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
				{form.extend && run !== null && run.prompt !== form.prompt && (
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

function MetricFields() {
	const form = useTraceForm();
	return (
		<>
			<FieldRow label="Metric">
				<SelectField
					label="Metric"
					value={form.metric}
					options={metricOptions}
					onChange={(metric) => changeForm({ metric })}
				/>
			</FieldRow>
			{form.metric !== "cross_entropy" && (
				<TokenField label="Target token" value={form.target} onChange={(target) => changeForm({ target })} />
			)}
			{form.metric === "logit_difference" && (
				<TokenField label="Compared with" value={form.against} onChange={(against) => changeForm({ against })} />
			)}
		</>
	);
}

/** A gradient trace of several prompts is their consensus; ablation effects are averaged over them. */
function MorePrompts() {
	const form = useTraceForm();
	const prompts = listPrompts(form).length + 1;
	return (
		<>
			<SwitchField
				label={form.method === "gradient" ? "Several prompts: what comes back" : "Several prompts: mean effects"}
				checked={form.morePrompts !== null}
				onChange={(on) => changeForm({ morePrompts: on ? "" : null })}
			/>
			{form.morePrompts !== null && (
				<label className="field">
					<span className="field-label">Other prompts, one a line</span>
					<textarea
						className="input prompt"
						rows={4}
						spellCheck={false}
						value={form.morePrompts}
						onChange={({ target }) => changeForm({ morePrompts: target.value })}
					/>
				</label>
			)}
			{form.morePrompts !== null && form.method === "gradient" && (
				<NumberField
					label="Keep what this share has"
					hint={`Of the ${prompts} prompts, so many must have a node or an edge: ${Math.max(1, Math.ceil(form.atLeast * prompts))}. A slider on the canvas asks for more.`}
					value={form.atLeast}
					min={0.01}
					max={1}
					step="any"
					onChange={(atLeast) => changeForm({ atLeast })}
				/>
			)}
		</>
	);
}

function ModelSection() {
	const { modelDir, setDirs } = useTraceForm();
	const library = useSession((state) => state.library);
	const models = (library ?? []).flatMap((folder) => folder.models);
	const sets = (library ?? []).flatMap((folder) => folder.sets);
	const model = findLibraryModel(library, modelDir);
	const fitting = sets.filter((set) => fitsModel(set, model));
	const { models: rows = [], sets: releases = [] } = useCatalogue(({ catalogue }) => catalogue) ?? {};
	const row = rows.find(({ path }) => path === modelDir);
	const published = row !== undefined && releases.some((release) => release.model === row.name);
	const nameOf = (dir: string) => dir.split(/[\\/]/).at(-1) ?? dir;
	return (
		<section>
			<h2 className="heading">Model</h2>
			<div className="field-row">
				<SelectField
					label="Model"
					value={modelDir}
					options={models.map(({ dir, name, title, parameters }) => ({
						value: dir,
						label: title ?? name,
						hint: `${(parameters / 1e6).toFixed(1)} M`,
					}))}
					onChange={chooseModel}
				/>
				<Button variant="quiet" onClick={() => openDialog("library")}>
					Library
				</Button>
			</div>
			<FieldRow label="Dictionaries">
				<span className="faint">{findSites(library, setDirs).length} sites</span>
			</FieldRow>
			<div className="set-list" role="group" aria-label="Dictionaries">
				{fitting.map(({ dir, title, dictionaries }) => (
					<label key={dir} className="set">
						<input
							type="checkbox"
							checked={setDirs.includes(dir)}
							onChange={({ target }) =>
								changeForm({ setDirs: target.checked ? [...setDirs, dir] : setDirs.filter((one) => one !== dir) })
							}
						/>
						<span className="cut" title={dir}>
							{title ?? nameOf(dir)}
						</span>
						<span className="faint mono">
							{dictionaries.length} × {dictionaries[0]?.features.toLocaleString("en")}
						</span>
					</label>
				))}
				{library !== null && fitting.length === 0 && (
					<div className="empty">
						None of the dictionaries on this computer fits this model.
						{published ? " Others have published some that do." : ""}
						<span className="empty-ways">
							{published && <Button onClick={() => openDialog("library", "catalogue")}>Catalogue</Button>}
							<Button onClick={() => openDialog("library")}>Add a folder</Button>
						</span>
					</div>
				)}
			</div>
			<ReadingFields />
		</section>
	);
}

function MethodSection() {
	const form = useTraceForm();
	const library = useSession((state) => state.library);
	const sites = findSites(library, form.setDirs);
	const layers = sites.map((site) => Number.parseInt(site.split("_")[1] ?? "", 10));
	const [first, last] = layers.length > 0 ? [Math.min(...layers), Math.max(...layers)] : [0, 0];
	const [from, to] = form.layers ?? [first, last];
	const layerName = (layer: number) => (layer < 0 ? "embedding" : String(layer));
	return (
		<section>
			<div className="field-row">
				<h2 className="heading">Method</h2>
				<Button variant="quiet" onClick={() => runAction("config")}>
					From YAML …
				</Button>
			</div>
			<Segments
				label="Method"
				value={form.method}
				options={[
					{ value: "gradient", label: "Gradient" },
					{ value: "ablation", label: "Ablation" },
					{ value: "jacobian", label: "Jacobian" },
				]}
				onChange={(method) => changeForm({ method })}
			/>
			<span className="field-hint">{methodHints[form.method]}</span>
			<FieldRow label="Layers">
				<span className="mono">
					{layerName(from)} – {layerName(to)}
				</span>
			</FieldRow>
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
			{form.method === "gradient" && <ChoiceFields />}
			{form.method !== "gradient" && <SourceFields />}
			{form.method === "gradient" && <ErrorFields />}
			{form.method === "ablation" && <AblationFields />}
			<NumberField
				label="Edges a node"
				hint={
					form.method === "gradient"
						? "For each explained node and each site upstream, so many features with the largest |direct effect| are kept."
						: "For each feature, so many features of the layer before with the largest |effect| are kept in the circuit."
				}
				value={form.upNodes}
				min={1}
				max={2000}
				onChange={(upNodes) => changeForm({ upNodes })}
			/>
			<Disclosure label="More">
				{form.method === "gradient" && (
					<NumberField
						label="Integrated gradients, steps"
						hint="0: the gradient at the prompt. More steps average it along the way to the baseline: slower and closer to the truth."
						value={form.integratedGradients}
						min={0}
						max={200}
						onChange={(integratedGradients) => changeForm({ integratedGradients })}
					/>
				)}
				{form.method !== "ablation" && (
					<SwitchField
						label="Last position only"
						checked={form.lastPositionOnly}
						onChange={(lastPositionOnly) => changeForm({ lastPositionOnly })}
					/>
				)}
				{form.method === "gradient" && (
					<SwitchField
						label="Keep unconnected nodes"
						checked={form.keepUnconnected}
						onChange={(keepUnconnected) => changeForm({ keepUnconnected })}
					/>
				)}
				<FieldRow label="Begin with &lt;|endoftext|&gt;">
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
				</FieldRow>
			</Disclosure>
		</section>
	);
}

const methodHints: Readonly<Record<TraceForm["method"], string>> = {
	gradient: "Direct effects on the metric, by gradients: fast, every site, errors and tokens included.",
	ablation: "Each feature is taken out in turn; what the same kind of site does one layer on is measured.",
	jacobian: "How much each feature of the residual stream moves each active feature of the next layer's.",
};

function ChoiceFields() {
	const form = useTraceForm();
	return (
		<>
			<Segments
				label="Which features are explained"
				value={form.choice}
				options={[
					{ value: "count", label: "Count" },
					{ value: "share", label: "Share" },
					{ value: "threshold", label: "Size" },
					{ value: "percentile", label: "%ile" },
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
			{form.choice === "percentile" && (
				<NumberField
					label="Percentile of activations"
					hint="Features whose activation is above this percentile of a gathered text are explained. Gather one under Features first."
					value={form.percentile}
					min={0}
					max={100}
					step="any"
					onChange={(percentile) => changeForm({ percentile })}
				/>
			)}
		</>
	);
}

/** What ablations begin with, or whose derivatives are asked for. */
function SourceFields() {
	const { ablatePins, method } = useTraceForm();
	const pins = useDocument((state) => state.document.pins.length);
	return (
		<Segments
			label={method === "ablation" ? "What is ablated" : "Which features are sources"}
			value={ablatePins ? "pins" : "active"}
			options={[
				{ value: "active", label: "All active" },
				{ value: "pins", label: `Pinned (${pins})` },
			]}
			onChange={(value) => changeForm({ ablatePins: value === "pins" })}
		/>
	);
}

function AblationFields() {
	const form = useTraceForm();
	return (
		<>
			{!form.ablatePins && (
				<NumberField
					label="Share of the first layer's"
					hint="Of the first layer's active features, so many are drawn; further layers go on with what was affected."
					value={form.thinning}
					min={0.001}
					max={1}
					step="any"
					onChange={(thinning) => changeForm({ thinning })}
				/>
			)}
			<SwitchField
				label="Leave small effects out"
				checked={form.cutSmall}
				onChange={(cutSmall) => changeForm({ cutSmall })}
			/>
			{form.cutSmall && (
				<NumberField
					label="Smallest effect, as a power of 2"
					hint={`Changes of an activation up to 2^${form.thresholdExp} = ${formatNumber(2 ** form.thresholdExp)} are dropped.`}
					value={form.thresholdExp}
					min={-40}
					max={40}
					step="any"
					onChange={(thresholdExp) => changeForm({ thresholdExp })}
				/>
			)}
			<SwitchField
				label="Effects at every position"
				checked={form.allPositions}
				onChange={(allPositions) => changeForm({ allPositions })}
			/>
		</>
	);
}
