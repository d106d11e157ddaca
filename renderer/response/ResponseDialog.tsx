import { Plus, X } from "lucide-react";
import { useEffect, useState } from "react";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { AppError } from "#shared/errors";
import { parseNodeId } from "#shared/node-id";
import type { ResponsePoint, ResponseResult } from "#shared/response";
import { selectedFeatures } from "../actions/selection.ts";
import { closeDialog, useWorkspace } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { useDocument } from "../document/document-store.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { LinePlot, type PlotSeries } from "../ui/LinePlot.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
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
	const [together, setTogether] = useState(false);
	const [watch, setWatch] = useState<readonly string[]>([]);
	const [watchTokens, setWatchTokens] = useState<readonly string[]>([]);
	const [response, setResponse] = useState<ResponseResult>();
	const [problem, setProblem] = useState<string>();
	const [chosen, setChosen] = useState(0);
	/** Index of what is plotted: −1 is the metric, else into `watched`. */
	const [plotted, setPlotted] = useState(-1);
	const [curve, setCurve] = useState(0);
	useEffect(() => {
		if (name === null) return;
		const controller = new AbortController();
		client
			.call(
				"features.respond",
				{ name, nodes: [...nodes], together, coefficients, watch: [...watch], watchTokens: [...watchTokens] },
				{ signal: controller.signal },
			)
			.then((answer) => {
				setResponse(answer);
				setProblem(undefined);
			})
			.catch((error: Error) => !controller.signal.aborted && setProblem(error.message));
		return () => controller.abort();
	}, [name, nodes, together, watch, watchTokens]);
	const shown = response?.curves[Math.min(curve, response.curves.length - 1)];
	const point = shown?.points.find(({ coefficient }) => coefficient === chosen);
	const usual = shown?.points.find(({ coefficient }) => coefficient === 1);
	const read = ({ value, watched }: ResponsePoint) => (plotted < 0 ? value : (watched[plotted] ?? 0));
	const what = plotted < 0 ? (response?.metric ?? "") : (response?.watched[plotted] ?? "");
	const nameOf = (members: readonly string[]) =>
		members.length > 1 ? `${members.length} together` : (members[0] ?? "");
	return (
		<DialogFrame
			title={`Response to ${nodes.length === 1 ? nodes[0] : `${nodes.length} features`}`}
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
			{problem !== undefined && (
				<p className="field-error" role="alert">
					{problem}
				</p>
			)}
			{!response && problem === undefined && (
				<p className="muted">Running the model; it waits for a trace that runs.</p>
			)}
			{response && (
				<>
					<LinePlot
						label={`${what} over the scale`}
						xName="scale"
						series={response.curves.map(
							({ nodes: members, points }): PlotSeries => ({
								name: nameOf(members),
								points: points.map((one) => ({ x: one.coefficient, y: read(one) })),
							}),
						)}
						marks={[0, 1]}
						chosen={chosen}
						onChoose={setChosen}
					/>
					{response.curves.length > 1 && (
						<FieldRow label="Next token with">
							<SelectField
								label="Next token with"
								value={String(curve)}
								options={response.curves.map(({ nodes: members }, i) => ({ value: String(i), label: nameOf(members) }))}
								onChange={(value) => setCurve(Number(value))}
							/>
						</FieldRow>
					)}
					{shown && point && usual && (
						<>
							<p className="response-value">
								<strong>{describe(chosen)}</strong>: {showToken(what)} {formatNumber(read(usual))} →{" "}
								<span className="mono">{formatNumber(read(point))}</span>{" "}
								<span className="faint">
									({read(point) >= read(usual) ? "+" : "−"}
									{formatNumber(Math.abs(read(point) - read(usual)))}), at{" "}
									{shown.positions.length === 1 ? "position" : "positions"} {shown.positions.join(", ")}
								</span>
							</p>
							<div className="response-tokens">
								<Changes title="Become likelier" changes={point.gains} />
								<Changes title="Become less likely" changes={point.losses} />
							</div>
						</>
					)}
				</>
			)}
		</DialogFrame>
	);
}

const describe = (coefficient: number) =>
	coefficient === 0 ? "Ablated" : coefficient === 1 ? "As it is" : `Scaled by ${coefficient}`;

/** Takes a feature's id, or else a token. */
function Watch({ onFeature, onToken }: { onFeature(id: string): void; onToken(token: string): void }) {
	const [text, setText] = useState("");
	return (
		<form
			className="corpus-field"
			onSubmit={(event) => {
				event.preventDefault();
				if (text === "") return;
				setText("");
				try {
					if (parseNodeId(text.trim()).kind === "feature") return onFeature(text.trim());
				} catch (error) {
					if (!(error instanceof AppError)) throw error;
				}
				onToken(text);
			}}
		>
			<input
				className="input mono"
				aria-label="Also watch a feature or a token"
				placeholder="watch mlp_3.5@4 or a token"
				spellCheck={false}
				value={text}
				onChange={({ target }) => setText(target.value)}
			/>
			<Button type="submit" disabled={text === ""}>
				<Plus aria-hidden /> Watch
			</Button>
		</form>
	);
}

function Changes({ title, changes }: { readonly title: string; readonly changes: ResponsePoint["gains"] }) {
	const percent = (share: number) => `${(100 * share).toPrecision(2)}%`;
	return (
		<section>
			<h3 className="heading">{title}</h3>
			<ul className="rows">
				{changes.length === 0 && <li className="faint">None.</li>}
				{changes.map(({ token, before, after }) => (
					<li key={token}>
						<span className="token">{showToken(token)}</span>
						<span className="mono">
							{percent(before)} → {percent(after)}
						</span>
					</li>
				))}
			</ul>
		</section>
	);
}
