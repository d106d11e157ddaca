import { X } from "lucide-react";
import { useState } from "react";
import { showToken } from "#shared/drawing/svg-text";
import { selectedFeatures, selectedNodes } from "../actions/selection.ts";
import { closeDialog, useWorkspace } from "../actions/workspace-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useCall } from "../document/use-call.ts";
import { IconButton } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { ResponseCurves } from "./ResponseCurves.tsx";
import { Watch } from "./Watch.tsx";
import "./response.css";

const coefficients = [-1, -0.5, 0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3];

/** How the model, other features and the next token answer when features are ablated or scaled on the circuit's prompt. */
export function ResponseDialog() {
	const name = useDocument((state) => state.name);
	const subject = useWorkspace((state) => state.subject) ?? "";
	const [nodes] = useState<readonly string[]>(() => {
		const chosen = selectedFeatures();
		return chosen.length > 1 ? chosen : [subject];
	});
	const [supernode] = useState(() => {
		const [only, ...more] = selectedNodes();
		return only?.kind === "group" && more.length === 0 ? only.name : undefined;
	});
	// A supernode's features are scaled as one.
	const [together, setTogether] = useState(supernode !== undefined);
	const [watch, setWatch] = useState<readonly string[]>([]);
	const [watchTokens, setWatchTokens] = useState<readonly string[]>([]);
	/** Index of what is plotted: −1 is the metric, else into `watched`. */
	const [plotted, setPlotted] = useState(-1);
	const asked = { nodes: [...nodes], together, coefficients, watch: [...watch], watchTokens: [...watchTokens] };
	const { answer: response, problem } = useCall("features.respond", name === null ? undefined : { name, ...asked }, {
		keep: true,
	});
	return (
		<DialogFrame
			title={`Response to ${supernode ?? (nodes.length === 1 ? nodes[0] : `${nodes.length} features`)}`}
			lead="The feature's part of its site is scaled on the circuit's prompt: 0 ablates it, 1 leaves it as it is. What the dictionary misses stays. Press a point for the next token there."
			width={780}
			onClose={closeDialog}
		>
			<div className="response-options">
				<SelectField
					label="What is plotted"
					value={String(plotted)}
					options={[
						{ value: "-1", label: response?.metric ?? "metric" },
						...(response?.watched ?? []).map((label, i) => ({
							value: String(i),
							label: showToken(label),
							hint: i < watch.length ? "activation" : "probability",
						})),
					]}
					onChange={(value) => setPlotted(Number(value))}
				/>
				<Watch
					onFeature={(id) => {
						setWatch([...watch, id]);
						setPlotted(watch.length);
					}}
					onToken={(token) => {
						setWatchTokens([...watchTokens, token]);
						setPlotted(watch.length + watchTokens.length);
					}}
				/>
				{watch.length + watchTokens.length > 0 && (
					<IconButton
						label="Watch nothing else"
						onClick={() => {
							setWatch([]);
							setWatchTokens([]);
							setPlotted(-1);
						}}
					>
						<X />
					</IconButton>
				)}
				{nodes.length > 1 && <SwitchField label="All together" checked={together} onChange={setTogether} />}
			</div>
			{problem && (
				<p className="field-error" role="alert">
					{problem.message}
				</p>
			)}
			{!response && !problem && <p className="muted">Running the model; it waits for a trace that runs.</p>}
			{response && <ResponseCurves response={response} plotted={plotted} />}
		</DialogFrame>
	);
}
